"""Expected half-widths against the real estimator on simulated experiments."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.ceg.ladder import place
from analysis.design.assumptions import Design, DesignAssumptions, marginal, truth
from analysis.design.effects import RungEffect, excess
from analysis.design.foresee import foresee
from analysis.design.moments import moments
from analysis.design.predict import predict
from analysis.simulation import simulate
from analysis.uncertainty.resample import Resampled
from harness.errors import UserError
from tests.thorough import THOROUGH, size

USUAL = DesignAssumptions()
STILL = replace(USUAL, rung_sd=0.0, interaction_sd=0.0)
SIMULATIONS = size(60, 24)
"""The median of 60 half-widths has a standard error of about 4%, of 24 about 7%."""
LENIENT = 1.0 if THOROUGH else 1.6


@pytest.mark.parametrize(
    ("design", "assumptions"),
    [
        (Design.even(5, 2.5, 300), USUAL),
        (Design.even(5, 2.5, 300), STILL),
        (Design.even(5, 2.5, 600, 4), USUAL),
        (Design.even(8, 4.0, 300), USUAL),
        (Design.even(5, 3.0, 500), replace(USUAL, ceg=30, ceg2=10, base=0.3)),
        (Design.even(5, 2.5, 300, 2), replace(USUAL, item_sd=3.0, item_arm_sd=1.0)),
    ][: size(6, 2)],
)
def test_the_delta_method_ranks_designs_by_about_what_experiments_show(
    design: Design, assumptions: DesignAssumptions
) -> None:
    expected = predict(design, assumptions)
    result = foresee(design, assumptions, SIMULATIONS)
    # The delta method leaves out what the choice of a form adds to a CEG.
    assert expected.ceg == pytest.approx(result.ceg.half_width(), rel=0.2 * LENIENT)
    assert expected.interaction == pytest.approx(
        result.interaction.half_width(), rel=0.15 * LENIENT
    )
    # Half-widths of a ratio scatter: the median of 60 is itself known to 10% only, and beyond 1
    # the denominator may be nothing and widths are all tail. 200 simulations agree within 15%.
    if result.exponent.half_width() < 1:
        assert expected.exponent == pytest.approx(result.exponent.half_width(), rel=0.25 * LENIENT)


def test_without_a_ladder_the_pair_is_still_foreseen() -> None:
    design = Design.even(1, 0.0, 500, 4)
    expected, result = predict(design, USUAL), foresee(design, USUAL, SIMULATIONS)
    assert isnan(expected.ceg)
    assert result.ceg.refused == 1
    assert expected.exponent == pytest.approx(result.exponent.half_width(), rel=0.2 * LENIENT)
    assert expected.interaction == pytest.approx(
        result.interaction.half_width(), rel=0.15 * LENIENT
    )


def test_no_significant_slope_no_end() -> None:
    assert predict(Design.even(3, 0.2, 100), USUAL).ceg == inf


def test_a_second_pte_of_ceg_1_gives_no_exponent() -> None:
    assert predict(Design.even(5, 2.5, 100), replace(USUAL, ceg2=1.01)).exponent == inf


@settings(max_examples=25, deadline=None)
@given(
    st.integers(3, 8),
    st.floats(2, 4),
    st.integers(200, 2000),
    st.integers(1, 8),
    st.floats(0.2, 0.7),
)
def test_more_items_and_more_draws_never_cost_precision_without_rung_effects(
    rungs: int, span: float, items: int, draws: int, base: float
) -> None:
    given_base = replace(STILL, base=base)
    here = predict(Design.even(rungs, span, items, draws), given_base)
    more = predict(Design.even(rungs, span, 2 * items, draws), given_base)
    again = predict(Design.even(rungs, span, items, 2 * draws), given_base)
    for name in ("ceg", "interaction"):
        assert more.of(name) <= here.of(name) * 1.001
        assert again.of(name) <= here.of(name) * 1.001


def test_where_zero_lies_on_the_axis_does_not_matter() -> None:
    design = Design.even(5, 2.5, 300)
    moved = replace(design, x=tuple(value + 3 for value in design.x))
    here, there = predict(design, USUAL), predict(moved, USUAL)
    for name in ("ceg", "exponent", "interaction"):
        assert there.of(name) == pytest.approx(here.of(name), rel=1e-6)


def test_the_truth_has_the_score_and_slope_that_were_assumed() -> None:
    given_chance = replace(STILL, chance=0.25, base=0.5, slope=1.7)
    known = truth(Design((1.0, 2.0, 4.0), 300), given_chance)
    step = 1e-4
    share = (known.mean(np.array([2.5 - step, 2.5, 2.5 + step])) - 0.25) / 0.75
    logits = np.log(share / (1 - share))
    assert known.mean(2.5) == pytest.approx(0.5)
    assert (logits[2] - logits[0]) / (2 * step) == pytest.approx(1.7, rel=1e-4)
    assert 0 < marginal(given_chance).attenuation < 1


def test_the_estimator_finds_the_slope_that_was_assumed() -> None:
    known = truth(Design.even(5, 2.5, 300), STILL)
    exact = known.mean(np.array(known.x) + known.shifts[:, None])
    experiment = replace(simulate(known, 0), means=exact)
    fit = place(experiment, Resampled(exact, exact[None]))
    assert fit.point.slope[0] == pytest.approx(USUAL.slope, rel=0.05)


def test_moments_are_those_of_many_experiments() -> None:
    design = Design.even(3, 2.0, 40, 2)
    known = truth(design, STILL)
    means = np.array([simulate(known, seed).means.ravel() for seed in range(4000)])
    expected = moments(design.x, STILL)
    covariance = expected.covariance(design.items, design.draws).reshape(12, 12)
    assert means.mean(axis=0) == pytest.approx(expected.means.ravel(), abs=0.005)
    assert np.abs(np.cov(means.T) - covariance).max() < 0.08 * covariance.max()


def test_an_effect_alone_has_the_tails_of_student() -> None:
    squared = stats.norm.isf(0.025) ** 2 + excess(1.0, 1.0, 4)
    assert np.sqrt(squared) == pytest.approx(stats.t.isf(0.025, 4), rel=0.01)
    assert excess(0.0, 1.0, 4) == 0
    assert excess(1.0, 1.0, 0) == 0


def test_estimates_of_an_effect_scatter_about_it() -> None:
    result = RungEffect(0.04, 0.01, 4).estimates()
    assert np.median(result) < 0.04 < result.max()
    assert (RungEffect(0.0, 0.01, 4).estimates() == 0).mean() > 0.5
    assert RungEffect(0.04, 0.01, 0).estimates().tolist() == [0.0]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"base": 1.2}, "base"),
        ({"base": 0.2, "chance": 0.25}, "chance"),
        ({"slope": 0.0}, "slope"),
        ({"ceg": -1.0}, "ceg"),
        ({"item_sd": -0.1}, "item_sd"),
        ({"rung_sd": float("nan")}, "rung_sd"),
    ],
)
def test_assumptions_that_cannot_be_are_named(change: dict[str, float], named: str) -> None:
    with pytest.raises(UserError, match=named):
        replace(USUAL, **change)


def test_designs_that_cannot_be_are_named() -> None:
    with pytest.raises(UserError, match="items"):
        Design.even(5, 2.5, 1)
    with pytest.raises(UserError, match="rise"):
        Design((0.0, 0.0, 1.0), 100)
    with pytest.raises(UserError, match="OOM"):
        Design.even(3, 0.0, 100)
