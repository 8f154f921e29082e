"""CEG as relative potency: one slope, two intercepts, and a test that one slope is enough."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from math import nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from analysis.ceg.fieller import FiellerSet, fieller
from analysis.contracts.estimate import LEVEL
from analysis.curves.form import LOGISTIC, Form
from analysis.curves.information import inverse
from analysis.curves.points import Points, points
from harness.errors import UserError

Array = NDArray[np.float64]

LINKS = {
    "logistic": families.links.Logit,
    "probit": families.links.Probit,
    "cloglog": families.links.CLogLog,
    "gompertz": families.links.LogLog,
}
"""Link functions that belong to the forms."""


@dataclass(frozen=True)
class Potency:
    """One arm against the base over a whole ladder: p = rise(a + slope x + shift PTE)."""

    log_ceg: float
    """shift / slope: log10 of the CEG, OOMs of training compute."""
    fieller: FiellerSet
    """Ratios that are not rejected, from the covariance of shift and slope."""
    slope: float
    """Slope of the linear predictor per OOM, common to both arms."""
    slope_se: float
    shift: float
    """Gain of the PTE in the linear predictor."""
    shift_se: float
    parallelism_z: float
    """Interaction of PTE and compute over its standard error: beyond 2 either way, the CEG depends
    on scale and no single one exists. NaN where an arm has fewer than two rungs."""
    parallelism_p: float
    """Two-sided p of `parallelism_z`."""
    dispersion: float
    """Pearson's chi2 over df; NaN where df < 1."""
    df: int
    """Points of both arms less three."""
    scaled: bool
    """Whether errors carry the dispersion, with Student's quantiles."""
    form: str


def relative_potency(
    x: ArrayLike,
    base: ArrayLike,
    arm: ArrayLike,
    counts: ArrayLike,
    arm_counts: ArrayLike | None = None,
    *,
    form: Form = LOGISTIC,
    scaled: bool = False,
    level: float = LEVEL,
) -> Potency:
    """Relative potency by a generalised linear model (Finney 1978, "Statistical Method in
    Biological Assay", chapter 17; McCullagh and Nelder 1989, section 4.6).

    The model is binomial from 0 to 1, without floor and ceiling parameters. Both arms are taken as
    independent samples; where they share their items, the set is wider than it need be, and the
    bootstrap over items gives the sharper one.

    Args:
        x: [rung], log10(training FLOP / 1e21); rungs of NaN are left out.
        base: [rung], scores of the base in [0, 1]; NaN where it was not run.
        arm: [rung], scores of the arm in [0, 1]; NaN where it was not run.
        counts: [rung] or one number: items behind each score of the base.
        arm_counts: the same for the arm, where it differs.
        form: logistic, probit, cloglog or gompertz.
        scaled: multiply variances by the dispersion where it exceeds 1, and use Student's
            quantiles: the items alone do not explain how rungs differ.
        level: nominal coverage of the set.

    Raises:
        UserError: an unknown count, a base with fewer than two usable rungs, no rung of the arm, a
            form without a link, or `scaled` with fewer than four points.
    """
    if form.name not in LINKS:
        raise UserError(
            f"form '{form.name}' has no relative potency: choose one of {', '.join(LINKS)}"
        )
    data, treated = _stacked(x, base, arm, counts, counts if arm_counts is None else arm_counts)
    centred = data.x - data.centre
    main = np.column_stack([np.ones_like(centred), centred, treated])
    theta, information, chi2 = _glm(data, main, form)
    df = len(data.x) - 3
    dispersion = chi2 / df if df > 0 else nan
    if scaled and df < 1:
        raise UserError(
            f"{len(data.x)} points leave no dispersion to scale by: measure more rungs, or do not "
            "scale"
        )
    covariance = inverse(information) * (max(1.0, dispersion) if scaled else 1.0)
    tail = (1 + level) / 2
    critical = float(stats.t.ppf(tail, df) if scaled else stats.norm.ppf(tail))
    z, p = _parallelism(data, treated, main, form, scaled)
    slope, shift = float(theta[1]), float(theta[2])
    var_slope, var_shift = float(covariance[1, 1]), float(covariance[2, 2])
    return Potency(
        log_ceg=shift / slope if slope else nan,
        fieller=fieller(
            d=shift,
            b=slope,
            var_d=var_shift,
            var_b=var_slope,
            cov=float(covariance[1, 2]),
            critical=critical,
        ),
        slope=slope,
        slope_se=sqrt(var_slope),
        shift=shift,
        shift_se=sqrt(var_shift),
        parallelism_z=z,
        parallelism_p=p,
        dispersion=dispersion,
        df=df,
        scaled=scaled,
        form=form.name,
    )


def _stacked(
    x: ArrayLike, base: ArrayLike, arm: ArrayLike, counts: ArrayLike, arm_counts: ArrayLike
) -> tuple[Points, Array]:
    """Points of both arms, base first, and [point] whether the PTE was there."""
    at = np.asarray(x, float)
    number = [np.broadcast_to(np.asarray(n, float), at.shape) for n in (counts, arm_counts)]
    scores = [np.asarray(s, float) for s in (base, arm)]
    if scores[1].shape != at.shape:
        raise UserError(f"{scores[1].size} scores of the arm on {at.size} rungs: give one for each")
    lower = points(at, scores[0], number[0])
    both = points(np.tile(at, 2), np.concatenate(scores), np.concatenate(number))
    treated = np.arange(len(both.x)) >= len(lower.x)
    if not treated.any():
        raise UserError("the arm has no score on a rung of known training compute: run it on one")
    if not both.counted:
        raise UserError(
            "relative potency weighs scores by their items, and some counts are unknown: give "
            "the number of items, or read the CEG off a curve"
        )
    return both, treated.astype(float)


def _glm(data: Points, design: Array, form: Form) -> tuple[Array, Array, float]:
    """Estimates, expected information and Pearson's chi2."""
    model: Any = GLM(
        data.scores,
        design,
        family=families.Binomial(link=LINKS[form.name]()),
        var_weights=data.counts,
    )
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # Separated scores have no finite estimate: their covariance says so.
        warnings.simplefilter("ignore")
        result = model.fit(tol=1e-12, tol_criterion="params", scale=1.0)
        information = -model.hessian(result.params, observed=False)
    return np.asarray(result.params), np.asarray(information), float(result.pearson_chi2)


def _parallelism(
    data: Points, treated: Array, main: Array, form: Form, scaled: bool
) -> tuple[float, float]:
    """z (or Student's t) and p of the interaction of PTE and compute."""
    if len(np.unique(data.x[treated > 0])) < 2:
        return nan, nan
    design = np.column_stack([main, main[:, 1] * treated])
    theta, information, chi2 = _glm(data, design, form)
    df = len(data.x) - 4
    factor = max(1.0, chi2 / df) if scaled and df > 0 else 1.0
    z = float(theta[3] / sqrt(inverse(information)[3, 3] * factor))
    if scaled:
        return (z, float(2 * stats.t.sf(abs(z), df))) if df > 0 else (nan, nan)
    return z, float(2 * stats.norm.sf(abs(z)))
