"""What can be said of a CEG is said: each status from a truth that calls for it."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan

import numpy as np
import pytest

from analysis.ceg.estimate import Ceg, ceg
from analysis.ceg.ladder import LadderFit, place
from analysis.contracts.estimate import EstimateStatus
from analysis.contracts.experiment import Experiment
from analysis.simulation import Truth, simulate
from analysis.uncertainty.resample import resample

A = frozenset({"a"})
TRUTH = Truth({A: 0.6}, slope=1.5, items=400)


def fitted(experiment: Experiment) -> LadderFit:
    return place(experiment, resample(experiment, 1000))


def of_a(truth: Truth, seed: int = 0) -> Ceg:
    fit = fitted(simulate(truth, seed))
    return ceg(fit, fit.experiment.arm("a"))


def test_an_identical_arm_has_ceg_1_and_no_width() -> None:
    experiment = simulate(TRUTH, 0)
    assert experiment.scores is not None
    scores = experiment.scores.copy()
    scores[1] = scores[0]
    same = replace(experiment, scores=scores, means=scores.mean(axis=2))
    result = ceg(fitted(same), 1).ceg
    assert result.low <= 0 <= result.high
    assert result.point == pytest.approx(0, abs=0.02)
    assert result.status is EstimateStatus.INTERPOLATED


def test_an_identity_pte_with_draws_of_its_own_has_an_interval_around_1() -> None:
    covered = []
    for seed in range(20):
        result = of_a(replace(TRUTH, gains={A: 0.0}, draws=2), seed).ceg
        assert result.bounded
        covered.append(result.low <= 0 <= result.high)
    assert sum(covered) >= 17


def test_a_flat_ladder_bounds_no_gain() -> None:
    # Without a slope a gain cannot be compute: the arm is lifted by hand.
    experiment = simulate(replace(TRUTH, slope=1e-6, gains={A: 1e6}), 1)
    result = ceg(fitted(experiment), 1)
    assert result.ceg.status is EstimateStatus.FLAT_LADDER
    assert not result.ceg.bounded
    assert result.predictor.low > 0.5


def test_a_falling_ladder_is_told() -> None:
    experiment = simulate(replace(TRUTH, slope=-1.5), 0)
    assert ceg(fitted(experiment), 1).ceg.status is EstimateStatus.INVERSE_SCALING


def test_a_gain_beyond_the_ladder_is_at_least() -> None:
    result = of_a(replace(TRUTH, x=(-0.6, -0.3, 0.0, 0.3, 0.6), gains={A: 1.8}, slope=2.0)).ceg
    assert result.status is EstimateStatus.RIGHT_CENSORED
    assert "beyond the ladder" in result.reason


def test_a_ceg_is_on_the_ladder_only_if_most_of_its_rungs_are() -> None:
    """A ladder of 2.2 OOMs: a gain of 2.1 lies beyond it from its second rung on."""
    x = tuple(np.linspace(-1.1, 1.1, 7))
    truth = Truth({A: 2.1}, x=x, slope=1.2, items=2000)
    large = of_a(truth).ceg
    assert large.status is EstimateStatus.RIGHT_CENSORED
    assert "of 7 rungs" in large.reason
    assert of_a(replace(truth, gains={A: 0.5})).ceg.status is EstimateStatus.INTERPOLATED


@pytest.mark.parametrize("seed", range(6))
def test_an_arm_that_does_nothing_is_on_a_ladder_of_three(seed: int) -> None:
    truth = Truth({A: 0.0}, x=(-1.0, 0.0, 1.0), slope=1.2, items=800)
    beyond = (EstimateStatus.RIGHT_CENSORED, EstimateStatus.LEFT_CENSORED)
    assert of_a(truth, seed).ceg.status not in beyond  # that it does harm may be seen by chance


def test_a_clear_loss_is_harmful() -> None:
    result = of_a(replace(TRUTH, gains={A: -0.8})).ceg
    assert result.status is EstimateStatus.HARMFUL
    assert result.high < 0


def test_one_rung_gives_logits_and_points_but_no_ceg() -> None:
    result = of_a(replace(TRUTH, x=(0.0,)))
    assert result.ceg.status is EstimateStatus.REFUSED
    assert "three" in result.ceg.reason
    assert (result.ceg.low, result.ceg.high) == (-inf, inf)
    assert isnan(result.ceg.point)
    assert result.predictor.low > 0
    assert result.points.low > 0
    assert result.predictor.bounded


def test_without_a_base_there_is_nothing_to_place_on() -> None:
    experiment = simulate(TRUTH, 0)
    assert experiment.scores is not None
    alone = replace(
        experiment,
        arms=experiment.arms[1:],
        means=experiment.means[1:],
        counts=experiment.counts[1:],
        scores=experiment.scores[1:],
    )
    with pytest.raises(ValueError, match="no base"):
        fitted(alone)


@pytest.mark.parametrize("kept", [(0, 1), (1, 2, 3), (4,)])
def test_an_arm_on_some_rungs_only_is_placed_by_these(kept: tuple[int, ...]) -> None:
    experiment = simulate(replace(TRUTH, items=1500), 0)
    assert experiment.scores is not None
    scores, means = experiment.scores.copy(), experiment.means.copy()
    away = [rung for rung in range(5) if rung not in kept]
    scores[1, away], means[1, away] = np.nan, np.nan
    partial = replace(experiment, scores=scores, means=means)
    result = ceg(fitted(partial), 1)
    assert result.ceg.low <= 0.6 <= result.ceg.high
    assert result.ceg.high - result.ceg.low < 1
    for rung, one in enumerate(result.rungs):
        assert (one.ceg.status is EstimateStatus.REFUSED) == (rung not in kept)
