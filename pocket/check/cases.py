"""What the CEGs of a report predict, as models to be trained."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.errors import UserError
from pocket.recipe import Recipe

GRID = 1.1
"""Predicted steps are rounded to powers of this, so that near predictions share their models."""
LEAST = 1.1
"""A CEG below this speaks of the rung itself: nothing to check."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One prediction: a stack on a rung, and the base compute that would match it."""

    steps: int
    """Steps of the rung's training; both of its seeds are meant."""
    stack: str
    low: float
    """log10 CEG: lower end of the 95% interval."""
    point: float
    """log10 CEG, mean over the rung's seeds."""
    high: float
    """log10 CEG: upper end of the 95% interval."""
    predicted: int
    """Steps of the base model that is to match, on the grid."""


@dataclass(frozen=True)
class Cases:
    """Predictions that can be checked, and those that cannot, with the reason."""

    checked: tuple[Case, ...]
    left: tuple[tuple[str, str], ...]

    def recipes(self, seeds: Sequence[int]) -> list[Recipe]:
        """The models to train."""
        steps = sorted({case.predicted for case in self.checked})
        return [Recipe(each, seed) for each in steps for seed in seeds]


def cases(estimates: Mapping[str, Any], ladder: Sequence[Recipe], rungs: Sequence[int]) -> Cases:
    """Predictions for these rungs, of every stack with a CEG there.

    Raises:
        UserError: the estimates are of other models.
    """
    names = {recipe.name: recipe.steps for recipe in ladder}
    top = max(names.values())
    result: dict[tuple[int, str], list[Mapping[str, Any]]] = defaultdict(list)
    for entry in estimates["estimates"]:
        steps = names.get(entry["model"] or "")
        # The trained models are sampled, so that the sampled base is what they are compared with.
        mine = entry["kind"] == "ceg_rung" and entry["reference"] == "base" and entry["ptes"]
        if steps is not None and steps in rungs and mine:
            result[steps, entry["stack"]].append(entry)
    if not result:
        raise UserError(
            f"the estimates hold no CEG of the pocket ladder on rungs {', '.join(map(str, rungs))}"
        )
    checked, left = [], []
    for (steps, stack), entries in sorted(result.items()):
        reason = _unknown(entries)
        case = None if reason else _case(steps, stack, entries)
        if case is not None:
            reason = _beyond(case, top)
        if case is None or reason:
            left.append((f"{stack} at {steps} steps", reason))
        else:
            checked.append(case)
    return Cases(tuple(checked), tuple(left))


def _unknown(entries: Sequence[Mapping[str, Any]]) -> str:
    return next((e["reason"] or e["status"] for e in entries if e["point"] is None), "")


def _case(steps: int, stack: str, entries: Sequence[Mapping[str, Any]]) -> Case:
    draws = np.array([entry["draws"] for entry in entries], dtype=float).mean(axis=0)
    low, high = np.nanquantile(draws, [0.025, 0.975])
    point = float(np.mean([entry["point"] for entry in entries]))
    return Case(
        steps=steps,
        stack=stack,
        low=float(low),
        point=point,
        high=float(high),
        predicted=on_grid(steps * 10**point),
    )


def on_grid(steps: float) -> int:
    """The power of `GRID` that is nearest, by ratio."""
    return round(GRID ** round(math.log(steps, GRID)))


def _beyond(case: Case, top: int) -> str:
    if case.predicted > top:
        return f"equivalent to {case.predicted} steps, beyond the ladder's top of {top}"
    if 10**case.point < LEAST:
        return f"a CEG of {10**case.point:.2f}: equivalent to the rung itself, or to less"
    return ""
