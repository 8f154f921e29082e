"""What the draws alone contribute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.simulation import Truth, simulate
from analysis.simulation.draws import probabilities
from analysis.simulation.truth import VOTE
from analysis.uncertainty.draws import draw_noise

TRUTH = Truth({frozenset({"a"}): 0.5}, x=(-1.0, 0.0, 1.0), items=300, draws=4)


@pytest.mark.parametrize("draws", [2, 4])
def test_its_variance_is_that_of_drawing_again_for_the_same_items(draws: int) -> None:
    truth = replace(TRUTH, draws=draws)
    seen, true = [], []
    for seed in range(15):
        noise = draw_noise(simulate(truth, seed), 1000, seed)
        assert noise is not None
        seen.append(noise.var(axis=0))
        p = probabilities(truth, np.random.default_rng(seed))
        true.append((p * (1 - p)).mean(axis=2) / truth.draws / truth.items)
    assert np.mean(seen, axis=0) == pytest.approx(np.mean(true, axis=0), rel=0.1)


def test_items_are_held_fixed() -> None:
    """Items that are certain leave nothing to the draws."""
    truth = replace(TRUTH, item_sd=0.0, item_arm_sd=0.0, intercept=60.0)
    noise = draw_noise(simulate(truth, 0), 100)
    assert noise is not None
    assert np.ptp(noise) == 0


def test_a_single_draw_says_nothing_of_its_draws() -> None:
    assert draw_noise(simulate(replace(TRUTH, draws=1), 0), 100) is None


def test_published_scores_have_no_draws() -> None:
    assert draw_noise(replace(simulate(TRUTH, 0), scores=None), 100) is None


def test_the_base_and_the_vote_over_its_draws_move_together() -> None:
    truth = Truth({frozenset({"a"}): 0.5}, x=(0.0,), items=200, votes=15, intercept=0.3)
    seen, true = [], []
    for seed in range(10):
        experiment = simulate(truth, seed)
        noise = draw_noise(experiment, 2000, seed)
        assert noise is not None
        base, vote, other = (experiment.arm(name) for name in ("base", VOTE, "a"))
        assert np.isnan(noise[:, other]).all()
        assert np.corrcoef(noise[:, base, 0], noise[:, vote, 0])[0, 1] > 0.05
        seen.append(noise[:, base, 0].var())
        p = probabilities(truth, np.random.default_rng(seed))[base, 0]
        true.append((p * (1 - p)).mean() / truth.items)
    # A single draw taken from fifteen: low by one part in fifteen.
    assert np.mean(seen) == pytest.approx(np.mean(true) * 14 / 15, rel=0.06)


def test_the_seed_decides() -> None:
    experiment = simulate(TRUTH, 0)
    first, again, other = (draw_noise(experiment, 50, seed) for seed in (1, 1, 2))
    assert first is not None
    assert again is not None
    assert other is not None
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
