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

from dataclasses import dataclass, replace
from math import inf, isnan, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.discrete import UNBOUNDED, Discrete, bounds, bracket
from analysis.ceg.fieller import bootstrap_set
from analysis.ceg.ladder import LadderFit
from analysis.ceg.parallelism import Trend, least_sure
from analysis.contracts.estimate import (
    LEVEL,
    NO_ITEMS,
    Estimate,
    EstimateStatus,
    percentile,
    quantiles,
    refused,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RungCeg:
    """A CEG on one rung."""

    model: str
    ceg: Estimate
    """log10 CEG on the rung, by inversion of the base curve."""
    discrete: Discrete
    """log10 CEG as soft bounds: measured scores as they are, without a curve. Infinite where the
    interval by inversion contradicts them."""


@dataclass(frozen=True)
class Ceg:
    """CEG of one arm over another, over the whole ladder."""

    arm: str
    reference: str
    ceg: Estimate
    """log10 CEG, by inversion of the base curve."""
    log_linear: Estimate
    """log10 CEG, by the base's points per OOM."""
    discrete: Discrete
    """Bounds over the ladder, from base rungs alone, that hold for all of its rungs together with
    their scatter; infinite without a ladder, where nothing tells of scatter."""
    forms: tuple[float, float]
    """log10: smallest and largest estimate over the functional forms; NaN without a ladder."""
    parallelism: Trend | None
    """Trend of the arm's shift against compute, by the form of the curve under which it is least
    clear: where it is clear one CEG over the ladder is rejected, and those by rung are to be read.
    None for other references, and below three rungs."""
    predictor: Estimate
    """Difference in the linear predictor: logits for the logistic."""
    points: Estimate
    """Difference in points of score, mean over the rungs where both were run."""
    rungs: tuple[RungCeg, ...]


def ceg(
    fit: LadderFit, arm: int, reference: int | None = None, others: tuple[LadderFit, ...] = ()
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
    rungs = tuple(_on_rung(fit, arm, reference, rung) for rung in range(len(fit.on)))
    forms = [_pooled_point(f, arm, reference) for f in (fit, *others)]
    pooled = _pooled(fit, arm, reference)
    return Ceg(
        arm=arms[arm].label,
        reference=arms[reference].label,
        ceg=pooled,
        log_linear=_log_linear(fit, arm, reference),
        discrete=bounds(fit, arm).beside(pooled) if reference == fit.base else UNBOUNDED,
        forms=(min(forms), max(forms)) if fit.ladder else (nan, nan),
        parallelism=least_sure(f.trends[arm] for f in (fit, *others))
        if reference == fit.base
        else None,
        predictor=predictor_difference(fit, arm, reference),
        points=_points(fit, arm, reference),
        rungs=rungs,
    )


def ratio(
    fit: LadderFit, point: float, draws: Array, run: NDArray[np.bool_] | None = None
) -> Estimate:
    """A shift of the predictor in OOMs of compute, with Fieller's set and the ladder's verdict.

    The set is {t : shift - t * slope is not clearly off zero} by the bootstrap: the percentile
    interval of the ratio where the slope is positive throughout, and unbounded exactly where it is
    not significant (Fieller 1954; Hwang 1995 for the bootstrap form).

    Args:
        fit: the experiment on its base curve.
        point: the shift as measured.
        draws: [replicate], the shift.
        run: [rung], where it was measured; everywhere if not given.
    """
    if not fit.ladder:
        return refused(_no_ladder(fit))
    slope, slopes = float(fit.point.slope[0]), fit.total.slope
    value, shares = float(_over(point, slope)), _over(draws, slopes)
    if np.isnan(shares).all():
        return Estimate(
            point=value,
            low=-inf,
            high=inf,
            status=EstimateStatus.ESTIMATED,
            reason=NO_ITEMS,
            draws=shares,
        )
    low, high = bootstrap_set(draws, slopes, LEVEL)
    estimate = Estimate(point=value, low=float(low), high=float(high), draws=shares)
    return _with_status(fit, estimate, fit.x if run is None else fit.x[run])


def _over(shift: Any, slope: Any) -> Any:
    """Shift over slope; a slope may be 0 where the base never scores."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(shift, slope)


def predictor_difference(fit: LadderFit, arm: int, reference: int) -> Estimate:
    """Difference in the linear predictor over all rungs: logits for the logistic."""
    point = fit.point.shifts[0]
    draws = fit.total.shifts
    if isnan(point[arm]) or isnan(point[reference]):
        return refused("not run")
    return percentile(point[arm] - point[reference], draws[:, arm] - draws[:, reference])


def _pooled_point(fit: LadderFit, arm: int, reference: int) -> float:
    shifts = fit.point.shifts[0]
    return float(_over(shifts[arm] - shifts[reference], fit.point.slope[0]))


def _pooled(fit: LadderFit, arm: int, reference: int) -> Estimate:
    difference = predictor_difference(fit, arm, reference)
    if difference.draws is None:
        return difference
    means = fit.experiment.means[:, fit.on]
    run = ~(np.isnan(means[arm]) | np.isnan(means[reference]))
    result = ratio(fit, difference.point, difference.draws, run)
    if fit.ladder and result.status is not EstimateStatus.REFUSED and fit.at_end(arm, reference):
        return _without_end(result)
    return result


def _without_end(estimate: Estimate) -> Estimate:
    """A CEG of a score at the curve's floor or ceiling, which is bounded on one side at most."""
    gains = estimate.point > 0
    return replace(
        estimate,
        low=estimate.low if gains else -inf,
        high=inf if gains else estimate.high,
        status=EstimateStatus.RIGHT_CENSORED if gains else EstimateStatus.LEFT_CENSORED,
        reason="a score is at the curve's floor or ceiling: the gain has no finite value",
    )


def _with_status(fit: LadderFit, estimate: Estimate, x: Array) -> Estimate:
    """What the ladder makes of a CEG that was measured at x: it is on the ladder where the
    equivalent compute of at least half of its rungs is."""
    low, high = quantiles(fit.total.slope)
    if high < 0:
        return _marked(estimate, EstimateStatus.INVERSE_SCALING, "the base falls as compute grows")
    if low <= 0:
        return _marked(
            estimate,
            EstimateStatus.FLAT_LADDER,
            "the base does not clearly rise with compute on this ladder",
        )
    if estimate.high < 0:
        return _marked(estimate, EstimateStatus.HARMFUL, "worse than its reference")
    equivalent = x + estimate.point
    above, below = int((equivalent > fit.x.max()).sum()), int((equivalent < fit.x.min()).sum())
    where = f"on {above} of {len(x)} rungs the equivalent compute lies beyond the ladder's top"
    if 2 * (len(x) - above - below) >= len(x):
        return _marked(estimate, EstimateStatus.INTERPOLATED, where if above > 1 else "")
    if above >= below:
        return _marked(
            estimate,
            EstimateStatus.RIGHT_CENSORED,
            f"{where}: an extrapolation; read it as at least the discrete bound",
        )
    return _marked(
        estimate,
        EstimateStatus.LEFT_CENSORED,
        f"on {below} of {len(x)} rungs the equivalent compute lies below the ladder's foot",
    )


def _marked(estimate: Estimate, status: EstimateStatus, reason: str) -> Estimate:
    return Estimate(
        point=estimate.point,
        low=estimate.low,
        high=estimate.high,
        status=status,
        reason=reason,
        draws=estimate.draws,
    )


def _no_ladder(fit: LadderFit) -> str:
    known = len(np.unique(fit.x[~np.isnan(fit.x)]))
    return (
        f"{known} rung{'s' * (known != 1)} of known, different training compute with a base score: "
        "a ladder takes three; differences in points and in logits are given instead"
    )


def _on_rung(fit: LadderFit, arm: int, reference: int, rung: int) -> RungCeg:
    model = fit.experiment.rungs[fit.on[rung]].model
    with np.errstate(invalid="ignore"):
        point = fit.predictors[arm, rung] - fit.predictors[reference, rung]
    bounds = bracket(fit, arm, rung) if reference == fit.base else UNBOUNDED
    if not fit.ladder:
        return RungCeg(model, refused(_no_ladder(fit)), bounds)
    if np.isnan(fit.experiment.means[[arm, reference], fit.on[rung]]).any():
        return RungCeg(model, refused("not run on this rung"), bounds)
    if np.isnan(point):
        return RungCeg(model, refused("both scores are at the curve's floor or ceiling"), bounds)
    with np.errstate(invalid="ignore"):
        draws = fit.replicated[:, arm, rung] - fit.replicated[:, reference, rung]
    here = np.zeros(len(fit.on), bool)
    here[rung] = True
    estimate = ratio(fit, point, draws, here)
    return RungCeg(model, estimate, bounds.beside(estimate))


def _log_linear(fit: LadderFit, arm: int, reference: int) -> Estimate:
    """Mean difference in points over the least squares slope of the base's points."""
    if not fit.ladder:
        return refused(_no_ladder(fit))
    off = fit.x - fit.x.mean()
    weights = off / (off**2).sum()
    points = _points(fit, arm, reference, fit.on)
    if points.draws is None:
        return points
    slope = float(weights @ fit.experiment.means[fit.base, fit.on])
    slopes = fit.resampled.means[:, fit.base][:, fit.on] @ weights
    low, high = bootstrap_set(points.draws, slopes, LEVEL)
    value, draws = float(_over(points.point, slope)), _over(points.draws, slopes)
    return Estimate(point=value, low=float(low), high=float(high), draws=draws)


def _points(
    fit: LadderFit, arm: int, reference: int, rungs: NDArray[np.intp] | None = None
) -> Estimate:
    """Difference of mean scores, in [-1, 1], over the rungs where both were run."""
    point = fit.resampled.point[arm] - fit.resampled.point[reference]
    both = np.flatnonzero(~np.isnan(point))
    if rungs is not None:
        both = np.intersect1d(both, rungs)
    if not len(both):
        return refused("never run on the same rung")
    value = float(point[both].mean())
    if np.isnan(fit.experiment.counts[[arm, reference]][:, both]).any():
        return Estimate(
            point=value, low=-inf, high=inf, status=EstimateStatus.ESTIMATED, reason=NO_ITEMS
        )
    draws = fit.resampled.means[:, arm] - fit.resampled.means[:, reference]
    return percentile(value, draws[:, both].mean(axis=1))
