"""Compute-equivalent gain of any stack over any other, three ways, with what can be said of it.

CEG is the training compute that the reference would need to score what the stack scores, divided by
the compute it has (Lifland et al., "Definitions"). Three readings of the same scores:

- curve inversion, the estimate proper: both through the base curve, over the whole ladder
  ((d1 - d2) / b) and on each rung;
- log-linear: the difference in points over the base's points per OOM (Lifland et al.'s local
  approximation to a sigmoid);
- a discrete pair: between which two base rungs the stack's score falls. Bounds alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isnan, nan

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.by_compute import CegLine, ceg_line
from analysis.ceg.by_rung import RungCeg, on_rungs
from analysis.ceg.discrete import UNBOUNDED, Discrete, bounds
from analysis.ceg.fieller import bootstrap_set
from analysis.ceg.ladder import AT_END, LadderFit
from analysis.ceg.parallelism import Trend, least_sure, rejects
from analysis.ceg.ratio import by_rungs, no_ladder, over, ratio
from analysis.contracts.estimate import (
    LEVEL,
    NO_ITEMS,
    Estimate,
    EstimateStatus,
    percentile,
    refused,
)

Array = NDArray[np.float64]

NO_MEANING = (EstimateStatus.REFUSED, EstimateStatus.FLAT_LADDER, EstimateStatus.INVERSE_SCALING)
"""Where a CEG's point says nothing."""


@dataclass(frozen=True)
class Ceg:
    """CEG of one arm over another, over the whole ladder."""

    arm: str
    reference: str
    ceg: Estimate
    """log10 CEG, by inversion of the base curve: a mean over the ladder's rungs."""
    by_compute: CegLine | None
    """CEG as a function of compute where `parallelism` rejects one CEG, to be read instead of
    `ceg`; None elsewhere."""
    log_linear: Estimate
    """log10 CEG, by the base's points per OOM."""
    discrete: Discrete
    """Bounds over the ladder, from base rungs alone, that hold for all of its rungs together with
    their scatter; infinite without a ladder, where nothing tells of scatter."""
    forms: tuple[float, float]
    """log10: smallest and largest estimate over the functional forms; NaN without a ladder."""
    parallelism: Trend | None
    """Trend of the arm's shift against compute, by the form of the curve under which it is least
    clear: where it is clear one CEG over the ladder is rejected, and `by_compute` is to be read.
    None for other references, and below three rungs."""
    predictor: Estimate
    """Difference in the linear predictor: logits for the logistic."""
    scattered: Array
    """[draw]: the same as it scatters from one experiment to the next; draws of `predictor` are
    further apart where few rungs say little of their scatter."""
    points: Estimate
    """Difference in points of score, mean over the rungs where both were run."""
    rungs: tuple[RungCeg, ...]


def ceg(
    fit: LadderFit,
    arm: int,
    reference: int | None = None,
    others: tuple[LadderFit, ...] = (),
) -> Ceg:
    """CEG of an arm over a reference, the base if none is named.

    Args:
        fit: the experiment on its base curve.
        arm: index of the arm.
        reference: index of the reference arm.
        others: the same experiment fitted with other forms, for the range over them.
    """
    reference = fit.base if reference is None else reference
    arms = fit.experiment.arms
    fits = (fit, *others)
    parallelism = least_sure(f.trends[arm] for f in fits) if reference == fit.base else None
    growing = parallelism is not None and rejects(parallelism) and fit.left.has_line(arm)
    rungs = on_rungs(fit, arm, reference, others, growing=growing)
    forms = [_pooled_point(f, arm, reference) for f in fits]
    pooled = _placed_by(rungs, _pooled(fit, arm, reference))
    if pooled.status not in NO_MEANING and fit.at_end(arm, reference):
        pooled = _without_end(pooled)
    line = None
    if parallelism is not None and growing and not _means_nothing(fit, pooled, arm):
        line = ceg_line(fit, arm, others)
        pooled = replace(
            pooled, reason="; ".join(filter(None, (_mean(parallelism), pooled.reason)))
        )
    return Ceg(
        arm=arms[arm].label,
        reference=arms[reference].label,
        ceg=pooled,
        by_compute=line,
        log_linear=_log_linear(fit, arm, reference),
        discrete=bounds(fit, arm).beside(pooled) if reference == fit.base else UNBOUNDED,
        forms=(min(forms), max(forms)) if fit.ladder else (nan, nan),
        parallelism=parallelism,
        predictor=predictor_difference(fit, arm, reference),
        scattered=fit.scattered[:, arm] - fit.scattered[:, reference],
        points=_points(fit, arm, reference),
        rungs=rungs,
    )


def _means_nothing(fit: LadderFit, pooled: Estimate, arm: int) -> bool:
    """Whether a CEG has no finite value anywhere, so that a line of it has none either."""
    return pooled.status in NO_MEANING or fit.at_end(arm, fit.base) or pooled.draws is None


def _mean(trend: Trend) -> str:
    return (
        "a mean over the ladder's rungs, and rejected as one CEG: the gain "
        f"{'grows' if trend.t > 0 else 'falls'} with compute (p {trend.p:.1g}), so read CEG as a "
        "function of compute"
    )


def _placed_by(rungs: Sequence[RungCeg], pooled: Estimate) -> Estimate:
    """The pooled CEG with the status that its rungs' own give it. The ladder's last rung is on it
    where its CEG may be 1, and so is its first: an arm that does nothing is at both by chance."""
    ends = {EstimateStatus.RIGHT_CENSORED: rungs[-1:], EstimateStatus.LEFT_CENSORED: rungs[:1]}
    known = [on for on in rungs if on.ceg.status is not EstimateStatus.REFUSED]
    if not known or pooled.status not in (EstimateStatus.INTERPOLATED, *ends):
        return pooled
    above, below = (
        sum(
            on.ceg.status is status and not (on in end and on.ceg.low <= 0 <= on.ceg.high)
            for on in known
        )
        for status, end in ends.items()
    )
    return by_rungs(pooled, len(known), above, below)


def predictor_difference(fit: LadderFit, arm: int, reference: int) -> Estimate:
    """Difference in the linear predictor over all rungs: logits for the logistic."""
    point = fit.point.shifts[0]
    draws = fit.total.shifts
    if isnan(point[arm]) or isnan(point[reference]):
        return refused("not run")
    estimate = percentile(point[arm] - point[reference], draws[:, arm] - draws[:, reference])
    return _without_end(estimate) if fit.at_end(arm, reference) else estimate


def _pooled_point(fit: LadderFit, arm: int, reference: int) -> float:
    shifts = fit.point.shifts[0]
    return float(over(shifts[arm] - shifts[reference], fit.point.slope[0]))


def _pooled(fit: LadderFit, arm: int, reference: int) -> Estimate:
    point = fit.point.shifts[0, arm] - fit.point.shifts[0, reference]
    if isnan(point):
        return refused("not run")
    means = fit.experiment.means[:, fit.on]
    run = ~(np.isnan(means[arm]) | np.isnan(means[reference]))
    return ratio(fit, float(point), fit.across[:, arm] - fit.across[:, reference], run)


def _without_end(estimate: Estimate) -> Estimate:
    """A gain of a score at the curve's floor or ceiling, which is bounded on one side at most."""
    gains = estimate.point > 0
    return replace(
        estimate,
        low=estimate.low if gains else -inf,
        high=inf if gains else estimate.high,
        status=EstimateStatus.RIGHT_CENSORED if gains else EstimateStatus.LEFT_CENSORED,
        reason=AT_END,
    )


def _log_linear(fit: LadderFit, arm: int, reference: int) -> Estimate:
    """Mean difference in points over the least squares slope of the base's points."""
    if not fit.ladder:
        return refused(no_ladder(fit))
    off = fit.x - fit.x.mean()
    weights = off / (off**2).sum()
    points = _points(fit, arm, reference, fit.on)
    if points.draws is None:
        return points
    slope = float(weights @ fit.experiment.means[fit.base, fit.on])
    measured = fit.resampled.means[:, fit.base][:, fit.on] + fit.departed(fit.base)
    slopes = measured @ weights
    low, high = bootstrap_set(points.draws, slopes, LEVEL)
    value, draws = float(over(points.point, slope)), over(points.draws, slopes)
    return Estimate(point=value, low=float(low), high=float(high), draws=draws)


def _points(
    fit: LadderFit, arm: int, reference: int, rungs: NDArray[np.intp] | None = None
) -> Estimate:
    """Difference of mean scores, in [-1, 1], over the rungs where both were run.

    Its interval is of the recipe's average gain, as that of logits and CEGs: it holds the rungs'
    scatter beside the items' noise.
    """
    point = fit.resampled.point[arm] - fit.resampled.point[reference]
    both = np.flatnonzero(~np.isnan(point))
    if rungs is not None:
        both = np.intersect1d(both, rungs)
    if not len(both):
        return refused("never run on the same rung")
    value, pair = float(point[both].mean()), [arm, reference]
    unknown = np.isnan(fit.experiment.counts[pair][:, both]).any()
    if unknown and np.isnan(fit.total.shifts[:, pair]).any():
        return Estimate(
            point=value, low=-inf, high=inf, status=EstimateStatus.ESTIMATED, reason=NO_ITEMS
        )
    below = fit.resampled.means[:, reference][:, both].mean(axis=1)
    gains = fit.resampled.means[:, arm][:, both].mean(axis=1) - below
    # Where the base is at chance, scatter in logits knows no end; a score ends at 0 and 1.
    return percentile(
        value, np.clip(gains + _departed(fit, arm, reference, both), -below, 1 - below)
    )


def _departed(fit: LadderFit, arm: int, reference: int, rungs: NDArray[np.intp]) -> Array:
    """[replicate]: what the rungs' scatter adds to a mean difference in points. Rungs that are not
    on the ladder are taken to scatter as those on it do."""
    seen = np.isin(fit.on, rungs)
    if not seen.any():
        return np.zeros(len(fit.total.shifts))
    added = (fit.departed(arm) - fit.departed(reference))[:, seen].mean(axis=1)
    return np.asarray(added * np.sqrt(seen.sum() / len(rungs)))
