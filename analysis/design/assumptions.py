"""What is planned, and what must be assumed of models, items and PTEs to say what it will show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from analysis.simulation import Truth, composed
from harness.errors import UserError

Array = NDArray[np.float64]

FIRST, SECOND = "first", "second"
"""Names of the two PTEs of a plan."""
NODES = 40
"""Nodes of the Gauss-Hermite rules for means over items."""


@dataclass(frozen=True)
class Design:
    """A sweep on one benchmark: every arm on every rung, on the same items.

    Raises:
        UserError: a number is too small, or two rungs have the same compute.
    """

    x: tuple[float, ...]
    """[rung]: log10 training compute, rising; where 0 lies does not matter."""
    items: int
    draws: int = 1
    """Independent attempts of an arm at an item: replicates of the sweep."""
    arms: int = 4
    """Stacks that are run, the base among them: they cost, and do not change the widths."""

    def __post_init__(self) -> None:
        least = {"items": (self.items, 2), "draws": (self.draws, 1), "arms": (self.arms, 2)}
        for name, (value, low) in {"rungs": (len(self.x), 1), **least}.items():
            if value < low:
                raise UserError(f"a design takes at least {low} {name}, not {value}")
        if any(low >= high for low, high in zip(self.x, self.x[1:], strict=False)):
            raise UserError("training compute must rise from rung to rung: give each rung once")

    @classmethod
    def even(cls, rungs: int, span: float, items: int, draws: int = 1, arms: int = 4) -> Design:
        """Rungs at equal distances.

        Args:
            rungs: their number.
            span: OOMs of training compute between the first and the last.
            items: problems of the benchmark.
            draws: attempts of an arm at an item.
            arms: stacks that are run.
        """
        if rungs > 1 and not span > 0:
            raise UserError(f"a ladder of {rungs} rungs spans more than {span:g} OOM")
        x = np.linspace(-span / 2, span / 2, rungs) if rungs > 1 else [0.0]
        return cls(tuple(float(value) for value in x), items, draws, arms)

    @property
    def attempts(self) -> int:
        """Attempts of the whole sweep."""
        return len(self.x) * self.items * self.draws * self.arms

    @property
    def middle(self) -> float:
        """x half way between the ladder's ends."""
        return (self.x[0] + self.x[-1]) / 2


@dataclass(frozen=True)
class DesignAssumptions:
    """What is taken to be true. Logits are of the mean score above chance, as in the analysis.

    Raises:
        UserError: a number is outside its range.
    """

    slope: float = 1.2
    """Logits of the base's mean score per OOM of training compute, at the ladder's middle."""
    base: float = 0.4
    """The base's mean score at the ladder's middle, in (chance, 1)."""
    ceg: float = 3.0
    """CEG of the first PTE over the base, as a multiple."""
    ceg2: float = 2.0
    """CEG of the second PTE over the base, as a multiple."""
    exponent: float = 0.6
    """Composability exponent of the PTE of the smaller CEG."""
    item_sd: float = 1.5
    """How far items differ for all models and arms alike: standard deviation, logits of an item."""
    item_arm_sd: float = 0.7
    """How far an item differs from arm to arm beyond `item_sd`: standard deviation, logits of an
    item."""
    rung_sd: float = 0.1
    """How far a model lies off the ladder's curve, in all arms: logits of the mean score."""
    interaction_sd: float = 0.1
    """How far an arm on a model lies off besides, in this arm alone: standard deviation, logits of
    the mean score."""
    chance: float = 0.0
    """Mean score of a guess."""

    def __post_init__(self) -> None:
        spreads = ("item_sd", "item_arm_sd", "rung_sd", "interaction_sd")
        for name in spreads:
            if not 0 <= getattr(self, name) <= 10:
                raise UserError(f"{name} is {getattr(self, name):g}: give 0 to 10 logits")
        for name in ("slope", "ceg", "ceg2"):
            if not getattr(self, name) > 0:
                raise UserError(f"{name} is {getattr(self, name):g}: give a number above 0")
        if not 0 <= self.chance < self.base < 1:
            raise UserError(
                f"a base score of {self.base:g} does not lie between chance, {self.chance:g}, and 1"
            )

    @cached_property
    def gains(self) -> dict[frozenset[str], float]:
        """log10 CEG of each PTE and of both together."""
        pair = {frozenset({FIRST, SECOND}): self.exponent}
        return composed({FIRST: self.ceg, SECOND: self.ceg2}, pair)

    @property
    def larger(self) -> str:
        """The PTE of the larger CEG, the first by name of two equal ones."""
        return FIRST if self.ceg >= self.ceg2 else SECOND

    @property
    def smaller(self) -> str:
        """The PTE of the smaller CEG, the last by name of two equal ones."""
        return SECOND if self.larger == FIRST else FIRST

    @property
    def spread(self) -> float:
        """Standard deviation of an item's logit within an arm."""
        return sqrt(self.item_sd**2 + self.item_arm_sd**2)


@dataclass(frozen=True)
class Marginal:
    """From logits of the mean score to those of an item, at the ladder's middle."""

    intercept: float
    """Logit of the median item."""
    attenuation: float
    """Logits of the mean score per logit of every item: below 1 where items differ."""


@lru_cache
def marginal(assumptions: DesignAssumptions) -> Marginal:
    """The logit of the median item that gives the base's score, and how logits shrink."""
    nodes, weights = normal_rule()
    share = (assumptions.base - assumptions.chance) / (1 - assumptions.chance)

    def missed(intercept: float) -> float:
        return float(special.expit(intercept + assumptions.spread * nodes) @ weights) - share

    intercept = float(optimize.brentq(missed, -200, 200))
    rise = special.expit(intercept + assumptions.spread * nodes)
    steep = float((rise * (1 - rise)) @ weights)
    return Marginal(intercept, steep / (share * (1 - share)))


@lru_cache
def normal_rule() -> tuple[Array, Array]:
    """Nodes and weights for means over a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


def truth(design: Design, assumptions: DesignAssumptions) -> Truth:
    """The design's experiment as something to draw from."""
    line = marginal(assumptions)
    slope = assumptions.slope / line.attenuation
    return Truth(
        gains=assumptions.gains,
        x=design.x,
        items=design.items,
        draws=design.draws,
        intercept=line.intercept - slope * design.middle,
        slope=slope,
        floor=assumptions.chance,
        item_sd=assumptions.item_sd,
        item_arm_sd=assumptions.item_arm_sd,
        rung_sd=assumptions.rung_sd / line.attenuation,
        interaction_sd=assumptions.interaction_sd / line.attenuation,
    )
