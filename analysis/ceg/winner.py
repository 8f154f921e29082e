"""The largest of several gains, corrected for having been chosen.

The largest of several estimates is large in part by luck: it is biased upwards, and its plain
interval covers too seldom. Given what the other estimates say of themselves, the winner's own is
cut off where another would have won. The conditional estimate that this gives is median-unbiased
for whichever arm was chosen, but wide where two are close; the hybrid one of Andrews, Kitagawa and
McCloskey (2024, Inference on winners, QJE 139) also holds it inside a simultaneous interval of all
arms.

What chose the winner is how estimates scatter; how far its interval reaches is what the experiment
says of that scatter, which on few rungs is little. So the covariance, winsorised, is that of draws
that scatter as estimates do (`Ceg.scattered`), while its ends keep the scale of the estimate's own
draws: an arm that is far ahead keeps about the interval it has. The correction is made in the
quantity that was compared, draw by draw, and carried over to the others by how they move with it:
gains in logits, in points and as a CEG tell one story.

An arm that comes out exactly as the winner does cuts nothing off: given that two are equal, which
of them is named says nothing of either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
TAIL = 0.05
"""The same where an estimate's draws are a ratio's, whose tails say nothing of how it goes."""
FURTHEST, PLACES = 4.0, 65
"""Deviations either way up to which draws are moved apart, and how many places of them are worked
out; beyond, all are moved alike."""
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
    """[draw, candidate]: the same, as far apart as estimates scatter."""
    winner: int
    """Index of the largest."""


def corrected(estimates: Sequence[Estimate], by: Estimate, choice: Choice) -> tuple[Estimate, ...]:
    """Estimates of the winner as if it had not been chosen, median-unbiased, with their intervals.

    Args:
        estimates: of the winner, each in any unit; draws belong together.
        by: the one that it was chosen by, itself or another of the winner's.
        choice: among which it won, and how.

    Returns:
        The estimates in their order; as they are, with a reason, where nothing tells how they vary.
        Ends that are infinite stay so.
    """
    known: NDArray[np.bool_] = np.asarray(np.isfinite(choice.draws).all(axis=1))
    if by.draws is None or known.mean() < LEVEL or not np.isfinite(by.draws[known]).all():
        return tuple(_as_it_is(each, "another gain's interval is not known") for each in estimates)
    move = _move(by, choice, known)
    if move is None:
        return tuple(_as_it_is(each, "it does not vary") for each in estimates)
    return tuple(_moved(each, by, move, known) for each in estimates)


Move = Callable[[Array], Array]
"""From values of the winner's estimate to those that it takes as if it had not been chosen."""


def _move(by: Estimate, choice: Choice, known: NDArray[np.bool_]) -> Move | None:
    """What the correction makes of each value, by its place among the estimate's draws."""
    assert by.draws is not None
    others = choice.draws[known]
    scale = _Scale.of(by.point, others[:, choice.winner], by.draws[known])
    if not scale.below > 0:
        return None
    low, high = _cut(replace(choice, draws=others))
    cut = (low - by.point) / scale.below, (high - by.point) / scale.above
    reach = _simultaneous(others)
    steps = np.linspace(-FURTHEST, FURTHEST, PLACES)
    new = [scale.distance(_solved(float(ndtr(-step)), cut, reach)) for step in steps]
    old = [scale.distance(step) for step in steps]
    return lambda values: values + np.interp(values - by.point, old, np.subtract(new, old))


def _moved(estimate: Estimate, by: Estimate, move: Move, known: NDArray[np.bool_]) -> Estimate:
    """The estimate after the move, by how it goes with the one that is moved."""
    if estimate.status is EstimateStatus.REFUSED or estimate.draws is None or by.draws is None:
        return estimate
    own, its = estimate.draws[known], by.draws[known]
    rise = _rise(own, its)
    shifted = own + rise * (move(its) - its)
    point = estimate.point + rise * float(move(np.array([by.point]))[0] - by.point)
    was, now = quantiles(own), quantiles(shifted)
    ends = zip((estimate.low, estimate.high), was, now, strict=True)
    low, high = (
        end + after - before if np.isfinite(before) else end for end, before, after in ends
    )
    return replace(estimate, point=point, low=min(low, point), high=max(high, point), draws=None)


def _rise(own: Array, by: Array) -> float:
    """How far an estimate goes with a unit of the one that it was chosen by."""
    finite = np.isfinite(own)
    if finite.sum() < 2:
        return 0.0
    held, its = (_winsorised(each[finite], TAIL) for each in (own, by))
    its = its - its.mean()
    return float(its @ held / max(its @ its, 1e-300))


def _as_it_is(estimate: Estimate, why: str) -> Estimate:
    if estimate.status is EstimateStatus.REFUSED:
        return estimate
    reason = f"not corrected for having been chosen: {why}"
    return replace(estimate, reason="; ".join(filter(None, (estimate.reason, reason))))


@dataclass(frozen=True)
class _Scale:
    """What deviations of a standard normal variable come to in an estimate's own unit: near it as
    estimates scatter, at the ends of its interval as its own draws reach."""

    below: float
    """Of one deviation down."""
    above: float
    """Of one deviation up."""
    far_below: float
    """Of `NORMAL` deviations down: to the lower end of the percentile interval."""
    far_above: float

    @classmethod
    def of(cls, point: float, scattered: Array, draws: Array) -> _Scale:
        low, high = quantiles(draws)
        down, middle, up = np.quantile(scattered, [ndtr(-1), 0.5, ndtr(1)])
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


def _cut(choice: Choice) -> tuple[float, float]:
    """Between which values the winner's estimate wins, all else that is independent of it being as
    it is."""
    others, point = _winsorised(choice.draws, TRIMMED), choice.points[choice.winner]
    own = others[:, choice.winner] - others[:, choice.winner].mean()
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


def _winsorised(draws: Array, share: float) -> Array:
    ends = np.quantile(draws, [share, 1 - share], axis=0)
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
