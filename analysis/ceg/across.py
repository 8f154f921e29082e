"""An experiment's ladder under every form of the curve."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analysis.ceg.forms import FormSpread, form_weights
from analysis.ceg.ladder import LadderFit, place
from analysis.curves.compare import Comparison, compare
from analysis.curves.form import FORMS
from analysis.uncertainty.resample import Stream, generator

FEW = 500
"""Replicates that tell what the items' noise alone does to a trend."""


@dataclass(frozen=True)
class AcrossForms:
    """A fit whose CEGs hold the choice of a form, with the fits of the other forms."""

    fit: LadderFit
    others: tuple[LadderFit, ...]
    curves: tuple[Comparison, ...]
    """Fits of the base ladder by every form, best first."""


def across_forms(fit: LadderFit, seed: int) -> AcrossForms:
    """Fit every other form and spread a fit across them; as it is where there is no ladder.

    Args:
        fit: the experiment by the chosen form.
        seed: of the choice of a form in each replicate.
    """
    if not fit.ladder:
        return AcrossForms(fit, (), ())
    few = replace(fit.resampled, means=fit.resampled.means[:FEW])
    others = tuple(
        place(fit.experiment, few, form, seed) for form in FORMS.values() if form is not fit.form
    )
    experiment, on = fit.experiment, fit.on
    curves = compare(
        fit.x, experiment.means[fit.base, on], experiment.counts[fit.base, on], experiment.chance
    )
    weights = form_weights(curves, [each.form.name for each in (fit, *others)])
    levels = generator(experiment, seed, Stream.FORMS).random(len(fit.resampled.means))
    return AcrossForms(fit.across_forms(others, FormSpread(weights, levels)), others, curves)
