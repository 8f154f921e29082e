"""How much of a CEG's variance comes from items, from draws, and from rungs.

All parts are variances of shift - CEG * slope over the slope, the ratio's linearisation (delta
method), which stays finite where the ratio itself has heavy tails. Items are what resampling items
gives less the draws' part; rungs are what the random effects add.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.ladder import LadderFit, under
from analysis.ceg.placement import Placed
from analysis.contracts.estimate import quantiles

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Split:
    """Shares of the variance of an arm's gain."""

    arm: str
    unit: str
    """log10 CEG; predictor where there is no ladder, or its slope is not clear."""
    deviation: float
    """Standard deviation of the gain in all, in `unit`."""
    items: float
    """Share of the items; with the draws' in it where these cannot be told apart."""
    draws: float
    """Share of the draws; NaN where they cannot be resampled."""
    rungs: float
    """Share of the rungs; NaN where there is one rung."""


def split(fit: LadderFit, drawn: Array | None) -> tuple[Split, ...]:
    """Split each arm's variance.

    Args:
        fit: the experiment on its base curve.
        drawn: [replicate, arm, rung], mean scores under resampled draws (`draw_noise`), or None.
    """
    noise = (
        under(fit, np.where(np.isnan(drawn), fit.resampled.point, drawn))
        if drawn is not None
        else None
    )
    unit = "log10 CEG" if _rises(fit) else "predictor"
    known = ~np.isnan(drawn[0][:, fit.on]) if drawn is not None else None
    results = []
    for arm, named in enumerate(fit.experiment.arms):
        if arm == fit.base or np.isnan(fit.point.shifts[0, arm]):
            continue
        total, sampling = _variance(fit, fit.total, arm), _variance(fit, fit.sampling, arm)
        draws = float("nan")
        run = ~np.isnan(fit.resampled.point[arm, fit.on])
        if noise is not None and known is not None and known[[arm, fit.base]][:, run].all():
            draws = min(_variance(fit, noise, arm), sampling)
        several = fit.arm_scatter[arm] is not None
        results.append(
            _shares(
                label=named.label,
                unit=unit,
                total=total,
                sampling=sampling,
                draws=draws,
                several=several,
            )
        )
    return tuple(results)


def _shares(
    *, label: str, unit: str, total: float, sampling: float, draws: float, several: bool
) -> Split:
    whole = max(total, sampling)
    if not whole > 0:
        nan = float("nan")
        return Split(arm=label, unit=unit, deviation=whole, items=nan, draws=nan, rungs=nan)
    items = sampling - (0.0 if np.isnan(draws) else draws)
    rungs = (whole - sampling) / whole if several else float("nan")
    return Split(
        arm=label,
        unit=unit,
        deviation=float(np.sqrt(whole)),
        items=items / whole,
        draws=draws / whole,
        rungs=rungs,
    )


def _rises(fit: LadderFit) -> bool:
    """Whether the slope is clear enough to divide by."""
    return fit.ladder and quantiles(fit.total.slope)[0] > 0


def _variance(fit: LadderFit, placed: Placed, arm: int) -> float:
    shift, slope = placed.shifts[:, arm], placed.slope
    if not _rises(fit):
        return float(np.var(shift))
    centre = float(fit.point.slope[0])
    ratio = float(fit.point.shifts[0, arm]) / centre
    return float(np.var(shift - ratio * slope)) / centre**2
