"""Between which values a gain lies whatever the attempts were worth that a token limit cut.

A cut attempt counts as wrong. Were all cut attempts of an arm right, its gain would be higher; were
all those of the reference right, it would be lower. The point estimate is made again for each of
the four cases (neither, either, both), the base curve included, and the range spans them. It says
nothing of sampling: the interval of the estimate does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.estimate import Ceg
from analysis.ceg.ladder import LadderFit, refitted
from analysis.contracts.endings import CellEndings

Array = NDArray[np.float64]

Range = tuple[float, float]
"""Lowest and highest; NaN where it is not known what was cut."""
UNKNOWN: Range = (nan, nan)


@dataclass(frozen=True, kw_only=True)
class CutRange:
    """Gain of one arm over its reference, if cut attempts of either were right."""

    arm: str
    reference: str
    cut: float
    """Share of the arm's attempts that were cut, mean over the rungs it shares with the reference;
    NaN where unknown."""
    reference_cut: float
    """Share of the reference's attempts that were cut, mean over these rungs; NaN where unknown."""
    most: float
    """The larger of both on the worst of these rungs; NaN where unknown."""
    ceg: Range
    """log10 CEG over the whole ladder; NaN without one."""
    predictor: Range
    """Gain in the linear predictor (logits)."""
    points: Range
    """Gain in score, in [-1, 1], mean over the rungs where both were run."""
    rungs: tuple[Range, ...]
    """log10 CEG on each rung in use; NaN without a ladder."""


@dataclass(frozen=True)
class _Cases:
    """An experiment in the four cases: nothing right, arms, the reference, all of them."""

    means: Array
    """Score of each arm on each rung: [case, arm, rung]."""
    shifts: Array
    """Distance of each arm above the base curve, in logits: [case, arm]."""
    slope: Array
    """Slope of the base curve, logits a decade of compute: [case]."""
    predictors: Array
    """Logits of each arm: [case, arm, rung that is used]."""


def cut_ranges(fit: LadderFit, gains: Sequence[Ceg]) -> tuple[CutRange, ...]:
    """The range of each gain; none where records do not tell how attempts ended.

    Args:
        fit: the experiment on its base curve.
        gains: of arms over the bases that they are compared with.
    """
    ended, experiment = fit.experiment.endings, fit.experiment
    if ended is None:
        return ()
    references = {gain.reference: experiment.arm(gain.reference) for gain in gains}
    cases = {label: _cases(fit, ended, place) for label, place in references.items()}
    return tuple(
        _range(
            fit, ended, experiment.arm(gain.arm), references[gain.reference], cases[gain.reference]
        )
        for gain in gains
    )


def _cases(fit: LadderFit, ended: CellEndings, reference: int) -> _Cases:
    """Where the reference is the curve's base, the curve is another in the cases that lift it."""
    measured = fit.experiment.means
    # What is not known to be cut stays as it is; its ranges are left out.
    upper = np.where(np.isnan(ended.upper), measured, ended.upper)
    means = np.repeat(measured[None], 4, axis=0)
    arms = [place for place in range(len(measured)) if place not in (fit.base, reference)]
    means[np.ix_([1, 3], arms)] = upper[arms]
    means[2:, reference] = upper[reference]
    placed, curves, predictors = refitted(fit, means)
    return _Cases(means, placed.shifts, curves.slope, predictors)


def _range(fit: LadderFit, ended: CellEndings, arm: int, reference: int, cases: _Cases) -> CutRange:
    means, arms = fit.experiment.means, fit.experiment.arms
    both = np.flatnonzero(~np.isnan(means[[arm, reference]]).any(axis=0))
    shares = ended.cut[[arm, reference]][:, both]
    run = np.flatnonzero(~np.isnan(means[reference]))  # a curve rests on all rungs of its base
    unknown = not len(both) or np.isnan(shares).any() or np.isnan(ended.cut[reference, run]).any()
    own, its = (nan, nan) if unknown else shares.mean(axis=1).tolist()
    shift = cases.shifts[:, arm] - cases.shifts[:, reference]
    points = (cases.means[:, arm] - cases.means[:, reference])[:, both]
    with np.errstate(invalid="ignore"):
        on_rung = cases.predictors[:, arm] - cases.predictors[:, reference]
    on_ladder = fit.ladder and not unknown
    return CutRange(
        arm=arms[arm].label,
        reference=arms[reference].label,
        cut=own,
        reference_cut=its,
        most=nan if unknown else float(shares.max()),
        ceg=_over(shift, cases.slope) if on_ladder else UNKNOWN,
        predictor=UNKNOWN if unknown else _span(shift),
        points=UNKNOWN if unknown else _span(points.mean(axis=1)),
        rungs=tuple(
            _over(each, cases.slope) if on_ladder and rung in both else UNKNOWN
            for rung, each in zip(fit.on, on_rung.T, strict=True)
        ),
    )


def _over(shift: Array, slope: Array) -> Range:
    """Shifts in OOMs of compute; without bounds where a case has a base that does not rise."""
    if (slope <= 0).any():
        return (-inf, inf)
    return _span(shift / slope)


def _span(values: Array) -> Range:
    return (float(values.min()), float(values.max()))
