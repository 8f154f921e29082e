"""Lifland et al.'s own fit and what it says of Lifland et al.'s table, plus the laws of any such
fit."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from analysis.contracts.experiment import ooms
from analysis.curves.form import CLOGLOG, FORMS, GOMPERTZ, LINEAR, LOGISTIC, Form
from analysis.curves.least_squares import LeastSquaresFit, least_squares
from harness.errors import UserError

# Lifland et al.'s HumanEval table: training FLOP and pass@1 in points; GPT-4 as one row.
HUMANEVAL = (
    (6.0e21, 6.4),
    (4.1e22, 10.5),
    (1.5e22, 11.6),
    (7.6e22, 15.8),
    (2.7e23, 21.7),
    (5.5e23, 23.7),
    (2.53e24, 26.2),
    (8.13e23, 29.9),
    (1.0e24, 35.4),
    (2.0e24, 48.1),
    (2.0e25, 79.0),
)
X = np.array([ooms(flop) for flop, _ in HUMANEVAL])
SCORES = np.array([points for _, points in HUMANEVAL]) / 100


def ceg(fit: LeastSquaresFit, base: float, enhanced: float) -> float:
    curve = fit.curve
    return float(10 ** (curve.compute(enhanced / 100) - curve.compute(base / 100)))


def test_their_parameters() -> None:
    fit = least_squares(LOGISTIC, X, SCORES)
    assert fit.curve.slope == pytest.approx(1.164308904678886, abs=1e-6)
    assert fit.curve.midpoint == pytest.approx(3.5996951849783962, abs=1e-6)
    assert fit.slope_se == pytest.approx(0.208, abs=5e-4)
    assert fit.midpoint_se == pytest.approx(0.142, abs=5e-4)


def test_stopping_early_changes_nothing_of_weight() -> None:
    fit = least_squares(LOGISTIC, X, SCORES)
    exact = optimize.least_squares(
        lambda t: special.expit(t[0] * (X - t[1])) - SCORES,
        [1.0, 3.0],
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
    )
    assert fit.residual_ss == pytest.approx(2 * exact.cost, rel=1e-10)
    assert abs(fit.curve.slope - exact.x[0]) < 1e-4 * fit.slope_se
    assert abs(fit.curve.midpoint - exact.x[1]) < 1e-4 * fit.midpoint_se


def test_standard_errors_are_scipys() -> None:
    fit = least_squares(LOGISTIC, X, SCORES)
    _, covariance = optimize.curve_fit(
        lambda x, k, x0: special.expit(k * (x - x0)), X, SCORES, p0=(1.0, 3.0)
    )
    assert fit.slope_se == pytest.approx(covariance[0, 0] ** 0.5, rel=1e-4)
    assert fit.midpoint_se == pytest.approx(covariance[1, 1] ** 0.5, rel=1e-4)


@pytest.mark.parametrize(
    ("base", "enhanced", "expected"),
    [
        (47.0, 65.8, "4.63"),  # davinci-002 CodeT
        (48.1, 56.9, "2.01"),  # GPT-3.5 ReACT
        (48.1, 68.1, "5.21"),  # GPT-3.5 Reflexion
        (48.1, 86.9, "49.0"),  # GPT-3.5 LATS
        (79.0, 81.1, "1.30"),  # GPT-4 CodeT
        (79.0, 85.1, "2.28"),  # GPT-4 Parsel + CodeT
        (67.0, 85.1, "7.73"),  # the same from the paper's own base
        (79.0, 91.0, "7.07"),  # GPT-4 Reflexion
        (79.0, 94.4, "19.4"),  # GPT-4 LATS
    ],
)
def test_ceg_through_their_sigmoid(base: float, enhanced: float, expected: str) -> None:
    value = ceg(least_squares(LOGISTIC, X, SCORES), base, enhanced)
    assert f"{value:.{len(expected.split('.')[1])}f}" == expected


@pytest.mark.parametrize(("form", "expected"), [(CLOGLOG, 4.5), (GOMPERTZ, 148)])
def test_the_form_matters(form: Form, expected: float) -> None:
    value = ceg(least_squares(form, X, SCORES), 79.0, 94.4)
    assert value == pytest.approx(expected, abs=0.05 if expected < 10 else 0.5)


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
@settings(deadline=None)
@given(move=st.floats(-6, 6))
def test_scaling_compute_moves_the_midpoint_alone(form: Form, move: float) -> None:
    there, here = least_squares(form, X + move, SCORES), least_squares(form, X, SCORES)
    assert there.curve.slope == pytest.approx(here.curve.slope, rel=1e-6)
    assert there.curve.midpoint - here.curve.midpoint == pytest.approx(move, abs=1e-6)
    assert there.slope_se == pytest.approx(here.slope_se, rel=1e-5)
    assert there.midpoint_se == pytest.approx(here.midpoint_se, rel=1e-5)
    assert ceg(there, 48.1, 68.1) == pytest.approx(ceg(here, 48.1, 68.1), rel=1e-5)


@settings(deadline=None)
@given(slope=st.floats(0.3, 3), midpoint=st.floats(-1, 4))
def test_an_exact_curve_is_found(slope: float, midpoint: float) -> None:
    x = np.linspace(0, 3, 6)
    fit = least_squares(LOGISTIC, x, special.expit(slope * (x - midpoint)))
    assert fit.curve.slope == pytest.approx(slope, rel=1e-4)
    assert fit.curve.midpoint == pytest.approx(midpoint, abs=1e-3)


def test_rungs_at_the_floor_do_not_flatten_a_line() -> None:
    fit = least_squares(LINEAR, [0, 1, 2, 3, 4], [0.0, 0.0, 0.1, 0.3, 0.5])
    assert fit.curve.slope == pytest.approx(0.2, abs=1e-3)


def test_two_rungs_leave_no_standard_error() -> None:
    fit = least_squares(LOGISTIC, [0.0, 2.0], [0.2, 0.7])
    assert fit.residual_ss == pytest.approx(0, abs=1e-12)
    assert isnan(fit.slope_se)
    assert isnan(fit.midpoint_se)


def test_unusable_rungs_are_left_out() -> None:
    fit = least_squares(LOGISTIC, [*X, np.nan, 3.0], [*SCORES, 0.9, np.nan])
    assert fit.rungs == len(X)
    assert fit.curve.slope == least_squares(LOGISTIC, X, SCORES).curve.slope


@pytest.mark.parametrize(
    ("x", "scores", "message"),
    [
        ([1.0, np.nan], [0.2, 0.3], "two rungs of different"),
        ([1.0, 1.0], [0.2, 0.3], "two rungs of different"),
        ([1.0, 2.0], [20.0, 30.0], "divide points by 100"),
        ([1.0, 2.0, 3.0], [0.2, 0.3], "do not match"),
    ],
)
def test_bad_ladders_are_named(x: list[float], scores: list[float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        least_squares(LOGISTIC, x, scores)
