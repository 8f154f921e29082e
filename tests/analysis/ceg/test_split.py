"""Shares of a CEG's variance, against designs whose shares are known."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from analysis.ceg.ladder import place
from analysis.ceg.split import Split, split
from analysis.contracts.experiment import UNIT, Arm, Experiment, Rung
from analysis.simulation import Truth, simulate
from analysis.uncertainty.draws import draw_noise
from analysis.uncertainty.resample import resample

TRUTH = Truth({frozenset({"a"}): 0.6}, slope=1.5, items=300, draws=3)


def parts(experiment: Experiment) -> Split:
    fit = place(experiment, resample(experiment, 1000))
    (result,) = split(fit, draw_noise(experiment, 1000))
    return result


def test_shares_add_up_to_one() -> None:
    for seed in range(5):
        result = parts(simulate(replace(TRUTH, rung_sd=0.2, interaction_sd=0.2), seed))
        assert result.items + result.draws + result.rungs == pytest.approx(1)
        assert min(result.items, result.draws) >= 0
        assert result.arm == "a"
        assert result.deviation > 0


def test_items_all_alike_leave_the_draws() -> None:
    alike = [parts(simulate(replace(TRUTH, item_sd=0.0, item_arm_sd=0.0), s)) for s in range(8)]
    shares = [part.draws / (part.draws + part.items) for part in alike]
    assert np.mean(shares) > 0.9


def test_items_that_suit_one_arm_outweigh_the_draws() -> None:
    truth = replace(TRUTH, item_sd=0.0, item_arm_sd=5.0, draws=8)
    unlike = [parts(simulate(truth, seed)) for seed in range(5)]
    assert np.mean([part.draws / (part.draws + part.items) for part in unlike]) < 0.25


def test_rungs_that_differ_take_the_largest_share() -> None:
    truth = replace(TRUTH, interaction_sd=0.8, items=1000)
    assert np.median([parts(simulate(truth, seed)).rungs for seed in range(5)]) > 0.8


def test_what_cannot_be_told_is_nan() -> None:
    single = parts(simulate(replace(TRUTH, draws=1), 0))
    assert isnan(single.draws)
    assert single.items + single.rungs == pytest.approx(1)
    assert isnan(parts(simulate(replace(TRUTH, x=(0.0,)), 0)).rungs)


def test_a_flat_base_is_split_in_units_of_the_predictor() -> None:
    rungs = tuple(
        Rung(model=f"m{i}", family="f", stage="base", flop=UNIT * 10.0**i) for i in range(3)
    )
    means = np.array([[0.0, 0.0, 0.0], [0.1, 0.2, 0.3]])
    arms = (Arm(label="base"), Arm(label="a", ptes=("a",)))
    flat = Experiment(
        name="t",
        benchmark="t",
        task_type="math",
        rungs=rungs,
        arms=arms,
        means=means,
        counts=np.full((2, 3), 100.0),
    )
    fit = place(flat, resample(flat, 500, seed=0))
    (result,) = split(fit, None)
    assert result.unit == "predictor"
    assert np.isfinite(result.deviation)
