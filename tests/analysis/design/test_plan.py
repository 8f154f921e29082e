"""Choosing a design, and reading assumptions from an experiment."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan

import numpy as np
import pytest

from analysis.design.assumptions import Design, DesignAssumptions, truth
from analysis.design.fitted import fitted
from analysis.design.plan import AttemptPrice, grid, plan
from analysis.simulation import simulate
from harness.errors import UserError

USUAL = DesignAssumptions()
GRID = grid(rungs=(3, 5, 8), span=2.5, items=(100, 300, 1000), draws=(1, 4), arms=2)


def test_a_grid_is_every_combination_as_far_as_the_benchmark_goes() -> None:
    assert len(GRID) == 18
    short = grid(rungs=(3, 5), span=2.5, items=(100, 300, 1000), draws=(1,), arms=2, most_items=164)
    assert {design.items for design in short} == {100, 164}
    assert Design.even(5, 2.5, 300, 4, 3).attempts == 5 * 300 * 4 * 3


def test_the_cheapest_design_that_is_precise_enough() -> None:
    result = plan(designs=GRID, assumptions=USUAL, target="ceg", half_width=0.2)
    assert result.recommended is not None
    assert result.recommended.widths.ceg <= 0.2
    cheaper = [c for c in result.choices if c.cost < result.recommended.cost]
    assert cheaper
    assert all(choice.widths.ceg > 0.2 for choice in cheaper)


def test_the_most_precise_design_within_a_budget() -> None:
    result = plan(designs=GRID, assumptions=USUAL, target="interaction", budget=5000)
    assert result.recommended is not None
    affordable = [c for c in result.choices if c.design.attempts <= 5000]
    assert result.recommended.cost <= 5000
    assert result.recommended.widths.interaction == min(c.widths.interaction for c in affordable)


def test_both_at_once_may_be_too_much() -> None:
    result = plan(designs=GRID, assumptions=USUAL, target="ceg", half_width=0.1, budget=1000)
    assert result.recommended is None
    assert result.closest.cost <= 1000
    assert (
        plan(designs=GRID, assumptions=USUAL, target="ceg", half_width=0.2, budget=1e6).recommended
        is not None
    )


def test_nothing_is_recommended_that_cannot_be_paid() -> None:
    assert plan(designs=GRID, assumptions=USUAL, target="ceg", budget=10).recommended is None


def test_no_cheaper_design_beats_one_of_the_frontier() -> None:
    result = plan(designs=GRID, assumptions=USUAL)
    for choice in result.frontier:
        assert not any(
            other.cost <= choice.cost and other.widths.ceg < choice.widths.ceg
            for other in result.choices
        )


def test_larger_models_cost_more_flop() -> None:
    price = AttemptPrice(1e8, 1e10, 300)
    design = Design.even(3, 2.0, 100, 2, 4)
    assert price.flop(design) == pytest.approx(2 * 300 * 100 * 2 * 4 * (1e8 + 1e9 + 1e10))
    chosen = plan(designs=[design], assumptions=USUAL, price=price)
    assert chosen.choices[0].cost == price.flop(design)
    with pytest.raises(UserError, match="smaller model first"):
        AttemptPrice(1e10, 1e8, 300)


def test_a_ceg_takes_a_ladder() -> None:
    with pytest.raises(UserError, match="3 rungs"):
        plan(
            designs=grid(rungs=(1, 2), span=2.5, items=(100,), draws=(1,), arms=2),
            assumptions=USUAL,
        )
    pair = plan(
        designs=grid(rungs=(1,), span=2.5, items=(500,), draws=(4,), arms=4),
        assumptions=USUAL,
        target="interaction",
        half_width=0.3,
    )
    assert pair.recommended is not None
    with pytest.raises(UserError, match="no design"):
        plan(designs=[], assumptions=USUAL)


def test_assumptions_are_read_back_from_an_experiment_that_obeys_them() -> None:
    given = replace(USUAL, slope=1.4, base=0.5, item_sd=1.2, item_arm_sd=0.9, chance=0.2)
    given = replace(given, rung_sd=0.0, interaction_sd=0.0)
    results = [fitted(simulate(truth(Design.even(5, 3.0, 2000), given), s)) for s in range(4)]
    mean = {n: float(np.mean([f.values[n] for f in results])) for n in results[0].values}
    assert mean["slope"] == pytest.approx(1.4, rel=0.1)
    assert mean["base"] == pytest.approx(0.5, abs=0.02)
    assert mean["item_sd"] == pytest.approx(1.2, rel=0.1)
    assert mean["item_arm_sd"] == pytest.approx(0.9, rel=0.15)
    assert mean["chance"] == pytest.approx(0.2)
    assert mean["rung_sd"] < 0.15
    assert mean["interaction_sd"] < 0.15
    assert results[0].span == pytest.approx(3.0)
    assert not results[0].missing


def test_scatter_of_rungs_and_arms_is_told_apart() -> None:
    given = replace(USUAL, rung_sd=0.1, interaction_sd=0.4, slope=1.0)
    known = truth(Design.even(8, 3.0, 1500), given)
    results = [fitted(simulate(known, seed)).values for seed in range(8)]
    assert np.mean([f["interaction_sd"] for f in results]) == pytest.approx(0.4, rel=0.25)
    assert np.mean([f["rung_sd"] for f in results]) < 0.3


def test_one_rung_says_little_and_says_so() -> None:
    result = fitted(simulate(truth(Design.even(1, 0.0, 300), USUAL), 0))
    assert set(result.values) == {"chance", "base"}
    assert len(result.missing) == 2
    assert isnan(result.span)
    assert (
        plan(
            designs=[Design.even(1, 0.0, 300)], assumptions=USUAL, target="exponent"
        ).closest.widths.ceg
        != inf
    )
