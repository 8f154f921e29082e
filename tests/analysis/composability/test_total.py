"""M over categories: recovered from stacks that follow it, refused where it cannot be known."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from analysis.ceg.ladder import LadderFit, place
from analysis.composability.total import FittedM, fit_m
from analysis.contracts.estimate import EstimateStatus
from analysis.simulation.draws import simulate
from analysis.simulation.truth import Truth
from analysis.uncertainty.resample import resample

CATEGORIES = {"few_shot": "prompting", "cot": "prompting", "vote": "selection", "code": "tools"}


def _seeded(m: float, cegs: dict[str, float]) -> dict[frozenset[str], float]:
    """Stacks of one PTE a category whose CEGs follow Lifland et al.'s rule exactly."""
    gains = {}
    for size in range(1, len(cegs) + 1):
        for names in combinations(sorted(cegs, key=lambda n: -cegs[n]), size):
            gains[frozenset(names)] = sum(cegs[n] * m**i for i, n in enumerate(names))
    return gains


def _total(truth: Truth) -> tuple[FittedM, LadderFit]:
    experiment = simulate(truth, seed=5)
    fit = place(experiment, resample(experiment, 600, seed=0))
    return fit_m(fit), fit


@pytest.mark.parametrize("m", [0.3, 0.6, 1.0, 1.3])
def test_m_is_recovered(m: float) -> None:
    gains = _seeded(m, {"cot": 0.7, "vote": 0.5, "code": 0.3})
    result, _ = _total(Truth(gains, items=6000, slope=1.2, item_arm_sd=0.1, categories=CATEGORIES))
    assert result.m.low <= m <= result.m.high
    assert result.m.point == pytest.approx(m, abs=0.15)
    assert result.categories == ("prompting", "selection", "tools")
    assert len(result.stacks) == 4
    assert result.residual < 0.1


def test_parts_within_a_category_are_taken_together() -> None:
    gains = {
        frozenset({"few_shot"}): 0.3,
        frozenset({"cot"}): 0.4,
        frozenset({"few_shot", "cot"}): 0.6,
        frozenset({"vote"}): 0.5,
        frozenset({"few_shot", "cot", "vote"}): 0.6 + 0.5 * 0.5,
    }
    result, _ = _total(Truth(gains, items=6000, slope=1.2, item_arm_sd=0.1, categories=CATEGORIES))
    assert result.stacks == ("cot+few_shot+vote",)
    assert result.m.low <= 0.5 <= result.m.high


def test_a_part_that_does_nothing_leaves_its_stack_out() -> None:
    gains = _seeded(0.6, {"cot": 0.6, "vote": 0.0})
    result, _ = _total(Truth(gains, items=500, categories=CATEGORIES))
    assert result.m.status is EstimateStatus.REFUSED
    assert result.left_out == ("cot+vote: its part in selection (vote) does not clearly help",)


def test_a_part_that_was_not_measured_is_named() -> None:
    gains = _seeded(0.6, {"cot": 0.6, "vote": 0.5})
    del gains[frozenset({"vote"})]
    result, _ = _total(Truth(gains, items=500, categories=CATEGORIES))
    assert result.m.status is EstimateStatus.REFUSED
    assert "its part in selection (vote) was not measured" in result.left_out[0]


def test_m_at_the_end_of_the_search_has_no_end() -> None:
    gains = _seeded(2.6, {"cot": 0.3, "vote": 0.25})
    result, _ = _total(Truth(gains, items=6000, slope=1.2, item_arm_sd=0.1, categories=CATEGORIES))
    assert result.m.status is EstimateStatus.RIGHT_CENSORED
    assert result.m.high == float("inf")


def test_a_pte_of_unknown_category_leaves_its_stack_out() -> None:
    experiment = simulate(Truth(_seeded(0.6, {"cot": 0.6, "vote": 0.5}), items=200), seed=5)
    arms = tuple(
        replace(arm, categories={k: CATEGORIES[k] for k in arm.ptes if k != "vote"} | extra)
        for arm, extra in zip(experiment.arms, ({}, {}, {}, {"else": "tools"}), strict=True)
    )
    changed = replace(experiment, arms=arms)
    result = fit_m(place(changed, resample(changed, 200, seed=0)))
    assert result.left_out == ("cot+vote: the category of vote is not known",)
