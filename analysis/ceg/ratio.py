"""A shift of the base's curve as compute: a ratio, its set, and what the ladder says of it."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.fieller import bootstrap_set
from analysis.ceg.ladder import LadderFit
from analysis.contracts.estimate import (
    LEVEL,
    NO_ITEMS,
    Estimate,
    EstimateStatus,
    quantiles,
    refused,
)

Array = NDArray[np.float64]


def ratio(
    fit: LadderFit,
    point: float,
    draws: Array,
    run: NDArray[np.bool_] | None = None,
    slopes: Array | None = None,
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
        slopes: [replicate], the slopes that belong to the draws; those of the fit if not given.
    """
    if not fit.ladder:
        return refused(no_ladder(fit))
    slope = float(fit.point.slope[0])
    slopes = fit.total.slope if slopes is None else slopes
    value, shares = float(over(point, slope)), over(draws, slopes)
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


def over(shift: Any, slope: Any) -> Any:
    """Shift over slope; a slope may be 0 where the base never scores."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(shift, slope)


def _with_status(fit: LadderFit, estimate: Estimate, x: Array) -> Estimate:
    """What the ladder makes of a CEG that was measured at x."""
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
    return by_rungs(estimate, len(x), above, below)


def by_rungs(estimate: Estimate, rungs: int, above: int, below: int) -> Estimate:
    """A CEG with the status that its rungs give it: it is on the ladder where the equivalent
    compute of at least half of them is.

    Args:
        estimate: a CEG over some rungs, neither harmful nor without a meaning.
        rungs: how many there are.
        above: of these, how many have their equivalent compute beyond the ladder's top.
        below: how many have it below the ladder's foot.
    """
    of = f"on {max(above, below)} of {rungs} rungs " if rungs > 1 else ""
    where = f"{of}the equivalent compute lies " + (
        "beyond the ladder's top" if above >= below else "below the ladder's foot"
    )
    if 2 * (rungs - above - below) >= rungs:
        return _marked(estimate, EstimateStatus.INTERPOLATED, where if above or below else "")
    if above < below:
        return _marked(estimate, EstimateStatus.LEFT_CENSORED, where)
    return _marked(
        estimate,
        EstimateStatus.RIGHT_CENSORED,
        f"{where}: an extrapolation; read it as at least the discrete bound",
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


def no_ladder(fit: LadderFit) -> str:
    """Why there is no CEG: how many rungs there are of the three that a ladder takes."""
    known = len(np.unique(fit.x[~np.isnan(fit.x)]))
    return (
        f"{known} rung{'s' * (known != 1)} of known, different training compute with a base score: "
        "a ladder takes three; differences in points and in logits are given instead"
    )
