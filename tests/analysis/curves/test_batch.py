"""The batch fits are the single fits, only many at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.curves.batch import MOST, fit_many, shift_many
from analysis.curves.form import FORMS, LOGISTIC
from analysis.curves.likelihood import fit

X = np.array([-1.0, -0.3, 0.5, 1.2, 2.0])
COUNTS = np.full(5, 200.0)


def _scores(chance: float, seed: int, fits: int = 20) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = chance + (0.95 - chance) / (1 + np.exp(0.5 - 1.3 * X))
    return rng.binomial(200, truth, (fits, 5)) / 200


@pytest.mark.parametrize("name", list(FORMS))
@pytest.mark.parametrize("chance", [0.0, 0.25])
def test_a_batch_gives_what_one_fit_gives(name: str, chance: float) -> None:
    form, scores = FORMS[name], _scores(chance, 1)
    batch = fit_many(form, X, scores, COUNTS, chance)
    for index, row in enumerate(scores):
        single = fit(form, X, row, COUNTS, chance).curve
        many = batch.curve(index)
        # Both are modes of one posterior: what counts is where the curves run.
        assert many.score(X) == pytest.approx(single.score(X), abs=1e-3)


@given(st.floats(-5, 5), st.integers(0, 10))
@settings(max_examples=20, deadline=None)
def test_scaling_compute_moves_the_curve_and_nothing_else(scale: float, seed: int) -> None:
    scores = _scores(0.0, seed, 3)
    here = fit_many(LOGISTIC, X, scores, COUNTS, 0.0)
    there = fit_many(LOGISTIC, X + scale, scores, COUNTS, 0.0)
    assert there.slope == pytest.approx(here.slope, rel=1e-4)
    assert there.ceiling == pytest.approx(here.ceiling, abs=1e-4)
    assert there.predictors(X + scale) == pytest.approx(here.predictors(X), abs=1e-3)


def test_a_perfect_separation_has_an_end() -> None:
    curves = fit_many(LOGISTIC, X, np.array([[0.0, 0, 0, 1, 1]]), COUNTS, 0.0)
    assert np.isfinite(curves.slope).all()


def test_shifts_are_found_and_end_at_floor_and_ceiling() -> None:
    curves = fit_many(LOGISTIC, X, _scores(0.0, 2, 1), COUNTS, 0.0)
    reference = curves.predictors(X)
    height = float(curves.ceiling[0])
    arms = np.stack(
        [
            height * LOGISTIC.rise(reference[0] + 0.8),
            np.zeros(5),
            np.ones(5),
            np.where(X > 0, height * LOGISTIC.rise(reference[0] - 0.4), np.nan),
            np.full(5, np.nan),
        ]
    )[None]
    result = shift_many(curves, reference, arms, np.full((5, 5), 200.0))[0]
    assert result[[0, 3]] == pytest.approx([0.8, -0.4], abs=1e-5)
    assert result[1] == -MOST
    assert result[2] > 3
    assert np.isnan(result[4])
