"""Where the variance of a gain comes from."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.ceg.ladder import LadderFit, place
from analysis.ceg.split import split
from analysis.contracts.experiment import UNIT, Arm, Experiment, Rung
from analysis.simulation import Truth, simulate
from analysis.uncertainty.draws import draw_noise
from analysis.uncertainty.resample import resample

GAINS = {frozenset({"a"}): 0.5}


def _fit(experiment: Experiment) -> LadderFit:
    return place(experiment, resample(experiment, 1000, seed=0))


def test_shares_add_up_and_more_draws_have_a_smaller_one() -> None:
    shares = []
    for draws in (2, 16):
        experiment = simulate(Truth(GAINS, items=400, draws=draws, item_sd=2.0), seed=1)
        (found,) = split(_fit(experiment), draw_noise(experiment, 1000))
        assert found.items + found.draws + found.rungs == pytest.approx(1.0)
        assert found.unit == "log10 CEG"
        shares.append(found.draws)
    assert shares[1] < 0.5 * shares[0]


def test_one_draw_an_item_cannot_be_told_from_the_item() -> None:
    experiment = simulate(Truth(GAINS, items=200), seed=1)
    (found,) = split(_fit(experiment), draw_noise(experiment, 200))
    assert np.isnan(found.draws)
    assert found.items + found.rungs == pytest.approx(1.0)


def test_rung_effects_show_as_rungs() -> None:
    truth = Truth(GAINS, x=tuple(np.linspace(-2, 2, 8)), items=2000, interaction_sd=0.4)
    experiment = simulate(truth, seed=2)
    (found,) = split(_fit(experiment), None)
    assert found.rungs > 0.5


def test_a_flat_base_is_split_in_units_of_the_predictor() -> None:
    rungs = tuple(Rung(f"m{i}", "f", "base", UNIT * 10.0**i) for i in range(3))
    means = np.array([[0.0, 0.0, 0.0], [0.1, 0.2, 0.3]])
    arms = (Arm("base"), Arm("a", ("a",)))
    flat = Experiment("t", "t", "math", rungs, arms, means, np.full((2, 3), 100.0))
    (found,) = split(_fit(flat), None)
    assert found.unit == "predictor"
    assert np.isfinite(found.deviation)
