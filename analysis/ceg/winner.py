"""The largest of several gains, corrected for having been chosen.

The largest of several estimates is large in part by luck: it is biased upwards, and its plain
interval covers too seldom. Given what the other estimates say of themselves, the winner's own is
cut off where another would have won. The conditional estimate that this gives is median-unbiased
for whichever arm was chosen, but wide where two are close; the hybrid one of Andrews, Kitagawa and
McCloskey (2024, Inference on winners, QJE 139) also holds it inside a simultaneous interval of all
arms. The covariance is that of the bootstrap's draws, winsorised, and the scale on either side is
that of the draws, so that an arm that is far ahead keeps about the interval it has.
All arms are taken to lie together no further out than so many normal ones do: few rungs have draws
of long tails, which would carry an estimate hundreds of its deviations away.

An arm that comes out exactly as the winner does cuts nothing off: given that two are equal, which
of them is named says nothing of either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from analysis.contracts.estimate import LEVEL, Estimate, EstimateStatus, quantiles

Array = NDArray[np.float64]

ERROR = 1 - LEVEL
WIDE = ERROR / 10
"""Error of the simultaneous interval, as in the paper a tenth of what is allowed."""
NORMAL = float(ndtri(1 - ERROR / 2))
TRIMMED = 0.005
"""Share of draws beyond either end that a covariance takes for the end."""
TIED = 1e-9
"""Difference of two estimates that is none."""
UNEVEN = 0.25
"""Least scale on one side, as a share of the mean of both."""


@dataclass(frozen=True)
class Choice:
    """How one of several candidates was chosen: by the largest estimate."""

    points: Array
    """[candidate]: the estimates as measured."""
    draws: Array
    """[draw, candidate]: their bootstrap draws."""
    winner: int
    """Index of the largest."""


def corrected(estimate: Estimate, choice: Choice) -> Estimate:
    """An estimate of the winner as if it had not been chosen, with its interval: median-unbiased
    where the draws spread as the estimates scatter. It reads low where they spread further, and
    high where it stays uncorrected.

    Args:
        estimate: of the winner, in any unit; its draws belong to those of the choice.
        choice: among which it won, and how.

    Returns:
        The estimate as it is, with a reason, where nothing bounds it.
    """
    if estimate.status is EstimateStatus.REFUSED:
        return estimate
    if not estimate.bounded or estimate.draws is None:
        return _as_it_is(estimate, "nothing bounds it")
    known = np.isfinite(estimate.draws) & np.isfinite(choice.draws).all(axis=1)
    if known.mean() < LEVEL:
        return _as_it_is(estimate, "another gain's interval is not known")
    draws, others = estimate.draws[known], choice.draws[known]
    scale = _Scale.of(estimate.point, draws)
    if not scale.below > 0:
        return _as_it_is(estimate, "it does not vary")
    low, high = _cut(estimate.point, draws, replace(choice, draws=others))
    cut = (low - estimate.point) / scale.below, (high - estimate.point) / scale.above
    reach = _simultaneous(others)
    tail = (ERROR - WIDE) / (1 - WIDE) / 2
    middle, ends = _solved(0.5, cut, reach), [_solved(at, cut, reach) for at in (1 - tail, tail)]
    point, low, high = (estimate.point + scale.distance(moved) for moved in (middle, *ends))
    return replace(estimate, point=point, low=low, high=high, draws=None)


def _as_it_is(estimate: Estimate, why: str) -> Estimate:
    reason = f"not corrected for having been chosen: {why}"
    return replace(estimate, reason="; ".join(filter(None, (estimate.reason, reason))))


@dataclass(frozen=True)
class _Scale:
    """What deviations of a standard normal variable come to in an estimate's own unit. Few rungs
    give draws of long tails: what chose the winner goes by their middle, how far the interval
    reaches by its ends."""

    below: float
    """Of one deviation down."""
    above: float
    """Of one deviation up."""
    far_below: float
    """Of `NORMAL` deviations down: to the lower end of the percentile interval."""
    far_above: float

    @classmethod
    def of(cls, point: float, draws: Array) -> _Scale:
        low, high = quantiles(draws)
        down, middle, up = np.quantile(draws, [ndtr(-1), 0.5, ndtr(1)])
        near, far = UNEVEN * (up - down) / 2, UNEVEN * (high - low) / 2
        below, above = max(middle - down, near), max(up - middle, near)
        return cls(below, above, max(point - low, below, far), max(high - point, above, far))

    def distance(self, moved: float) -> float:
        """How far so many deviations go."""
        if abs(moved) > NORMAL:
            return moved / NORMAL * (self.far_below if moved < 0 else self.far_above)
        deviations = [-NORMAL, -1.0, 0.0, 1.0, NORMAL]
        own = [-self.far_below, -self.below, 0.0, self.above, self.far_above]
        return float(np.interp(moved, deviations, own))


def _cut(point: float, draws: Array, choice: Choice) -> tuple[float, float]:
    """Between which values the estimate chooses the same winner, all else that is independent of
    it being as it is."""
    own, others = _winsorised(draws), _winsorised(choice.draws)
    own = own - own.mean()
    slopes = own @ (others - others.mean(axis=0)) / (own @ own)
    rest = choice.points - slopes * point
    lead, behind = slopes[choice.winner] - slopes, rest - rest[choice.winner]
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = behind / lead
    steep = np.abs(lead) > 1e-9 * np.abs(slopes).max(initial=1e-300)
    steep &= np.abs(choice.points - choice.points[choice.winner]) > TIED
    low = max(ends[steep & (lead > 0)], default=-inf)
    high = min(ends[steep & (lead < 0)], default=inf)
    return min(float(low), point), max(float(high), point)


def _winsorised(draws: Array) -> Array:
    ends = np.quantile(draws, [TRIMMED, 1 - TRIMMED], axis=0)
    return np.asarray(np.clip(draws, *ends))


def _simultaneous(draws: Array) -> float:
    """Standard deviations within which all candidates lie together, but for `WIDE`; at most what
    Bonferroni's normal bound says, and at least `NORMAL`."""
    middle = np.median(draws, axis=0)
    low, high = np.quantile(draws, [ERROR / 2, 1 - ERROR / 2], axis=0)
    scale = (high - low) / (2 * NORMAL)
    varies = scale > 0
    far = (np.abs(draws - middle)[:, varies] / scale[varies]).max(axis=1, initial=0.0)
    most = float(ndtri(1 - WIDE / 2 / max(varies.sum(), 1)))
    return max(min(float(np.quantile(far, 1 - WIDE)), most), NORMAL)


def _solved(level: float, cut: tuple[float, float], reach: float) -> float:
    """The mean, in standard deviations from the estimate, under which an estimate at most as large
    has this probability, cut off at both ends and at `reach` from the mean."""

    def excess(mean: float) -> float:
        low, high = max(cut[0], mean - reach), min(cut[1], mean + reach)
        whole = _between(low - mean, high - mean)
        return _between(low - mean, -mean) / whole - level if whole > 0 else 0.5 - level

    # At -reach the estimate is the largest there may be, at +reach the least.
    edge = reach * (1 - 1e-9)
    if excess(-edge) <= 0:
        return -reach
    return reach if excess(edge) >= 0 else float(brentq(excess, -edge, edge, xtol=1e-6))


def _between(low: float, high: float) -> float:
    """Probability of a standard normal, as exact in the upper tail as in the lower."""
    if low > 0:
        low, high = -high, -low
    return float(ndtr(high) - ndtr(low))
