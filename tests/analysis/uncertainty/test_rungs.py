"""Rungs as a random effect."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.uncertainty.rungs import Scatter, scatter

X = np.linspace(-2, 2, 6)
DESIGN = np.stack([np.ones(6), X], axis=1)
WEIGHTS = np.array([20.0, 50.0, 80.0, 80.0, 50.0, 20.0])


def seen(effect: float, noise: float, seed: int) -> Scatter:
    rng = np.random.default_rng(seed)
    deviation = effect * rng.standard_normal(6) + noise * rng.standard_normal(6)
    root = np.sqrt(WEIGHTS)
    line = np.linalg.lstsq(DESIGN * root[:, None], deviation * root, rcond=None)[0]
    replicated = noise * rng.standard_normal((400, 6))
    return scatter(deviation - DESIGN @ line, replicated, WEIGHTS, DESIGN)


@pytest.mark.parametrize(("effect", "noise"), [(0.3, 0.0), (0.3, 0.2), (0.0, 0.2)])
def test_moments_split_effects_from_sampling(effect: float, noise: float) -> None:
    results = [seen(effect, noise, seed) for seed in range(1500)]
    variance = np.mean([(s.observed - s.sampling) / s.leverage for s in results])
    assert variance == pytest.approx(effect**2, rel=0.1, abs=0.003)
    assert all(s.degrees == 4 for s in results)


def test_no_more_scatter_than_sampling_gives_no_effect() -> None:
    still = scatter(np.zeros(6), np.random.default_rng(0).normal(size=(50, 6)), WEIGHTS, DESIGN)
    assert still.deviation == 0
    assert (still.deviations(np.array([0.1, 0.9])) == 0).all()


def test_rungs_without_weight_do_not_count() -> None:
    weights = np.where(X < 0, 0.0, 1.0)
    residuals = np.where(X < 0, 100.0, 0.0)
    result = scatter(residuals, np.zeros((5, 6)), weights, DESIGN)
    assert result.observed == pytest.approx(0)
    assert result.degrees == 1


def test_replicates_have_the_tails_of_student() -> None:
    one = Scatter(observed=4.0, sampling=0.0, degrees=4, leverage=4.0)
    rng = np.random.default_rng(0)
    drawn = one.deviations(rng.random(200_000)) * rng.standard_normal(200_000)
    assert np.quantile(drawn, 0.975) == pytest.approx(stats.t.isf(0.025, 4), rel=0.02)


def test_a_fiducial_draw_allows_for_an_effect_that_chance_has_hidden() -> None:
    levels = np.random.default_rng(0).random(50_000)
    hidden = Scatter(observed=2.0, sampling=4.0, degrees=2, leverage=1.0)
    assert (hidden.deviations(levels) == 0).all()
    drawn = hidden.allowing(levels)
    # observed = (effect + sampling) * chi2 / degrees, and a negative effect is none
    share = stats.chi2.cdf(2.0 * 2 / 4.0, 2)
    assert (drawn > 0).mean() == pytest.approx(share, abs=0.01)
    plain = Scatter(observed=2.0, sampling=0.0, degrees=2, leverage=1.0)
    assert plain.allowing(levels) == pytest.approx(plain.deviations(levels))


def test_a_fit_that_takes_every_rung_shows_no_effect() -> None:
    exact = Scatter(observed=0.0, sampling=0.0, degrees=0, leverage=1.0)
    assert (exact.deviations(np.array([0.2, 0.8])) == 0).all()
