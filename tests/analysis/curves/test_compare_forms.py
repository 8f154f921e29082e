"""Forms compared: order, criteria and what is said where a criterion is not there."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from analysis.curves.compare import aicc, compare, leave_one_out
from analysis.curves.form import CLOGLOG, FORMS, LOGISTIC, Curve
from analysis.curves.likelihood import Weights, fit
from analysis.curves.points import points

X = np.linspace(0.0, 4.0, 10)
TRUTH = Curve(CLOGLOG, -3.2, 1.1)


def test_the_true_form_comes_first_on_a_long_ladder() -> None:
    scores = np.random.default_rng(3).binomial(4000, TRUTH.score(X)) / 4000
    rows = compare(X, scores, 4000)
    assert rows[0].form == "cloglog"
    assert rows[0].weights is Weights.BINOMIAL
    assert len(rows) == 2 * len(FORMS)
    assert [r.aicc for r in rows] == sorted(r.aicc for r in rows)
    assert min(rows, key=lambda r: r.loo).form == "cloglog"


def test_aicc_by_hand() -> None:
    value, reason = aicc(-50.0, 3, 11)
    assert value == pytest.approx(6 + 100 + 2 * 3 * 4 / 7)
    assert not reason
    value, reason = aicc(-50.0, 3, 4)
    assert isnan(value)
    assert "4 rungs are too few for 3 parameters" in reason


def test_leave_one_out_by_hand() -> None:
    scores = np.round(np.asarray(TRUTH.score(X)), 2)
    errors = []
    for i in range(len(X)):
        keep = np.arange(len(X)) != i
        result = fit(LOGISTIC, X[keep], scores[keep], 300)
        errors.append(100 * (float(result.curve.score(X[i])) - scores[i]))
    expected = float(np.sqrt(np.mean(np.square(errors))))
    found_error = leave_one_out(LOGISTIC, points(X, scores, 300), 0.0, Weights.BINOMIAL)
    assert found_error == pytest.approx(expected, rel=1e-6)


def test_a_short_ladder_says_what_it_cannot_tell() -> None:
    rows = compare(X[:3], TRUTH.score(X[:3]), 500)
    assert {r.weights for r in rows} == {Weights.BINOMIAL}
    assert all(isnan(r.aicc) and "too few" in r.aicc_reason for r in rows)
    assert [r.loo for r in rows] == sorted(r.loo for r in rows)


def test_two_rungs_have_no_leave_one_out() -> None:
    assert all(isnan(r.loo) for r in compare(X[:2], TRUTH.score(X[:2]), 500))


def test_unknown_counts_give_one_row_a_form() -> None:
    rows = compare(X, np.round(np.asarray(TRUTH.score(X)), 2), None)
    assert len(rows) == len(FORMS)
    assert {r.weights for r in rows} == {Weights.UNWEIGHTED}
    assert rows[0].form == "cloglog"
