"""The paired bootstrap over items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.simulation import Truth, simulate
from analysis.uncertainty.resample import Stream, generator, resample, weights

TRUTH = Truth({frozenset({"a"}): 0.5}, x=(-1.0, 0.0, 1.0), items=60)
EXPERIMENT = simulate(TRUTH, 0)


def test_every_arm_gets_the_same_items() -> None:
    assert EXPERIMENT.scores is not None
    scores = EXPERIMENT.scores.copy()
    scores[1] = 1 - scores[0]
    means = resample(replace(EXPERIMENT, scores=scores, means=scores.mean(axis=2)), 200).means
    # What no item showed is each arm's own, and a few items' worth.
    assert means[:, 0] + means[:, 1] == pytest.approx(np.ones((200, 3)), abs=10 / TRUTH.items)
    for rung in range(3):
        assert np.corrcoef(means[:, 0, rung], means[:, 1, rung])[0, 1] < -0.85


def test_its_covariance_is_that_of_means_over_items() -> None:
    assert EXPERIMENT.scores is not None
    result = resample(EXPERIMENT, 20_000, 1)
    flat = EXPERIMENT.scores.reshape(6, -1)
    expected = np.cov(flat, bias=True) / TRUTH.items
    seen = np.cov(result.means.reshape(-1, 6).T)
    unseen = np.eye(6) / TRUTH.items**2
    assert np.abs(seen - expected - unseen).max() < 0.05 * expected.max()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 50), st.integers(0, 1000))
def test_weights_are_counts_that_add_up(items: int, seed: int) -> None:
    drawn = weights(items, 7, np.random.default_rng(seed))
    assert drawn.shape == (7, items)
    assert drawn.sum(axis=1) == pytest.approx(np.ones(7))
    assert drawn * items == pytest.approx(np.round(drawn * items))


def test_the_seed_decides() -> None:
    first, again, other = (resample(EXPERIMENT, 50, seed).means for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_two_things_share_random_numbers() -> None:
    given = [(seed, stream, arm) for seed in (0, 1) for stream in Stream for arm in (None, 0, 1)]
    first = [generator(EXPERIMENT, *each).random() for each in given]
    assert len(set(first)) == len(given)


def test_what_was_not_run_stays_unknown() -> None:
    assert EXPERIMENT.scores is not None
    scores, means = EXPERIMENT.scores.copy(), EXPERIMENT.means.copy()
    scores[1, 2], means[1, 2] = np.nan, np.nan
    result = resample(replace(EXPERIMENT, scores=scores, means=means), 20)
    unknown = np.isnan(result.means)
    assert unknown[:, 1, 2].all()
    assert unknown.sum() == 20


def test_published_scores_are_binomial_where_their_number_is_known() -> None:
    counts = EXPERIMENT.counts.copy()
    counts[0, 0] = np.nan
    result = resample(replace(EXPERIMENT, scores=None, counts=counts), 20_000)
    mean = EXPERIMENT.means
    expected = np.sqrt(mean * (1 - mean) / TRUTH.items)
    expected[0, 0] = 0.0
    assert result.means.std(axis=0) == pytest.approx(expected, rel=0.03, abs=1e-12)


def test_scores_of_unknown_number_stand_still() -> None:
    counts = np.full_like(EXPERIMENT.counts, np.nan)
    result = resample(replace(EXPERIMENT, scores=None, counts=counts), 5)
    assert (result.means == EXPERIMENT.means).all()
