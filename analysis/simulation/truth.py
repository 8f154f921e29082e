"""A ladder whose CEGs are known, and scores drawn from it.

A draw of stack s on rung r at item i is right with probability

    p = floor + (ceiling - floor) * expit(a + b (x_r + g_s) + e_r + u_sr + theta_i + nu_si)

where x is log10(training FLOP / 1e21) and g the stack's log10 CEG. theta, nu, e and u are normal
with mean 0: the item's difficulty, shared by all arms and rungs; its difficulty for one arm, the
base not excepted; the rung's own deviation, shared by all arms; and one for each arm on each rung.
All arms have the same law of theta + nu, so that the mean score of a stack at x is the base's at
x + g, exactly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import log10, prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.contracts.experiment import UNIT, Arm, Rung

Array = NDArray[np.float64]

VOTE = "self_consistency"
"""Name of the voting arm's PTE."""
NODES = 64
"""Nodes of the Gauss-Hermite rule for means over items."""


@dataclass(frozen=True)
class Truth:
    """What is true of a simulated experiment, and how much of it is measured.

    Raises:
        ValueError: `gains` lists the base, or the voting arm beside `votes`.
    """

    gains: Mapping[frozenset[str], float] = field(default_factory=dict)
    """log10 CEG over the base, by the stack's set of PTEs; the base itself is not listed."""
    x: tuple[float, ...] = (-2.0, -1.0, 0.0, 1.0, 2.0)
    """log10(training FLOP / 1e21) of the rungs, rising."""
    items: int = 500
    draws: int = 1
    """Replicates of every cell."""
    intercept: float = 0.0
    slope: float = 1.0
    """Slope of the linear predictor, per OOM of training compute."""
    floor: float = 0.0
    ceiling: float = 1.0
    item_sd: float = 1.0
    item_arm_sd: float = 0.5
    rung_sd: float = 0.0
    interaction_sd: float = 0.0
    votes: int = 0
    """Candidates of a further arm that votes over the base's draws; 0 for no such arm.

    The base's draw is the first candidate. Its CEG follows from the votes and is not constant.
    """
    wrong: int = 4
    """Wrong answers that a draw may give, equally likely."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Lifland et al.'s category by PTE; `simulated` where it is not said."""

    def __post_init__(self) -> None:
        if frozenset() in self.gains or (self.votes and frozenset({VOTE}) in self.gains):
            raise ValueError("gains are of stacks over the base; the votes' own follows from them")

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """Base, stacks and vote in an experiment's order: by number of PTEs, then by label."""
        stacks: list[tuple[str, ...]] = [(), *(tuple(sorted(names)) for names in self.gains)]
        stacks += [(VOTE,)] if self.votes else []
        stacks.sort(key=lambda names: (len(names), "+".join(names)))
        return tuple(self._arm(names) for names in stacks)

    def _arm(self, names: tuple[str, ...]) -> Arm:
        voting = bool(self.votes) and names == (VOTE,)
        described: list[list[Any]] = [[n, {"n": self.votes} if voting else {}] for n in names]
        categories = {name: self.categories.get(name, "simulated") for name in names}
        return Arm(
            label="+".join(names) or "base",
            ptes=names,
            config=json.dumps(described),
            selects=voting,
            categories=categories,
            rows=dict.fromkeys(names),
        )

    @property
    def voting(self) -> int | None:
        """Index of the voting arm, or None."""
        if not self.votes:
            return None
        return next(i for i, arm in enumerate(self.arms) if arm.ptes == (VOTE,))

    @cached_property
    def shifts(self) -> Array:
        """[arm]: log10 CEG; NaN for the voting arm."""
        gains = {frozenset[str](): 0.0, **self.gains}
        if self.votes:
            gains[frozenset({VOTE})] = np.nan
        return np.array([gains[frozenset(arm.ptes)] for arm in self.arms])

    @cached_property
    def rungs(self) -> tuple[Rung, ...]:
        """Made-up models with 20 training tokens a parameter: C = 6 N 20 N."""
        made = []
        for number, x in enumerate(self.x):
            flop = UNIT * 10.0**x
            name = f"simulated-{number}"
            made.append(
                Rung(
                    model=name,
                    family="simulated",
                    stage="base",
                    flop=flop,
                    parameters=sqrt(flop / 120),
                    valid=True,
                    source="simulated",
                )
            )
        return tuple(made)

    def mean(self, x: Any, gain: float = 0.0) -> Array:
        """Mean score over all items there could be, of a stack of log10 CEG `gain` at x.

        Without the rungs' deviations. Of the shape of x, in [0, 1].
        """
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
        spread = sqrt(self.item_sd**2 + self.item_arm_sd**2)
        middle = self.intercept + self.slope * (np.asarray(x, float) + gain)
        rise = special.expit(middle[..., None] + spread * nodes) @ weights / weights.sum()
        return np.asarray(self.floor + (self.ceiling - self.floor) * rise)


def composed(
    cegs: Mapping[str, float], exponents: Mapping[frozenset[str], float] | None = None
) -> dict[frozenset[str], float]:
    """log10 CEG of every set of PTEs: each adds its own, from the largest CEG to the smallest,
    times its exponents with all larger ones in the set (Lifland et al.'s larger x smaller^c).

    Args:
        cegs: CEG of each PTE alone, as a multiple.
        exponents: composability exponent by pair of names; 1, independence, where none is given.
    """
    given = exponents or {}
    order = sorted(cegs, key=lambda name: (-cegs[name], name))
    gains = {}
    for size in range(1, len(order) + 1):
        for names in combinations(order, size):
            gains[frozenset(names)] = sum(
                log10(cegs[name])
                * prod(given.get(frozenset({name, larger}), 1.0) for larger in names[:place])
                for place, name in enumerate(names)
            )
    return gains
