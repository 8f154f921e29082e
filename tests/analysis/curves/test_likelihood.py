"""Posterior modes: known truth comes back, known models are met, limits are said."""

from __future__ import annotations

from math import inf, isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.api import GLM, families

from analysis.curves import kernel
from analysis.curves.form import FORMS, LINEAR, LOGISTIC, Curve, Form
from analysis.curves.least_squares import least_squares
from analysis.curves.likelihood import Weights, fit
from analysis.curves.points import points
from analysis.curves.posterior import Posterior
from harness.errors import UserError
from tests.thorough import THOROUGH, size

X = np.array([0.0, 0.6, 1.2, 1.8, 2.4, 3.0])
TRUTH = Curve(LOGISTIC, -2.4, 1.5)
SCORES = np.array([0.084, 0.18, 0.35, 0.584, 0.76, 0.886])


def test_plain_binomial_logit_is_the_glm() -> None:
    result = fit(LOGISTIC, X, SCORES, 500, floor=0.0, ceiling=1.0)
    design = np.column_stack([np.ones_like(X), X])
    glm = GLM(SCORES, design, family=families.Binomial(), var_weights=np.full(6, 500.0)).fit(
        scale=1.0
    )
    assert [result.curve.intercept, result.curve.slope] == pytest.approx(list(glm.params), rel=1e-5)
    np.testing.assert_allclose(result.covariance, glm.cov_params(), rtol=1e-4)
    assert result.dispersion == pytest.approx(glm.pearson_chi2 / 4, rel=1e-4)
    assert (result.parameters, result.df) == (2, 4)


def test_beta_binomial_differs_from_scipys_by_the_coefficient_alone() -> None:
    counts, p, rho = np.full(6, 50.0), np.asarray(TRUTH.score(X)), 0.03
    size = 1 / rho - 1

    def scipys(hits: np.ndarray) -> np.ndarray:
        ours = kernel.beta_binomial(hits / counts, counts, p, rho)
        theirs = stats.betabinom.logpmf(hits, counts, p * size, (1 - p) * size)
        return np.asarray(theirs - ours)

    hits = np.array([3.0, 9, 18, 30, 38, 45])
    coefficient = stats.binom.logpmf(hits, counts, 0.5) + counts * np.log(2)
    np.testing.assert_allclose(scipys(hits), coefficient, atol=1e-8)
    vanishing = kernel.beta_binomial(SCORES, counts, p, 1e-7)
    np.testing.assert_allclose(vanishing, kernel.binomial(SCORES, counts, p), atol=1e-3)


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
@pytest.mark.parametrize("dispersed", [False, True])
def test_gradient(form: Form, dispersed: bool) -> None:
    posterior = Posterior(
        form=form,
        data=points(X, SCORES, 200),
        chance=0.1,
        floor=None,
        ceiling=None,
        dispersed=dispersed,
    )
    theta = np.array([0.4, 0.25, 0.08, 0.9, *([-3.0] if dispersed else [])])
    numeric = optimize.approx_fprime(theta, posterior.loss, 1e-7)
    np.testing.assert_allclose(posterior.gradient(theta), numeric, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("weights", [Weights.BINOMIAL, Weights.BETA_BINOMIAL])
def test_floor_and_ceiling_are_found(weights: Weights) -> None:
    truth = Curve(LOGISTIC, -3.0, 2.0, 0.22, 0.9)
    x = np.linspace(-1, 4, 12)
    result = fit(LOGISTIC, x, truth.score(x), 5000, 0.25, weights=weights)
    assert result.curve.slope == pytest.approx(2.0, abs=0.05)
    assert result.curve.midpoint == pytest.approx(1.5, abs=0.03)
    assert result.curve.floor == pytest.approx(0.22, abs=0.01)
    assert result.curve.ceiling == pytest.approx(0.9, abs=0.01)
    assert result.converged


def test_floor_is_zero_without_chance_and_ends_can_be_fixed() -> None:
    assert fit(LOGISTIC, X, SCORES, 500).curve.floor == 0.0
    result = fit(LOGISTIC, X, SCORES, 500, 0.1, floor=0.05, ceiling=0.97)
    assert (result.curve.floor, result.curve.ceiling, result.parameters) == (0.05, 0.97, 2)


def test_rho_is_found_where_rungs_differ_by_more_than_their_items() -> None:
    rng = np.random.default_rng(5)
    x, n, rho = np.linspace(-1, 4, 200), 500, 0.05
    p, size = np.asarray(TRUTH.score(x)), 1 / rho - 1
    scores = rng.binomial(n, rng.beta(p * size, (1 - p) * size)) / n
    plain = fit(LOGISTIC, x, scores, n, ceiling=1.0)
    wide = fit(LOGISTIC, x, scores, n, ceiling=1.0, weights=Weights.BETA_BINOMIAL)
    assert wide.rho == pytest.approx(rho, rel=0.25)
    assert plain.dispersion == pytest.approx(1 + (n - 1) * rho, rel=0.3)
    assert wide.dispersion == pytest.approx(1, abs=0.3)
    assert wide.log_likelihood > plain.log_likelihood + 100
    assert wide.slope_se > 3 * plain.slope_se


def test_slope_interval_covers() -> None:
    rng = np.random.default_rng(11)
    p, runs = np.asarray(TRUTH.score(X)), size(400, 120)
    hits = 0
    for _ in range(runs):
        result = fit(LOGISTIC, X, rng.binomial(300, p) / 300, 300, ceiling=1.0)
        low, high = result.slope_interval()
        hits += low <= TRUTH.slope <= high
    # The interval is never narrower than the nominal one, and widened by chance dispersion above 1.
    assert (0.93 if THOROUGH else 0.91) <= hits / runs <= (0.995 if THOROUGH else 1)


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
@pytest.mark.parametrize("weights", [Weights.BINOMIAL, Weights.BETA_BINOMIAL])
@settings(max_examples=10, deadline=None)
@given(move=st.floats(-6, 6))
def test_scaling_compute_moves_the_midpoint_alone(
    form: Form, weights: Weights, move: float
) -> None:
    here = fit(form, X, SCORES, 300, 0.1, weights=weights)
    there = fit(form, X + move, SCORES, 300, 0.1, weights=weights)
    assert there.curve.slope == pytest.approx(here.curve.slope, rel=1e-4)
    assert there.curve.midpoint - here.curve.midpoint == pytest.approx(move, abs=1e-4)
    assert there.log_likelihood == pytest.approx(here.log_likelihood, abs=1e-4)
    assert there.slope_se == pytest.approx(here.slope_se, rel=1e-2)


def test_a_line_stays_above_rungs_that_scored() -> None:
    scores = np.array([0.01, 0.02, 0.3, 0.6, 0.9])
    result = fit(LINEAR, [0, 1, 2, 3, 4], scores, 1000)
    assert np.all(result.curve.score(np.arange(5.0)) > 0)
    assert (result.curve.floor, result.curve.ceiling, result.parameters) == (0.0, 1.0, 2)
    grid = [
        np.sum(kernel.binomial(scores, np.full(5, 1000.0), np.clip(a + b * np.arange(5.0), 0, 1)))
        for a in np.linspace(-0.05, 0.05, 101)
        for b in np.linspace(0.15, 0.3, 151)
    ]
    assert result.log_likelihood >= max(grid) - 1e-6


def test_unknown_counts_fall_back_on_least_squares_and_say_so() -> None:
    counts = np.array([500.0, 500, np.nan, 500, 500, 500])
    result = fit(LOGISTIC, X, SCORES, counts)
    assert result.weights == "unweighted"
    assert result.curve == least_squares(LOGISTIC, X, SCORES).curve
    assert isnan(result.dispersion)
    assert isnan(result.rho)
    assert result.log_likelihood == pytest.approx(
        np.sum(
            stats.norm.logpdf(
                SCORES - result.curve.score(X),
                scale=np.sqrt(np.mean((SCORES - result.curve.score(X)) ** 2)),
            )
        )
    )


def test_a_flat_ladder_has_an_interval_around_0_and_a_falling_one_below() -> None:
    low, high = fit(LOGISTIC, X, np.full(6, 0.4), 100).slope_interval()
    assert low < 0 < high
    assert fit(LOGISTIC, X, SCORES[::-1], 500).slope_interval()[1] < 0


def test_a_step_has_no_slope_to_find() -> None:
    result = fit(LOGISTIC, [0, 1, 2, 3], [0.0, 0.0, 1.0, 1.0], 100)
    low, high = result.slope_interval()
    assert not result.converged or isnan(result.slope_se) or high - low > 5


def test_two_unweighted_rungs_bound_nothing() -> None:
    assert fit(LOGISTIC, [0, 1], [0.2, 0.4], None).slope_interval() == (-inf, inf)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chance": 1.0}, "chance"),
        ({"floor": 0.6, "ceiling": 0.5}, "floor"),
        ({"counts": 0}, "not positive"),
    ],
)
def test_impossible_ends_are_named(options: dict[str, float], message: str) -> None:
    given_options: dict[str, Any] = {"counts": 100.0, **options}
    with pytest.raises(UserError, match=message):
        fit(LOGISTIC, X, SCORES, **given_options)
