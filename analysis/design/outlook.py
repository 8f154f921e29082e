"""What experiments of a design will show: how wide their intervals are, and what they see."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.composability.pairs import PairRelation
from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.design.assumptions import DesignAssumptions

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

TARGETS = ("ceg", "exponent", "interaction")
UNCLEAR = (EstimateStatus.REFUSED, EstimateStatus.FLAT_LADDER, EstimateStatus.INVERSE_SCALING)
"""Statuses of a CEG that is not given as a number."""


@dataclass(frozen=True)
class Prospect:
    """What simulated experiments show of one quantity."""

    halves: Array
    """[experiment]: half the distance between the interval's ends; infinite where an end is open,
    or where the quantity is refused."""
    given: Flags
    """[experiment]: whether the quantity is given at all, and not refused."""
    seen: Flags
    """[experiment]: whether it shows what is assumed."""

    @property
    def power(self) -> float:
        """Share of experiments that show what is assumed."""
        return float(self.seen.mean())

    @property
    def refused(self) -> float:
        """Share of experiments that do not give the quantity."""
        return float(1 - self.given.mean())

    @property
    def unbounded(self) -> float:
        """Share of experiments that give the quantity, and no end of it on one side or both."""
        return float((self.given & np.isinf(self.halves)).mean())

    def half_width(self, assurance: float = 0.5) -> float:
        """The half-width that this share of experiments does not exceed; the median by default."""
        place = max(ceil(assurance * len(self.halves) - 1e-9) - 1, 0)
        return float(np.sort(self.halves)[place])

    def assurance(self, half_width: float) -> float:
        """Share of experiments whose half-width is at most this."""
        return float((self.halves <= half_width).mean())

    def joined(self, other: Prospect) -> Prospect:
        """This prospect with the experiments of another one of the same design."""
        return Prospect(
            np.concatenate([self.halves, other.halves]),
            np.concatenate([self.given, other.given]),
            np.concatenate([self.seen, other.seen]),
        )


@dataclass(frozen=True)
class Outlook:
    """What simulated experiments of one design show."""

    ceg: Prospect
    """log10 CEG of the first PTE. Seen: clearly above 1, or clearly below where that is assumed."""
    exponent: Prospect
    """The composability exponent. Seen: the verdict on the pair is the relation assumed."""
    interaction: Prospect
    """The interaction in logits. Seen: as of the exponent, which the verdict goes with."""

    def of(self, target: str) -> Prospect:
        """The prospect of a target, by its name: ceg, exponent or interaction."""
        found: Prospect = {"ceg": self.ceg, "exponent": self.exponent}.get(target, self.interaction)
        return found

    @property
    def experiments(self) -> int:
        """Simulated experiments behind it."""
        return len(self.ceg.halves)

    def joined(self, other: Outlook) -> Outlook:
        """This outlook with the experiments of another one of the same design."""
        return Outlook(*(self.of(name).joined(other.of(name)) for name in TARGETS))


def relation(assumptions: DesignAssumptions) -> PairRelation:
    """What the two PTEs are assumed to be to each other."""
    size = interaction(assumptions)
    if size == 0:
        return PairRelation.INDEPENDENT
    return PairRelation.SUBSTITUTES if size < 0 else PairRelation.COMPLEMENTS


def interaction(assumptions: DesignAssumptions) -> float:
    """The assumed interaction of the two PTEs: logits of the mean score."""
    gains = assumptions.gains
    alone = sum(gain for names, gain in gains.items() if len(names) == 1)
    both = next(gain for names, gain in gains.items() if len(names) == 2)
    size = assumptions.slope * (both - alone)
    return size if abs(size) > 1e-9 else 0.0


def error(share: float, experiments: int) -> float:
    """Half the 95% interval of a share over so many simulated experiments."""
    return 1.96 * sqrt(max(share * (1 - share), 0.25 / experiments) / experiments)


def prospect(estimates: list[Estimate], seen: list[bool]) -> Prospect:
    """The prospect of a quantity by its estimate in each experiment."""
    given = [each.status is not EstimateStatus.REFUSED for each in estimates]
    halves = [
        (each.high - each.low) / 2 if there else inf
        for each, there in zip(estimates, given, strict=True)
    ]
    return Prospect(np.array(halves), np.array(given, bool), np.array(seen, bool))


def ceg_is_seen(estimate: Estimate, assumptions: DesignAssumptions) -> bool:
    """Whether a CEG is clearly on the side of 1 that is assumed."""
    if estimate.status in UNCLEAR:
        return False
    return estimate.low > 0 if assumptions.ceg > 1 else estimate.high < 0
