"""Which form and which likelihood suit one base ladder."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, isnan, nan

import numpy as np
from numpy.typing import ArrayLike

from analysis.curves.form import FORMS, Form
from analysis.curves.likelihood import CurveFit, Weights, fit
from analysis.curves.points import Points, points
from harness.errors import UserError


@dataclass(frozen=True)
class Comparison:
    """One form with one likelihood on the ladder."""

    form: str
    weights: Weights
    parameters: int
    log_likelihood: float
    aicc: float
    """Akaike's criterion, corrected for few observations; NaN where `aicc_reason` says why."""
    aicc_reason: str
    """Why there is no AICc; empty where there is one."""
    loo: float
    """Leave-one-out error: root mean square, in points of score (0-100). NaN below three rungs of
    different compute."""
    dispersion: float
    """Pearson's chi2 over df; NaN where df < 1 or the fit is unweighted."""
    fit: CurveFit


def compare(
    x: ArrayLike, scores: ArrayLike, counts: ArrayLike | None, chance: float = 0.0
) -> tuple[Comparison, ...]:
    """Fit every form, binomial and beta-binomial, and sort by AICc, then by leave-one-out error.

    The observations of AICc (Hurvich and Tsai 1989) are the rungs, not the items. What a form gets
    wrong, it gets wrong for a whole rung: its items share the model and with it the model's
    distance from the curve (dispersion 2.5 within one family, 76 over mixed models). A thousand
    items more on the same five rungs say nothing more about the form, so counting items would hide
    how little five rungs can tell. With n rungs and k parameters the correction needs n > k + 1;
    the log-likelihood is that at the posterior mode, which makes AICc slightly pessimistic for
    fits with a free floor or ceiling.

    Beta-binomial rows are there only where the rungs outnumber their parameters. Where the number
    of items is unknown on some rung, each form has one row, `unweighted`.

    Args:
        x: [rung], log10(training FLOP / 1e21); rungs of NaN are left out.
        scores: [rung], in [0, 1]; rungs of NaN are left out.
        counts: [rung] or one number: items behind each score; NaN or None where unknown.
        chance: expected score of a guess, in [0, 1).

    Raises:
        UserError: fewer than two usable rungs, or scores outside [0, 1].
    """
    data = points(x, scores, counts)
    families = (Weights.BINOMIAL, Weights.BETA_BINOMIAL) if data.counted else (Weights.UNWEIGHTED,)
    rows = [
        _row(form, data, chance, found)
        for form in FORMS.values()
        for found in (_fit(form, data, chance, weights) for weights in families)
        if found.weights is not Weights.BETA_BINOMIAL or found.parameters < found.rungs
    ]
    return tuple(sorted(rows, key=lambda r: (_last(r.aicc), _last(r.loo))))


def aicc(log_likelihood: float, parameters: int, observations: int) -> tuple[float, str]:
    """AICc, or NaN and the reason why there is none."""
    spare = observations - parameters - 1
    if spare <= 0:
        reason = f"{observations} rungs are too few for {parameters} parameters"
        return nan, f"{reason}: AICc needs at least {parameters + 2}"
    if not isfinite(log_likelihood):
        return nan, "the curve goes through every rung, so the residual variance is 0"
    correction = 2 * parameters * (parameters + 1) / spare
    return 2 * parameters - 2 * log_likelihood + correction, ""


def leave_one_out(form: Form, data: Points, chance: float, weights: Weights) -> float:
    """Root mean square error, in points, of predicting each rung from the others.

    NaN where leaving a rung out leaves fewer than two values of compute. The outer rungs are
    extrapolated to, as a CEG beyond the ladder would be.
    """
    errors = []
    for index, (at, score) in enumerate(zip(data.x, data.scores, strict=True)):
        try:
            result = _fit(form, data.without(index), chance, weights)
        except UserError:
            return nan
        errors.append(float(result.curve.score(at)) - score)
    return 100 * float(np.sqrt(np.mean(np.square(errors))))


def _fit(form: Form, data: Points, chance: float, weights: Weights) -> CurveFit:
    return fit(form, data.x, data.scores, data.counts, chance, weights=weights)


def _row(form: Form, data: Points, chance: float, result: CurveFit) -> Comparison:
    criterion, reason = aicc(result.log_likelihood, result.parameters, result.rungs)
    return Comparison(
        form=form.name,
        weights=result.weights,
        parameters=result.parameters,
        log_likelihood=result.log_likelihood,
        aicc=criterion,
        aicc_reason=reason,
        loo=leave_one_out(form, data, chance, result.weights),
        dispersion=result.dispersion,
        fit=result,
    )


def _last(value: float) -> float:
    return inf if isnan(value) else value
