"""What is said of stacks that were not run, and how well it holds of those that were."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np

from analysis.contracts.estimate import Estimate


@dataclass(frozen=True)
class PredictedStack:
    """A stack that was not run."""

    stack: str
    """PTEs as they are called alone, joined by +."""
    ptes: tuple[str, ...]
    ceg: Estimate
    """log10 CEG over the base."""
    predictor: Estimate
    """Gain over the base in units of the linear predictor (logits)."""
    points: Estimate
    """Gain over the base in score, in [-1, 1], mean over the rungs in use."""
    apart: tuple[tuple[str, str], ...]
    """Pairs of its PTEs that no measured stack holds: neither their interaction nor whether they
    can be combined was seen."""


@dataclass(frozen=True)
class PredictionCheck:
    """A stack that was run, predicted from the others; in units of the linear predictor."""

    stack: str
    measured: Estimate
    predicted: Estimate
    """With the interval of what measuring it would show: its own noise is in it."""
    added: float
    """The PTEs' own gains, added up."""
    by_m: float
    """Lifland et al.'s total by a constant M fitted to the other stacks; NaN where there is no
    other, or a gain is negative."""

    @property
    def held(self) -> bool:
        """Whether the interval holds what was measured."""
        return self.predicted.low <= self.measured.point <= self.predicted.high


@dataclass(frozen=True)
class Predictions:
    """What a lattice says of stacks that it lacks, or why it says nothing."""

    stacks: tuple[PredictedStack, ...]
    checks: tuple[PredictionCheck, ...]
    reason: str = ""
    """Why nothing is predicted; empty where something is, or nothing is missing."""
    left_out: int = 0
    """Stacks beyond the number that are predicted."""

    def error(self, of: str = "pairs") -> float:
        """Root mean square error on the stacks left out, in units of the linear predictor: of the
        prediction (`pairs`), of added gains (`added`), or by M (`by_m`)."""
        errors = [self._value(check, of) - check.measured.point for check in self.checks]
        return float(np.sqrt(np.mean(np.square(errors)))) if errors else nan

    @staticmethod
    def _value(check: PredictionCheck, of: str) -> float:
        values = {"added": check.added, "by_m": check.by_m}
        return values.get(of, check.predicted.point)


NOTHING = Predictions((), ())
