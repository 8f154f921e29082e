"""Between which values a gain lies whatever the attempts were worth that a token limit cut.

A cut attempt counts as wrong. Were all cut attempts of an arm right, its gain would be higher; were
all those of the reference right, it would be lower. The point estimate is made again for each of
the four cases (neither, either, both), the base curve included, and the range spans them. It says
nothing of sampling: the interval of the estimate does.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.ladder import LadderFit, refitted

Array = NDArray[np.float64]

Range = tuple[float, float]
"""Lowest and highest; NaN where it is not known what was cut."""
UNKNOWN: Range = (nan, nan)


@dataclass(frozen=True, kw_only=True)
class CutRange:
    """Gain of one arm over the base, if cut attempts of either were right."""

    arm: str
    cut: float
    """Share of the arm's attempts that were cut, mean over the rungs it shares with the base; NaN
    where unknown."""
    base_cut: float
    """Share of the base's attempts that were cut, mean over these rungs; NaN where unknown."""
    most: float
    """The larger of both on the worst of these rungs."""
    ceg: Range
    """log10 CEG over the whole ladder; NaN without one."""
    predictor: Range
    """Gain in the linear predictor (logits)."""
    points: Range
    """Gain in score, in [-1, 1], mean over the rungs where both were run."""
    rungs: tuple[Range, ...]
    """log10 CEG on each rung in use; NaN without a ladder."""


def cut_ranges(fit: LadderFit) -> tuple[CutRange, ...]:
    """The range of every arm over the base; none where records do not tell how attempts ended."""
    ended, means = fit.experiment.endings, fit.experiment.means
    if ended is None:
        return ()
    # An arm or base of which it is not known what was cut stays as it is, and has no range.
    upper = np.where(np.isnan(ended.upper), means, ended.upper)
    cases = np.repeat(means[None], 4, axis=0)
    others = np.arange(len(means)) != fit.base
    cases[np.ix_([1, 3], others)] = upper[others]
    cases[2:, fit.base] = upper[fit.base]
    placed, curves, predictors = refitted(fit, cases)
    return tuple(
        _range(fit, arm, cases, placed.shifts, curves.slope, predictors)
        for arm in np.flatnonzero(others).tolist()
    )


def _range(
    fit: LadderFit, arm: int, cases: Array, shifts: Array, slope: Array, predictors: Array
) -> CutRange:
    ended, means = fit.experiment.endings, fit.experiment.means
    assert ended is not None
    base, label = fit.base, fit.experiment.arms[arm].label
    both = np.flatnonzero(~np.isnan(means[[arm, base]]).any(axis=0))
    shares = ended.cut[[arm, base]][:, both]
    run = np.flatnonzero(~np.isnan(means[base]))  # the base's curve rests on all of its rungs
    if not len(both) or np.isnan(shares).any() or np.isnan(ended.cut[base, run]).any():
        nothing = (UNKNOWN,) * len(fit.on)
        return CutRange(
            arm=label,
            cut=nan,
            base_cut=nan,
            most=nan,
            ceg=UNKNOWN,
            predictor=UNKNOWN,
            points=UNKNOWN,
            rungs=nothing,
        )
    own, its = shares.mean(axis=1).tolist()
    shift = shifts[:, arm] - shifts[:, base]
    with np.errstate(invalid="ignore"):
        on_rung = predictors[:, arm] - predictors[:, base]
    return CutRange(
        arm=label,
        cut=own,
        base_cut=its,
        most=float(shares.max()),
        ceg=_over(shift, slope) if fit.ladder else UNKNOWN,
        predictor=_span(shift),
        points=_span((cases[:, arm] - cases[:, base])[:, both].mean(axis=1)),
        rungs=tuple(
            _over(each, slope) if fit.ladder and rung in both else UNKNOWN
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
