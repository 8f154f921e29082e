"""The gains of single models, by hand."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import place
from analysis.contracts.estimate import EstimateStatus
from analysis.luck.gains import runs
from analysis.luck.response import response
from analysis.luck.training import training_luck
from analysis.pipeline import AnalysisSettings, analyse
from analysis.result import gains_of_runs
from analysis.uncertainty.resample import resample
from analysis.uncertainty.rungs import Scatter
from tests.analysis.luck.test_seeds import fitted
from tests.analysis.luck.world import World, draw

WORLD = World(0.3, 0.1, 5)


def test_luck_on_a_rung_moves_the_slope_by_its_weight_there() -> None:
    fit = fitted(replace(WORLD, tau=0.0, own=0.0), 0)
    moved = response(fit).slope
    assert moved[0] < 0 < moved[-1], "luck at the ladder's foot flattens it"
    assert moved.sum() == pytest.approx(0, abs=0.02), "luck everywhere leaves the slope"
    own = np.array([response(fit).above[1, rung, rung] for rung in range(5)])
    assert (own > 0).all(), "an arm's own rung rises by more than the curve there"
    assert (own < 1).all(), "and the curve takes a part of it"


def test_points_are_what_they_are_said_to_be() -> None:
    (result,) = analyse([draw(WORLD, 4).experiment], AnalysisSettings(replicates=200))
    fit = result.fit
    assert fit is not None
    of = next(c for c in result.cegs if c.arm == "a")
    gains = gains_of_runs(result, of)
    slope, arm = fit.point.slope[0], fit.experiment.arm("a")
    for rung, (on, recipe) in enumerate(zip(gains.rungs, of.rungs, strict=True)):
        eta, line = fit.predictors[:, rung], fit.curves.predictors(fit.x)[0, rung]
        assert on.this_model.point == pytest.approx((eta[arm] - eta[fit.base]) / slope)
        assert on.this_model.point == pytest.approx(recipe.ceg.point)
        assert on.new_run.point == pytest.approx((eta[arm] - line) / slope, abs=1e-6)
    assert gains.new_run.point == pytest.approx(of.ceg.point)
    assert gains.new_run.high - gains.new_run.low > 1.3 * (of.ceg.high - of.ceg.low)


def test_what_the_recipe_is_refused_is_refused_the_models() -> None:
    experiment = draw(WORLD, 5).experiment
    (one,) = analyse(
        [replace(experiment, rungs=experiment.rungs)], AnalysisSettings(replicates=100)
    )
    means = experiment.means.copy()
    means[1, 2] = np.nan
    (less,) = analyse(
        [replace(experiment, means=means, scores=None)], AnalysisSettings(replicates=100)
    )
    assert gains_of_runs(one, one.cegs[0]).rungs[2].this_model.status is not EstimateStatus.REFUSED
    on = gains_of_runs(less, less.cegs[0]).rungs[2]
    assert on.this_model.status is on.new_run.status is EstimateStatus.REFUSED


def test_without_the_number_of_items_a_rung_has_no_interval() -> None:
    experiment = draw(WORLD, 6).experiment
    unknown = replace(experiment, counts=np.full(experiment.counts.shape, np.nan), scores=None)
    (result,) = analyse([unknown], AnalysisSettings(replicates=100))
    gains = gains_of_runs(result, result.cegs[0])
    assert (gains.rungs[1].this_model.low, gains.rungs[1].new_run.high) == (-inf, inf)
    assert gains.new_run.bounded, "the ladder's scatter gives one over all rungs"


def test_more_luck_makes_a_new_run_less_certain() -> None:
    widths = []
    for tau in (0.05, 0.8):
        found = []
        for seed in range(3):
            experiment = draw(replace(WORLD, tau=tau, own=0.0, levels=8), seed).experiment
            fit = place(experiment, resample(experiment, 200))
            of = ceg(fit, experiment.arm("a"))
            new = runs(fit, (), training_luck(fit)).gains(of).new_run
            found.append(new.high - new.low)
        widths.append(np.median(found))
    assert widths[1] > 4 * widths[0]


def test_all_random_numbers_are_of_the_seed() -> None:
    experiment = draw(WORLD, 8).experiment
    found = []
    for seed in (0, 0, 1):
        resampled = resample(experiment, 200, 5)
        fit = replace(place(experiment, resampled, seed=5), seed=seed)
        of = ceg(fit, experiment.arm("a"))
        gains = runs(fit, (), training_luck(fit)).gains(of)
        found.append((of.rungs[1].ceg.low, gains.new_run.low, gains.rungs[1].new_run.low))
    assert found[0] == found[1]
    assert all(one != other for one, other in zip(found[0], found[2], strict=True))


def test_over_another_base_its_own_luck_is_in_it_too() -> None:
    world = replace(WORLD, tau=0.0, own=0.0)
    fit = fitted(world, 0)
    arm, other = fit.experiment.arm("a"), fit.experiment.arm("b")
    scatter = Scatter(observed=40.0, sampling=1.0, degrees=4, leverage=4.0)
    lucky = tuple(scatter if each == other else None for each in range(len(fit.arm_scatter)))
    quiet = tuple(None for _ in fit.arm_scatter)
    widths = []
    for scattered in (quiet, lucky):
        own = replace(fit, arm_scatter=scattered)
        new = runs(own, (), training_luck(own)).gains(ceg(own, arm, other)).new_run
        widths.append(new.high - new.low)
    assert widths[1] > 2 * widths[0]
