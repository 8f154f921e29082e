"""Simulated experiments have the CEGs that they are said to have."""

from __future__ import annotations

from dataclasses import replace
from math import log10

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from analysis.contracts.votes import first_seen, plurality
from analysis.simulation.draws import probabilities, simulate
from analysis.simulation.truth import VOTE, Truth, composed

A, B = frozenset({"a"}), frozenset({"b"})
GAINS = {A: 0.8, B: -0.3, A | B: 0.5}


def test_an_arm_scores_as_the_base_does_with_that_much_more_compute() -> None:
    gain = 0.7
    rungs = (-1.5, -1.5 + gain, 0.0, gain)
    truth = Truth({A: gain}, rungs, items=200_000, slope=1.3, floor=0.25, ceiling=0.9)
    result = simulate(truth, 1).means
    error = np.sqrt(2 * 0.25 / truth.items)
    assert abs(result[1, 0] - result[0, 1]) < 4 * error
    assert abs(result[1, 2] - result[0, 3]) < 4 * error


@pytest.mark.parametrize("spread", [(1.0, 0.5), (2.0, 0.0), (0.0, 0.0)])
def test_the_mean_over_items_is_the_mean_of_many(spread: tuple[float, float]) -> None:
    truth = Truth({A: 0.7}, items=200_000, item_sd=spread[0], item_arm_sd=spread[1], floor=0.2)
    result = simulate(truth, 2).means
    expected = np.array([truth.mean(truth.x), truth.mean(truth.x, 0.7)])
    assert np.abs(result - expected).max() < 4 * np.sqrt(0.25 / truth.items)


def test_without_spread_it_is_the_curve_itself() -> None:
    truth = Truth(intercept=0.4, slope=1.7, item_sd=0.0, item_arm_sd=0.0, ceiling=0.8)
    x = np.array([-2.0, 0.3, 1.0])
    assert truth.mean(x) == pytest.approx(0.8 * special.expit(0.4 + 1.7 * x))


def test_arms_stand_in_an_experiments_order() -> None:
    experiment = simulate(Truth(GAINS, votes=3, items=4), 0)
    assert [arm.label for arm in experiment.arms] == ["base", "a", "b", VOTE, "a+b"]
    assert experiment.base == 0
    assert experiment.stack(experiment.arms[4].parts) == 4
    assert experiment.x == pytest.approx(Truth().x)


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    truth = Truth(GAINS, items=50, rung_sd=0.2, interaction_sd=0.1, votes=3)
    one, same, other = (simulate(truth, seed).scores for seed in (3, 3, 4))
    assert one is not None
    assert same is not None
    assert other is not None
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_replicates_average_to_the_scores() -> None:
    experiment = simulate(Truth(GAINS, items=40, draws=3), 0)
    assert experiment.replicates is not None
    assert experiment.scores is not None
    assert experiment.replicates.shape == (4, 5, 3, 40)
    assert experiment.scores == pytest.approx(experiment.replicates.mean(axis=2))
    assert simulate(Truth(GAINS, items=40), 0).replicates is None


def test_rungs_deviate_together_and_apart() -> None:
    """With one item of known difficulty the predictor shows each deviation."""
    alike = Truth(GAINS, (0.0,) * 400, items=1, item_sd=0.0, item_arm_sd=0.0, rung_sd=0.5)
    eta = special.logit(probabilities(alike, np.random.default_rng(0))[:, :, 0])
    eta = eta - alike.slope * alike.shifts[:, None]
    assert np.ptp(eta, axis=0).max() < 1e-9
    assert eta[0].std() == pytest.approx(0.5, abs=0.07)
    apart = replace(alike, rung_sd=0.0, interaction_sd=0.5)
    eta = special.logit(probabilities(apart, np.random.default_rng(0))[:, :, 0])
    assert np.abs(np.corrcoef(eta) - np.eye(len(eta))).max() < 0.2
    assert eta.std(axis=1) == pytest.approx(0.5, abs=0.07)


def test_the_vote_is_over_draws_of_which_the_base_has_the_first() -> None:
    truth = Truth(items=300, votes=7, intercept=0.5)
    experiment = simulate(truth, 5)
    assert experiment.scores is not None
    vote = experiment.arm(VOTE)
    assert experiment.shared == {(0, rung): vote for rung in range(5)}
    for rung in range(5):
        pool = experiment.pools[vote, rung]
        assert pool.answers.shape == (300, 7)
        assert np.array_equal(pool.scores[:, 0], experiment.scores[0, rung])
        chosen = plurality(pool.answers)
        assert np.array_equal(pool.scores[range(300), chosen], experiment.scores[vote, rung])
    assert experiment.means[vote, -1] > experiment.means[0, -1]


def test_gains_do_not_list_the_base_or_the_votes() -> None:
    with pytest.raises(ValueError, match="over the base"):
        Truth({frozenset(): 0.0})
    with pytest.raises(ValueError, match="votes"):
        Truth({frozenset({VOTE}): 0.1}, votes=3)


def test_pairs_compose_by_the_seeds_rule() -> None:
    gains = composed({"a": 4.0, "b": 10.0, "c": 2.0}, {A | B: 0.5, B | {"c"}: 0.8})
    assert gains[A] == pytest.approx(log10(4))
    assert gains[A | B] == pytest.approx(log10(10 * 4**0.5))
    assert gains[A | {"c"}] == pytest.approx(log10(8))
    assert gains[A | B | {"c"}] == pytest.approx(log10(10 * 4**0.5 * 2**0.8))


ANSWERS = st.lists(st.integers(-1, 3), min_size=1, max_size=9)


@given(ANSWERS)
def test_the_plurality_is_what_counting_gives(answers: list[int]) -> None:
    codes = first_seen(np.array(answers, np.int32))
    votes = {a: sum(a == other for other in answers) for a in answers if a >= 0}
    best = max(votes.values(), default=0)
    expected = next((n for n, a in enumerate(answers) if votes.get(a) == best), 0)
    assert plurality(codes) == expected
    assert [answers[c] if c >= 0 else -1 for c in codes] == answers
