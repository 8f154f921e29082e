"""Choosing a design by what experiments of it show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.design import choose as choosing
from analysis.design.assumptions import DesignAssumptions
from analysis.design.choose import Wanted, choose
from analysis.design.plan import DesignPlan, grid

STRONG = replace(DesignAssumptions(), ceg=20.0, ceg2=20.0)
GRID = grid(rungs=(3, 5), span=2.5, items=(50, 150), draws=(1,), arms=4)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "SEARCHED", 8)


def chosen(wanted: Wanted) -> DesignPlan:
    return choose(designs=GRID, assumptions=STRONG, wanted=wanted, experiments=12)


def test_the_cheapest_of_the_power_that_is_wanted() -> None:
    wanted = Wanted(target="exponent", power=0.5)
    result = chosen(wanted)
    assert result.recommended is not None
    assert result.recommended.outlook is not None
    assert result.recommended.outlook.experiments == 12
    assert result.recommended.outlook.exponent.power >= 0.5
    cheaper = [
        c for c in result.choices if c.outlook is not None and c.cost < result.recommended.cost
    ]
    assert not any(wanted.met(c.outlook) for c in cheaper if c.outlook is not None)


def test_assurance_takes_more_than_the_median() -> None:
    median = chosen(Wanted(target="interaction", half_width=0.8))
    sure = chosen(Wanted(target="interaction", half_width=0.8, assurance=0.9))
    assert median.recommended is not None
    assert sure.recommended is not None
    assert sure.recommended.cost >= median.recommended.cost
    assert sure.recommended.outlook is not None
    assert sure.recommended.outlook.interaction.assurance(0.8) >= 0.9


def test_the_most_precise_within_a_budget() -> None:
    result = chosen(Wanted(target="interaction", budget=1500))
    assert result.recommended is not None
    assert result.recommended.cost <= 1500
    simulated = [c for c in result.choices if c.outlook is not None]
    assert {len(c.design.x) for c in simulated} == {3, 5}


def test_what_is_out_of_reach_has_a_closest() -> None:
    result = chosen(Wanted(target="ceg", half_width=0.01))
    assert result.recommended is None
    assert result.closest.outlook is not None
    short = chosen(Wanted(target="ceg", half_width=0.5, budget=10))
    assert short.recommended is None
