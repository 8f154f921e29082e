"""Luck from runs of equal compute, with seeds that recur and without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.ceg.ladder import LadderFit, place
from analysis.luck.seeds import between_seeds
from analysis.luck.training import LuckSource, luck_findings, training_luck
from analysis.uncertainty.resample import Resampled, resample
from tests.analysis.luck.world import World, draw
from tests.thorough import size

MANY = 100


def fitted(world: World, seed: int) -> LadderFit:
    """A fit of exact scores: luck alone makes them differ."""
    drawn = draw(replace(world, items=2), seed)
    lines = world.slope * (drawn.experiment.x + world.gains[:, None]) + drawn.shared + drawn.own
    means = 1 / (1 + np.exp(0.3 - lines))
    experiment = replace(drawn.experiment, means=means, scores=None)
    return place(experiment, Resampled(means, np.repeat(means[None], 2, axis=0)))


@pytest.mark.parametrize("common", [0.0, 0.5])
def test_the_variance_of_luck_is_right_on_average(common: float) -> None:
    world = World(0.3, 0.0, 4, seeds=3, common=common)
    found = [training_luck(fitted(world, seed)) for seed in range(MANY)]
    assert {luck.source for luck in found} == {LuckSource.SEEDS}
    # Of runs that weigh unlike some freedom is lost: of eight degrees one or two.
    assert {luck.degrees for luck in found} <= ({2} if common else {6, 7, 8})
    mean = np.mean([luck.deviation**2 for luck in found])
    assert mean == pytest.approx(0.3**2, rel=0.25)


def test_what_recurs_with_a_seed_is_told_from_what_does_not() -> None:
    world = World(0.3, 0.0, 4, seeds=3, common=0.7)
    alone, more = [], []
    for seed in range(MANY):
        seeds = between_seeds(fitted(world, seed))
        assert seeds is not None
        assert seeds.recurring is not None
        alone.append(seeds.alone.observed / seeds.alone.leverage)
        variance = 0.3 + seeds.times * 0.7
        more.append(seeds.recurring.observed / seeds.recurring.leverage / variance)
        assert 3 < seeds.times <= 4  # four rungs, which do not weigh alike
    assert np.mean(alone) == pytest.approx(0.3 * 0.3**2, rel=0.15)
    assert np.mean(more) == pytest.approx(0.3**2, rel=0.3)


def test_runs_at_floor_and_ceiling_do_not_drown_what_the_others_show() -> None:
    """Half of these rungs score below 2 or above 98%, where a logit is an item or two."""
    world = World(0.3, 0.0, 8, seeds=4, items=400, slope=3.0)
    found = []
    for seed in range(size(60, 12)):
        experiment = draw(world, seed).experiment
        found.append(training_luck(place(experiment, resample(experiment, 100, seed))))
    assert np.mean([luck.deviation**2 for luck in found]) == pytest.approx(0.3**2, rel=0.3)
    assert all(6 <= luck.degrees <= 16 for luck in found)  # and not 3 for each of the 8 rungs


def test_draws_have_the_variance_that_was_seen_and_the_seeds_in_common() -> None:
    world = World(0.3, 0.0, 4, seeds=4, common=0.7)
    luck = training_luck(fitted(world, 1))
    drawn = luck.draw(16, 20_000, np.random.default_rng(0))
    same, other = (
        np.median(np.abs(drawn.ladder[:, 0] - drawn.ladder[:, place])) for place in (4, 5)
    )
    assert same < other, "two rungs of one seed have more luck in common"
    assert np.median(np.abs(drawn.new)) > 0.5 * luck.deviation


def test_single_runs_are_read_off_the_curve_and_three_of_them_say_nothing() -> None:
    five, three = (training_luck(fitted(World(0.3, 0.0, n), 2)) for n in (5, 3))
    assert (five.source, five.degrees) == (LuckSource.RESIDUAL, 3)
    assert three.source is LuckSource.UNKNOWN
    assert "two seeds a rung" in three.reason
    (said,) = luck_findings("x", three)
    assert "no gain is given for a new training run" in said.message
    (said,) = luck_findings("x", five)
    assert "whole ladder shares cannot be seen" in said.message
    with pytest.raises(ValueError, match="not known"):
        three.draw(3, 10, np.random.default_rng(0))


def test_no_two_runs_of_equal_compute_show_no_luck_between_seeds() -> None:
    assert between_seeds(fitted(World(0.3, 0.0, 5), 3)) is None
