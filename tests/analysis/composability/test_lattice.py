"""Factorial effects, Möbius coefficients and Shapley values: shapiq, and known truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.ceg.ladder import LadderFit, place
from analysis.composability.lattice import (
    complete,
    factorial_matrix,
    lattices,
    moebius_matrix,
    shapley_matrix,
)
from analysis.simulation.draws import simulate
from analysis.simulation.truth import Truth, composed
from analysis.uncertainty.resample import resample

SHAPIQ = json.loads(Path(__file__).with_name("shapiq.json").read_text())
"""What shapiq makes of four games: a table, as the package weighs 300 MB with all that it loads."""


@pytest.mark.parametrize("game", SHAPIQ["games"], ids=lambda game: str(len(game["shapley"])))
def test_shapley_and_moebius_are_shapiqs(game: dict[str, list[float]]) -> None:
    values, size = np.array(game["values"]), len(game["shapley"])
    assert shapley_matrix(size) @ values == pytest.approx(game["shapley"])
    assert moebius_matrix(size) @ values == pytest.approx(game["moebius"], abs=1e-11)


def test_a_factorial_effect_is_a_mean_difference() -> None:
    values = np.random.default_rng(0).normal(size=8)
    effects = factorial_matrix(3) @ values
    with_first, without = values[1::2], values[0::2]
    assert effects[1] == pytest.approx((with_first - without).mean())
    # of two PTEs: half the difference of one's effects with and without the other
    second = [
        (values[[3, 7]] - values[[1, 5]]).mean(),
        (values[[2, 6]] - values[[0, 4]]).mean(),
    ]
    assert effects[3] == pytest.approx((second[0] - second[1]) / 2)


def _fit(truth: Truth) -> LadderFit:
    experiment = simulate(truth, seed=3)
    return place(experiment, resample(experiment, 500, seed=0))


def test_effects_recover_the_truth() -> None:
    gains = composed({"a": 6.0, "b": 3.0, "c": 2.0}, {frozenset({"a", "b"}): 0.2})
    fit = _fit(Truth(gains, items=4000, slope=1.2, item_arm_sd=0.2))
    (lattice,) = lattices(fit)
    assert lattice.ptes == ("a", "b", "c")
    values = [
        gains.get(frozenset(n for i, n in enumerate("abc") if m >> i & 1), 0.0) for m in range(8)
    ]
    truths = {
        "shapley": shapley_matrix(3) @ values,
        "moebius": (moebius_matrix(3) @ values)[1:],
        "factorial": (factorial_matrix(3) @ values)[1:],
    }
    for kind, expected in truths.items():
        results = [effect.ceg for effect in lattice.effects if effect.kind == kind]
        inside = [e.low <= t <= e.high for e, t in zip(results, expected, strict=True)]
        # the few that miss by chance miss narrowly
        assert sum(inside) >= len(inside) - 1
        assert [e.point for e in results] == pytest.approx(list(expected), abs=0.12)
    shapley = sum(e.predictor.point for e in lattice.effects if e.kind == "shapley")
    whole = fit.experiment.arm("a+b+c")
    assert shapley == pytest.approx(fit.point.shifts[0, whole] - fit.point.shifts[0, fit.base])


def test_only_complete_sub_lattices_are_summarised() -> None:
    gains = composed({"a": 3.0, "b": 2.0, "c": 2.0})
    del gains[frozenset({"b", "c"})]  # so a+b+c has no complete lattice below it
    assert [x.ptes for x in lattices(_fit(Truth(gains, items=50)))] == [("a", "b"), ("a", "c")]


def test_a_lattice_takes_two_ptes() -> None:
    fit = _fit(Truth({frozenset({"a"}): 0.3}, items=50))
    assert complete(fit) == ()
    assert lattices(fit) == ()
