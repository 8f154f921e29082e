"""What the CEGs of a report predict, as models to be trained."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.errors import UserError
from pocket.recipe import Recipe

NEAR = 1.5
"""How far, by ratio, a size may be from what was predicted."""
LEAST = 1.1
"""A rung's CEG below this speaks of the rung itself: nothing to check."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """log10 of a multiple of the rung's compute, with its 95% interval."""

    low: float
    point: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is said of a stack on one rung."""

    steps: int
    """Steps of the rung's training."""
    stack: str
    recipe: Interval
    """The gain on the average of models trained so: mean over the rung's models."""
    new_run: Mapping[str, Interval]
    """By model of the rung: what a base model, trained anew, needs to score what it scored."""
    size: int
    """Steps of the new base models that this is held against: of those trained, the nearest."""

    @property
    def predicted(self) -> float:
        """Steps that the base model would need."""
        return float(self.steps * 10**self.recipe.point)


@dataclass(frozen=True)
class Cases:
    """Predictions that can be checked, and those that cannot, with the reason."""

    checked: tuple[Case, ...]
    left: tuple[tuple[str, str], ...]

    @property
    def predictions(self) -> int:
        """How often something is said of a new run."""
        return sum(len(case.new_run) for case in self.checked)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of new models that are needed, in steps."""
        return tuple(sorted({case.size for case in self.checked}))


def cases(estimates: Mapping[str, Any], ladder: Sequence[Recipe], sizes: Sequence[int]) -> Cases:
    """Predictions for every rung and every stack with a CEG there.

    Args:
        estimates: a report's `estimates.json`.
        ladder: recipes of its models.
        sizes: steps of the new models that may be trained.

    Raises:
        UserError: the estimates are of other models.
    """
    names = {recipe.name: recipe.steps for recipe in ladder}
    found: dict[tuple[int, str], list[Mapping[str, Any]]] = defaultdict(list)
    for entry in estimates["estimates"]:
        steps = names.get(entry["model"] or "")
        # The trained models are sampled, so that the sampled base is what they are compared with.
        mine = entry["kind"] == "ceg_rung" and entry["reference"] == "base" and entry["ptes"]
        if steps is not None and mine:
            found[steps, entry["stack"]].append(entry)
    if not found:
        raise UserError("the estimates hold no CEG of the pocket ladder's rungs")
    checked, left = [], []
    for (steps, stack), entries in sorted(found.items()):
        reason = _unknown(entries)
        case = None if reason else _case(steps, stack, entries, sizes)
        reason = reason or _beyond(case)
        if case is None or reason:
            left.append((f"{stack} at {steps} steps", reason))
        else:
            checked.append(case)
    return Cases(tuple(checked), tuple(left))


def recipes(sizes: Iterable[int], seeds: Iterable[int]) -> list[Recipe]:
    """The models to train."""
    letters = tuple(seeds)
    return [Recipe(steps, seed) for steps in sizes for seed in letters]


def _unknown(entries: Sequence[Mapping[str, Any]]) -> str:
    """Why nothing can be said, or nothing."""
    for entry in entries:
        for said in (entry, entry["new_run"]):
            if None in (said["point"], said["low"], said["high"]):
                return said["reason"] or f"no bounded interval on {entry['model']}"
    return ""


def _case(
    steps: int, stack: str, entries: Sequence[Mapping[str, Any]], sizes: Sequence[int]
) -> Case:
    draws = np.array([entry["draws"] for entry in entries], dtype=float).mean(axis=0)
    low, high = np.nanquantile(draws, [0.025, 0.975])
    point = float(np.mean([entry["point"] for entry in entries]))
    aim = math.log(steps) + point * math.log(10)
    return Case(
        steps=steps,
        stack=stack,
        recipe=Interval(low=float(low), point=point, high=float(high)),
        new_run={entry["model"]: _interval(entry["new_run"]) for entry in entries},
        size=min(sizes, key=lambda size: abs(math.log(size) - aim)),
    )


def _interval(said: Mapping[str, Any]) -> Interval:
    return Interval(**{end: float(said[end]) for end in ("low", "point", "high")})


def _beyond(case: Case | None) -> str:
    """Why the new models say nothing of a case, or nothing."""
    if case is None:
        return ""
    if 10**case.recipe.point < LEAST:
        return f"a CEG of {10**case.recipe.point:.2f}: equivalent to the rung itself, or to less"
    if not 1 / NEAR <= case.predicted / case.size <= NEAR:
        return f"equivalent to {case.predicted:.0f} steps, far from any size that is trained"
    return ""
