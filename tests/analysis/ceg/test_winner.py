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


def alone(raw: Estimate, choice: Choice) -> Estimate:
    """The estimate that a winner was chosen by, corrected."""
    (new,) = corrected([raw], raw, choice)
    return new


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
    return raw, alone(raw, Choice(points, draws, winner)), float(means[winner])


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


def test_an_end_that_nothing_bounds_stays_open() -> None:
    rng = np.random.default_rng(5)
    draws = 0.5 + 0.1 * rng.standard_normal((1000, 3))
    raw = replace(percentile(0.5, draws[:, 0]), low=-np.inf)
    new = alone(raw, Choice(np.array([0.5, 0.45, 0.45]), draws, 0))
    assert new.low == -np.inf
    assert new.point < 0.48
    assert np.isfinite(new.high)


def test_of_draws_that_are_not_known_nothing_is_made_and_it_says_so() -> None:
    raw = Estimate(point=1.0, low=0.0, high=2.0, draws=np.ones(10))
    new = alone(raw, Choice(np.array([1.0, 0.0]), np.full((10, 2), np.nan), 0))
    assert (new.point, new.low, new.high) == (1.0, 0.0, 2.0)
    assert "not corrected for having been chosen: another gain's interval is" in new.reason
    flat = alone(raw, Choice(np.array([1.0, 0.0]), np.ones((10, 2)), 0))
    assert "not corrected for having been chosen: it does not vary" in flat.reason


def test_what_goes_with_the_winner_is_corrected_with_it() -> None:
    """A gain in points that is a tenth of the gain in logits, and a ratio to an uncertain slope."""
    rng = np.random.default_rng(6)
    draws = np.array([0.5, 0.45]) + 0.1 * rng.standard_normal((4000, 2))
    raw = percentile(0.5, draws[:, 0])
    points, slope = percentile(0.05, draws[:, 0] / 10), 2 + 0.2 * rng.standard_normal(4000)
    ratio = percentile(0.25, draws[:, 0] / slope)
    choice = Choice(np.array([0.5, 0.45]), draws, 0)
    new, scaled, over = corrected([raw, points, ratio], raw, choice)
    assert new.point < 0.5 - 0.01
    assert scaled.point == pytest.approx(new.point / 10)
    assert (scaled.low, scaled.high) == pytest.approx((new.low / 10, new.high / 10))
    assert over.point == pytest.approx(new.point / 2, abs=0.003)
    assert over.high - over.low > (new.high - new.low) / 2  # the slope's part stays in it


def test_of_estimates_that_tie_none_cuts_the_winner_off() -> None:
    rng = np.random.default_rng(3)
    draws = 0.5 + 0.1 * rng.standard_normal((1000, 3))
    raw = percentile(0.5, draws[:, 0])
    new = alone(raw, Choice(np.full(3, 0.5), draws, 0))
    assert new.point == pytest.approx(0.5, abs=0.01)
    assert (new.low, new.high) == pytest.approx((raw.low, raw.high), abs=0.03)


def test_tails_of_few_rungs_carry_it_no_further_than_its_interval_tells() -> None:
    rng = np.random.default_rng(4)
    points = np.array([0.15, 0.149])
    draws = points + 0.02 * rng.standard_t(1, (1000, 2))
    raw = percentile(0.15, draws[:, 0])
    new = alone(raw, Choice(points, draws, 0))
    assert new.low < raw.low
    assert raw.point - new.low < 1.7 * (raw.point - raw.low)


@pytest.mark.parametrize("luck", [0.0, 0.2])
def test_of_16_arms_of_one_gain_the_best_is_not_read_too_high(luck: float) -> None:
    """Measured by the whole estimator: 200 items, three rungs, where an arm's luck is all but
    unknown; .2 logits of it make the winner of 16 read a little high."""
    gains = {frozenset({name}): GAIN for name in NAMES}
    rungs = (-1.0, 0.0, 1.0)
    truth = Truth(gains, x=rungs, items=ITEMS, slope=1.2, interaction_sd=luck)
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
    above, corrected_above = (np.mean([e.point > GAIN for e in each]) for each in (raw, new))
    assert above > 0.85
    assert (0.4 if THOROUGH else 0.25) < corrected_above < (0.68 if THOROUGH else 0.8)


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
