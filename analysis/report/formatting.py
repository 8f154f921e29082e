"""Estimates as people read them."""

from __future__ import annotations

from math import inf, isinf, isnan

from analysis.ceg.by_compute import CegAt, CegLine
from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.pages.page import readable
from analysis.report.columns import multiple

STATUS = {
    EstimateStatus.ESTIMATED: "estimated",
    EstimateStatus.INTERPOLATED: "on the ladder",
    EstimateStatus.RIGHT_CENSORED: "beyond the ladder",
    EstimateStatus.LEFT_CENSORED: "below the ladder: at most",
    EstimateStatus.FLAT_LADDER: "flat ladder: not bounded",
    EstimateStatus.INVERSE_SCALING: "inverse scaling: no meaning",
    EstimateStatus.HARMFUL: "harmful: below 1",
    EstimateStatus.REFUSED: "not estimated",
}
"""An estimate's status in words, short enough for a legend."""


def span(point: float, low: float, high: float) -> str:
    """A number with its interval: 4.02 (2.10 to 9.30); open ends are said in words."""
    if isnan(point):
        return ""
    head = readable(point)
    if low == high and isinf(low):  # all draws are beyond what the ladder can say
        return head if point == low else f"{head} ({readable(low)})"
    if low == -inf and high == inf:
        return f"{head} (unbounded both ways)"
    if low == -inf:
        return f"{head} (at most {readable(high)})"
    if high == inf:
        return f"{head} (at least {readable(low)})"
    return f"{head} ({readable(low)} to {readable(high)})"


def as_multiple(estimate: Estimate) -> str:
    """A log10 CEG as a multiple with its interval; empty where refused."""
    if estimate.status is EstimateStatus.REFUSED:
        return ""
    low = -inf if estimate.low == -inf else multiple(estimate.low)
    return span(multiple(estimate.point), low, multiple(estimate.high))


def scaled(estimate: Estimate, scale: float = 1.0) -> str:
    """An estimate with its interval, or its bound where it has no finite value; empty where
    refused."""
    if estimate.status is EstimateStatus.REFUSED:
        return ""
    if estimate.status is EstimateStatus.RIGHT_CENSORED and estimate.high == inf:
        return f"at least {readable(scale * estimate.low)}"
    if estimate.status is EstimateStatus.LEFT_CENSORED and estimate.low == -inf:
        return f"at most {readable(scale * estimate.high)}"
    return span(*(scale * value for value in (estimate.point, estimate.low, estimate.high)))


def along(line: CegLine) -> str:
    """A CEG that depends on compute, at both ends of its line: from 1.8 (1.2 to 2.5) at 1.0e20
    FLOP to 4.5 (3.1 to 8.2) at 1.0e22 FLOP."""
    return f"from {_at(line.at[0])} to {_at(line.at[-1])}"


def _at(end: CegAt) -> str:
    on = end.ceg.status in (EstimateStatus.INTERPOLATED, EstimateStatus.HARMFUL)
    return f"{as_multiple(end.ceg)} at {end.flop:.1e} FLOP".replace("e+", "e") + (
        "" if on else f", {STATUS[end.ceg.status]}"
    )
