"""What experiments of a design show, against the analysis of each by itself."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest

from analysis.composability.pairs import PairRelation
from analysis.contracts.estimate import Estimate, EstimateStatus, refused
from analysis.curves import compare
from analysis.design.assumptions import Design, DesignAssumptions
from analysis.design.foresee import foresee
from analysis.design.outlook import (
    TARGETS,
    Outlook,
    Prospect,
    ceg_is_seen,
    error,
    interaction,
    prospect,
    relation,
)
from analysis.design.simulated import simulated
from tests.thorough import THOROUGH, size

USUAL = DesignAssumptions()
CLEAR = replace(USUAL, ceg=10.0, ceg2=10.0)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the leave-one-out errors of the forms, which decide nothing and take the longest."""
    monkeypatch.setattr(compare, "leave_one_out", lambda *of: nan)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("rungs", "experiments"), [(3, size(20, 2)), (5, size(10, 1)), (8, size(10, 1))]
)
def test_each_experiment_shows_what_its_analysis_does(rungs: int, experiments: int) -> None:
    design = Design.even(rungs, 2.5, 150)
    batch = foresee(design, USUAL, experiments, seed=4, replicates=120)
    alone = simulated(design, USUAL, experiments, seed=4, replicates=120)
    for name in TARGETS:
        here, there = batch.of(name), alone.of(name)
        assert here.halves == pytest.approx(there.halves, rel=0.01)
        assert here.given.tolist() == there.given.tolist()
        assert here.seen.tolist() == there.seen.tolist()


@pytest.mark.skipif(not THOROUGH, reason="takes many minutes: THOROUGH=1 runs it")
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "design", [Design.even(3, 2.5, 200), Design.even(5, 2.5, 400), Design.even(8, 2.5, 800, 2)]
)
def test_power_and_assurance_are_those_of_the_analysis_with_many_replicates(
    design: Design,
) -> None:
    count = 100
    few = foresee(design, CLEAR, count)
    many = simulated(design, CLEAR, count, replicates=1000)
    for name in TARGETS:
        here, there = few.of(name), many.of(name)
        # The experiments are the same ones, so only the noise of few replicates is between them.
        for share in ("power", "refused", "unbounded"):
            assert getattr(here, share) == pytest.approx(getattr(there, share), abs=0.06)
        for assurance in (0.5, 0.8):
            assert here.half_width(assurance) == pytest.approx(
                there.half_width(assurance), rel=0.15
            )


def test_more_experiments_go_on_where_the_first_ended() -> None:
    design = Design.even(3, 2.5, 60)
    whole = foresee(design, USUAL, 6, seed=1, replicates=60)
    first, rest = (foresee(design, USUAL, 3, seed=s, replicates=60) for s in (1, 4))
    joined = first.joined(rest)
    assert joined.experiments == whole.experiments == 6
    assert joined.interaction.halves == pytest.approx(whole.interaction.halves, rel=0.01)


def test_a_prospect_counts_what_has_no_end_as_wider_than_any() -> None:
    of = Prospect(
        np.array([0.1, 0.2, 0.3, inf, inf]),
        np.array([True, True, True, True, False]),
        np.array([True, False, False, False, False]),
    )
    assert (of.half_width(), of.half_width(0.6), of.half_width(0.8)) == (0.3, 0.3, inf)
    assert of.assurance(0.25) == pytest.approx(0.4)
    assert (of.power, of.refused, of.unbounded) == pytest.approx((0.2, 0.2, 0.2))


def test_a_refused_estimate_is_not_given() -> None:
    known = Estimate(point=1.0, low=0.5, high=1.1)
    of = prospect([known, refused("no")], [True, False])
    assert of.halves.tolist() == [pytest.approx(0.3), inf]
    assert of.given.tolist() == [True, False]


def test_a_ceg_is_seen_where_its_interval_is_on_the_side_that_is_assumed() -> None:
    above = Estimate(point=0.5, low=0.1, high=inf, status=EstimateStatus.RIGHT_CENSORED)
    below = Estimate(point=-0.5, low=-0.9, high=-0.1, status=EstimateStatus.HARMFUL)
    flat = replace(above, status=EstimateStatus.FLAT_LADDER)
    harmful = replace(USUAL, ceg=0.5)
    assert ceg_is_seen(above, USUAL)
    assert not ceg_is_seen(below, USUAL)
    assert not ceg_is_seen(flat, USUAL)
    assert ceg_is_seen(below, harmful)
    assert not ceg_is_seen(above, harmful)


def test_the_relation_that_is_assumed() -> None:
    assert relation(USUAL) is PairRelation.SUBSTITUTES
    assert relation(replace(USUAL, exponent=1.0)) is PairRelation.INDEPENDENT
    assert relation(replace(USUAL, exponent=1.5)) is PairRelation.COMPLEMENTS
    assert interaction(CLEAR) == pytest.approx(-0.4 * 1.2)


def test_the_error_of_a_share_is_never_none() -> None:
    assert error(0.8, 200) == pytest.approx(0.0554, abs=1e-3)
    assert error(1.0, 200) > 0


def test_power_grows_with_the_interaction() -> None:
    design = Design.even(5, 2.5, 200)

    def power(ceg: float) -> Outlook:
        return foresee(design, replace(USUAL, ceg=ceg, ceg2=ceg), 16, replicates=80)

    weak, strong = power(2.0), power(30.0)
    assert strong.exponent.power > weak.exponent.power + 0.3
    assert strong.exponent.refused <= weak.exponent.refused
