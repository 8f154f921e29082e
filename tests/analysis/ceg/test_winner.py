"""The largest of many arms, corrected: median-unbiased, and its interval covers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.ceg.budget import largest
from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import place
from analysis.ceg.winner import Choice, corrected
from analysis.contracts.estimate import Estimate, percentile
from analysis.simulation import Truth, simulate
from analysis.uncertainty.resample import resample
from tests.thorough import THOROUGH, size

ARMS, GAIN, ITEMS = 16, 0.4, 200
NAMES = "abcdefghijklmnop"


def normal(
    means: np.ndarray, shared: float, rng: np.random.Generator
) -> tuple[Estimate, Estimate, float]:
    """The largest of normal estimates as it is and corrected, and what is true of it."""
    arms = len(means)
    root = np.linalg.cholesky(np.full((arms, arms), shared) + (1 - shared) * np.eye(arms))
    points = means + root @ rng.standard_normal(arms)
    draws = points + rng.standard_normal((400, arms)) @ root.T
    winner = int(points.argmax())
    raw = percentile(float(points[winner]), draws[:, winner])
    return raw, corrected(raw, Choice(points, draws, winner)), float(means[winner])


@pytest.mark.parametrize("lead", [0.0, 2.0])
def test_of_normal_estimates_it_is_unbiased_and_covers(lead: float) -> None:
    rng = np.random.default_rng(0)
    means = np.zeros(ARMS)
    means[0] = lead
    results = [normal(means, 0.4, rng) for _ in range(size(3000, 700))]
    above = np.array([[raw.point > true, new.point > true] for raw, new, true in results])
    held = np.array(
        [[e.low <= true <= e.high for e in (raw, new)] for raw, new, true in results]
    ).mean(axis=0)
    error = 2 / np.sqrt(len(results))
    assert above[:, 0].mean() > 0.6
    assert abs(above[:, 1].mean() - 0.5) < 0.06 + error / 2
    assert held[1] >= (0.935 if THOROUGH else 0.92)
    if lead == 0:
        assert held[0] < 0.9


def test_one_that_is_far_ahead_keeps_about_what_it_has() -> None:
    means = np.array([20.0, *np.zeros(ARMS - 1)])
    raw, new, _ = normal(means, 0.3, np.random.default_rng(1))
    assert new.point == pytest.approx(raw.point, abs=0.02)
    assert new.low == pytest.approx(raw.low, abs=0.25)
    assert new.high == pytest.approx(raw.high, abs=0.25)


def test_what_nothing_bounds_stays_as_it_is_and_says_so() -> None:
    choice = Choice(np.array([1.0, 0.0]), np.zeros((10, 2)), 0)
    open_ended = Estimate(point=1.0, low=-np.inf, high=2.0, draws=np.ones(10))
    result = corrected(open_ended, choice)
    assert (result.point, result.low, result.high) == (1.0, -np.inf, 2.0)
    assert "not corrected for having been chosen: nothing bounds it" in result.reason


def test_of_estimates_that_tie_none_cuts_the_winner_off() -> None:
    rng = np.random.default_rng(3)
    draws = 0.5 + 0.1 * rng.standard_normal((1000, 3))
    raw = percentile(0.5, draws[:, 0])
    new = corrected(raw, Choice(np.full(3, 0.5), draws, 0))
    assert new.point == pytest.approx(0.5, abs=0.01)
    assert (new.low, new.high) == pytest.approx((raw.low, raw.high), abs=0.03)


def test_tails_of_few_rungs_carry_it_no_further_than_its_interval_tells() -> None:
    rng = np.random.default_rng(4)
    points = np.array([0.15, 0.149])
    draws = points + 0.02 * rng.standard_t(1, (1000, 2))
    raw = percentile(0.15, draws[:, 0])
    new = corrected(raw, Choice(points, draws, 0))
    assert new.low < raw.low
    assert raw.point - new.low < 1.7 * (raw.point - raw.low)


def test_of_16_arms_of_one_gain_the_best_is_not_read_too_high() -> None:
    """Measured by the whole estimator: 200 items, three rungs.

    Three rungs leave an arm's own luck open, and there is none here: the draws are wider than the
    estimates scatter, and the correction errs on the low side.
    """
    gains = {frozenset({name}): GAIN for name in NAMES}
    truth = Truth(gains, x=(-1.0, 0.0, 1.0), items=ITEMS, slope=1.2)
    raw, new = [], []
    for seed in range(size(400, 25)):
        measured = simulate(truth, seed)
        fit = place(measured, resample(measured, 300, seed), seed=seed)
        best = largest([ceg(fit, arm) for arm in range(1, ARMS + 1)])
        assert best is not None
        assert best.among == ARMS
        raw.append(best.measured.ceg)
        new.append(best.ceg)
    held = np.mean([each.low <= GAIN <= each.high for each in new])
    assert held >= (0.93 if THOROUGH else 0.84)
    assert np.median([each.point for each in raw]) > GAIN + 0.05
    middle = np.median([each.point for each in new])
    assert middle < np.median([each.point for each in raw]) - 0.03
    assert GAIN - 0.35 < middle < GAIN + (0.03 if THOROUGH else 0.1)


def test_a_stack_alone_was_not_chosen() -> None:
    measured = simulate(Truth({frozenset({"a"}): GAIN}, items=ITEMS), 0)
    gain = ceg(place(measured, resample(measured, 200)), 1)
    best = largest([gain])
    assert best is not None
    assert best.ceg is gain.ceg
    worse = replace(gain, predictor=replace(gain.predictor, point=-0.1))
    assert largest([worse], above=0.0) is None
    assert largest([worse]) is not None
    assert largest([]) is None
