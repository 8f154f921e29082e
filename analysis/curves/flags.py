"""What a reader must know about a ladder before believing its curve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.experiment import Experiment, Rung
from analysis.contracts.finding import Finding, Severity
from analysis.curves.likelihood import CurveFit

Array = NDArray[np.float64]

OVERDISPERSED = 4.0
"""Dispersion above which the items' share of the error is less than half of the whole."""
NEAR = 0.02
"""A score this close to floor or ceiling says little about compute; wider where items are few."""
SHORT = 1.0
"""OOMs of training compute below which a ladder is too short for its slope to be known well."""


def flags(
    experiment: Experiment, fit: CurveFit | None, slope: tuple[float, float] | None = None
) -> tuple[Finding, ...]:
    """Findings on the base ladder of an experiment; none where all is well.

    Args:
        experiment: the base of its reference is the arm that is looked at.
        fit: the curve of that base; None where it could not be fitted.
        slope: 95% interval of its slope, where a bootstrap gave one; else that of the fit.
    """
    results = [*_rungs(experiment), *_spread(experiment)]
    if fit is not None:
        results += _slope(experiment.name, fit, slope or fit.slope_interval())
        results += _dispersion(experiment.name, fit)
        results += _ends(experiment, fit)
    return tuple(results)


def _rungs(experiment: Experiment) -> Iterator[Finding]:
    """Whose compute may not stand on one curve."""
    name, rungs = experiment.name, experiment.rungs
    for what, values in (
        ("model families", {r.family for r in rungs}),
        ("training stages", {r.stage for r in rungs}),
    ):
        if len(values) > 1:
            yield Finding(
                Severity.WARNING,
                name,
                f"the ladder mixes {what} ({', '.join(sorted(values))}), which differ at equal "
                f"compute: CEG mixes their differences with the PTE's; analyse them one by one",
            )
    bad = [r for r in rungs if not r.valid]
    if bad:
        yield Finding(
            Severity.WARNING,
            name,
            f"6ND is not the training compute of {_models(bad)} (distilled or pruned): kept off "
            "the curve, shown as scores alone; use checkpoints trained from scratch",
        )
    unknown = [r for r in rungs if r.valid and not np.isfinite(r.x)]
    if unknown:
        yield Finding(
            Severity.WARNING,
            name,
            f"training compute of {_models(unknown)} is unknown: kept off the curve; give "
            "parameters and tokens, or the published FLOP",
        )


def _spread(experiment: Experiment) -> Iterator[Finding]:
    """How many rungs there are, and how far apart."""
    _, at, _ = _base(experiment)
    known = len(np.unique(at))
    if known < 3:
        yield Finding(
            Severity.WARNING,
            experiment.name,
            f"the base has scores at {known} known value{'s' * (known != 1)} of training compute: "
            "a curve needs three to be checked at all; measure further rungs of the same family",
        )
    if len(at) > 1 and np.ptp(at) < SHORT:
        yield Finding(
            Severity.WARNING,
            experiment.name,
            f"the ladder spans {np.ptp(at):.2f} OOMs of training compute: a CEG beyond that is "
            "extrapolated; add a rung at least ten times smaller or larger",
        )


def _slope(name: str, fit: CurveFit, ends: tuple[float, float]) -> Iterator[Finding]:
    """Whether the base rises with compute at all."""
    low, high = ends
    interval = f"slope {fit.curve.slope:.2f} per OOM, 95% interval {low:.2f} to {high:.2f}"
    if high < 0:
        yield Finding(
            Severity.REFUSED,
            name,
            f"inverse scaling: the base falls with compute ({interval}), so no training compute "
            "is equivalent to a gain; report score differences instead",
        )
    elif low <= 0:
        yield Finding(
            Severity.WARNING,
            name,
            f"flat ladder: the base does not clearly rise with compute ({interval}), so a CEG "
            "has no upper bound; add items, or rungs further apart",
        )


def _dispersion(name: str, fit: CurveFit) -> Iterator[Finding]:
    if fit.dispersion > OVERDISPERSED:
        yield Finding(
            Severity.WARNING,
            name,
            f"overdispersed: rungs miss the curve by {fit.dispersion:.1f} times the variance that "
            f"their items explain (df {fit.df}). Models differ by more than their compute, or the "
            f"form is wrong: intervals from items alone are {np.sqrt(fit.dispersion):.1f} times "
            "too narrow; use the beta-binomial fit and compare forms",
        )


def _ends(experiment: Experiment, fit: CurveFit) -> Iterator[Finding]:
    """Whether most rungs say nothing about the slope."""
    scores, _, counts = _base(experiment)
    error = np.sqrt(scores * (1 - scores) / counts)
    margin = np.fmax(NEAR, 2 * np.nan_to_num(error))
    for where, near, mend in (
        ("floor", scores <= fit.curve.floor + margin, "easier items or larger models"),
        ("ceiling", scores >= fit.curve.ceiling - margin, "harder items or smaller models"),
    ):
        if len(scores) and np.mean(near) > 0.5:
            yield Finding(
                Severity.WARNING,
                experiment.name,
                f"the base is at its {where} ({getattr(fit.curve, where):.2f}) on {near.sum()} of "
                f"{len(scores)} rungs, which say nothing about the slope there; use {mend}",
            )


def _base(experiment: Experiment) -> tuple[Array, Array, Array]:
    """Scores, x and counts of the base on the rungs that a curve can use."""
    if experiment.base is None:
        return np.empty(0), np.empty(0), np.empty(0)
    scores, counts = experiment.means[experiment.base], experiment.counts[experiment.base]
    keep = np.isfinite(scores) & np.isfinite(experiment.x)
    return scores[keep], experiment.x[keep], counts[keep]


def _models(rungs: Iterable[Rung]) -> str:
    return ", ".join(r.model for r in rungs)
