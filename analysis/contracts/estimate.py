"""A number with its interval, its draws and what can be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite, nan

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEVEL = 0.95
"""Nominal coverage of every interval."""


class EstimateStatus(StrEnum):
    """What an estimate is."""

    ESTIMATED = "estimated"
    """A plain estimate: a score difference, an interaction, an exponent."""
    INTERPOLATED = "interpolated"
    """A CEG whose equivalent compute lies on the ladder."""
    RIGHT_CENSORED = "right_censored"
    """At least: the equivalent compute lies beyond the ladder's top."""
    LEFT_CENSORED = "left_censored"
    """At most: the equivalent compute lies below the ladder's foot."""
    FLAT_LADDER = "flat_ladder"
    """The base does not clearly rise with compute: no CEG can be bounded on both sides."""
    INVERSE_SCALING = "inverse_scaling"
    """The base clearly falls with compute: CEG has no meaning here."""
    HARMFUL = "harmful"
    """The interval lies below 1: the stack does worse than its reference."""
    REFUSED = "refused"
    """Not estimated, for the reason given."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A quantity, its 95% interval and its bootstrap draws.

    A CEG is in log10 (OOMs of training compute) here; tables and plots raise it. Bounds are
    infinite where the data do not bound it: that is an answer, not a failure.
    """

    point: float
    low: float
    high: float
    status: EstimateStatus = EstimateStatus.ESTIMATED
    reason: str = ""
    draws: Array | None = None
    """[draw]; the same draw of every estimate of an analysis belongs together."""

    @property
    def median(self) -> float:
        """Median of the draws; the point where there are none, or none is known."""
        known = self.draws is not None and not np.isnan(self.draws).all()
        return float(np.nanmedian(self.draws)) if known else self.point  # type: ignore[arg-type]

    @property
    def bounded(self) -> bool:
        """Whether both ends of the interval are finite."""
        return isfinite(self.low) and isfinite(self.high)


def refused(reason: str) -> Estimate:
    """An estimate that is not there."""
    return Estimate(point=nan, low=-inf, high=inf, status=EstimateStatus.REFUSED, reason=reason)


NO_ITEMS = "the source gives no number of items, and too few rungs to see scatter: no interval"


def percentile(point: float, draws: Array, level: float = LEVEL) -> Estimate:
    """An estimate with the percentile interval of its draws; infinite draws are allowed."""
    low, high = quantiles(draws, level)
    return Estimate(point=point, low=low, high=high, draws=draws)


def quantiles(draws: Array, level: float = LEVEL) -> tuple[float, float]:
    """Both ends of the central interval, taken at draws, so that infinities do not spread."""
    tail = (1 - level) / 2
    finite = draws[~np.isnan(draws)]
    if not len(finite):
        return -inf, inf
    low, high = np.quantile(finite, [tail, 1 - tail], method="closest_observation")
    return float(low), float(high)
