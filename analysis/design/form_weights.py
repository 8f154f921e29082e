"""Weights of the forms of the curve on the base ladders of many experiments at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.ladder import LadderFit
from analysis.curves.form import FORMS, LINEAR, Form
from analysis.curves.joint import fit_joint
from analysis.curves.kernel import TINY, binomial

Array = NDArray[np.float64]


def batch_weights(pattern: LadderFit, points: Array) -> Array:
    """[experiment, form]: what `ceg.forms.form_weights` gives each, the chosen form first.

    Args:
        pattern: a fit of one of the experiments, by the chosen form.
        points: [experiment, arm, rung], mean scores.
    """
    experiment, on = pattern.experiment, pattern.on
    scores = points[:, pattern.base][:, on]
    counts = experiment.counts[pattern.base, on]
    free = 3 + (experiment.chance > 0)
    forms = [pattern.form, *(form for form in FORMS.values() if form is not pattern.form)]
    fits = {
        form.name: _likelihood(form, pattern.x, scores, counts, experiment.chance)
        for form in forms
        if form is not LINEAR
    }
    degrees = len(on) - free
    dispersion = np.ones(len(points))
    if degrees > 0:
        least = np.min([chi2 for _, chi2 in fits.values()], axis=0) / degrees
        dispersion = np.maximum(1.0, least)
    value = np.full((len(points), len(forms)), -np.inf)
    for place, form in enumerate(forms):
        if form is not LINEAR:
            # Without degrees of freedom nothing tells the forms apart, and all weigh the same.
            value[:, place] = fits[form.name][0] / dispersion if degrees > 0 else 0.0
    weights = np.exp(value - value.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _likelihood(
    form: Form, x: Array, scores: Array, counts: Array, chance: float
) -> tuple[Array, Array]:
    """[experiment]: log-likelihood of the base's own curve, and Pearson's chi2."""
    curves = fit_joint(form, x, scores[:, None], counts[None], chance=chance, base=0)
    rise = form.rise(curves.predictors(x))
    floor, ceiling = curves.floor[:, None], curves.ceiling[:, None]
    means = np.clip(floor + (ceiling - floor) * rise, TINY, 1 - TINY)
    chi2 = counts * (scores - means) ** 2 / (means * (1 - means))
    return binomial(scores, counts, means).sum(axis=1), chi2.sum(axis=1)
