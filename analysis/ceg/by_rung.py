"""CEG on each rung: of one arm over another, by the scores of that rung alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.discrete import UNBOUNDED, Discrete, bracket
from analysis.ceg.ladder import LadderFit
from analysis.ceg.ratio import no_ladder, over, ratio
from analysis.contracts.estimate import Estimate, refused
from analysis.uncertainty.resample import Stream, generator

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


def on_rungs(
    fit: LadderFit,
    arm: int,
    reference: int,
    others: tuple[LadderFit, ...] = (),
    *,
    growing: bool = False,
) -> tuple[RungCeg, ...]:
    """CEG on each rung in use; intervals hold the arms' scatter over rungs and the choice of a
    form.

    Args:
        fit: the experiment on its base curve.
        arm: index of the arm.
        reference: index of the reference arm.
        others: the fits by other forms that `fit` was spread across.
        growing: whether the arm's gain over the base is a line in compute, which its scatter is
            about; else a constant.
    """
    luck = _luck(fit, arm, reference, growing) if fit.ladder else np.empty((0, 0))
    return tuple(
        _on_rung(fit, arm, reference, rung, others, luck=luck) for rung in range(len(fit.on))
    )


def _on_rung(
    fit: LadderFit,
    arm: int,
    reference: int,
    rung: int,
    others: tuple[LadderFit, ...],
    *,
    luck: Array,
) -> RungCeg:
    model = fit.experiment.rungs[fit.on[rung]].model
    point = _difference_on(fit, arm, reference, rung)
    bounds = bracket(fit, arm, rung) if reference == fit.base else UNBOUNDED
    if not fit.ladder:
        return RungCeg(model, refused(no_ladder(fit)), bounds)
    cell = [arm, reference], fit.on[rung]
    if np.isnan(fit.experiment.means[cell]).any():
        return RungCeg(model, refused("not run on this rung"), bounds)
    if np.isnan(point):
        return RungCeg(model, refused("both scores are at the curve's floor or ceiling"), bounds)
    if np.isnan(fit.experiment.counts[cell]).any():
        draws = np.full(len(fit.replicated), np.nan)
    else:
        with np.errstate(invalid="ignore"):
            draws = fit.replicated[:, arm, rung] - fit.replicated[:, reference, rung]
        draws = draws + luck[:, rung]
    if fit.spread is not None:
        points = [
            float(over(_difference_on(each, arm, reference, rung), each.point.slope[0]))
            for each in (fit, *others)
        ]
        draws = draws + fit.spread.offsets(points) * fit.total.slope
    here = np.zeros(len(fit.on), bool)
    here[rung] = True
    estimate = ratio(fit, point, draws, here)
    return RungCeg(model, estimate, bounds.beside(estimate))


def _difference_on(fit: LadderFit, arm: int, reference: int, rung: int) -> float:
    with np.errstate(invalid="ignore"):
        return float(fit.predictors[arm, rung] - fit.predictors[reference, rung])


def _luck(fit: LadderFit, arm: int, reference: int, growing: bool) -> Array:
    """[replicate, rung]: by how much the arms' own luck there moves their difference."""
    result = np.zeros((len(fit.replicated), len(fit.on)))
    for each in (arm, reference):
        scatter = fit.arm_scatter[each]
        if scatter is not None:
            rng = generator(fit.experiment, fit.seed, Stream.ARM_ON_RUNG, each)
            levels = rng.random(len(result))
            lined = growing and each == arm
            deviation = fit.left.left_by_line(levels, arm) if lined else scatter.allowing(levels)
            result += deviation[:, None] * rng.standard_normal(result.shape)
    return result
