"""M over categories: recovered from stacks that follow it, refused where it cannot be known."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from analysis.ceg.ladder import LadderFit, place
from analysis.composability.total import Total, total
from analysis.contracts.estimate import Status
from analysis.simulation.draws import simulate
from analysis.simulation.truth import Truth
from analysis.uncertainty.resample import resample

CATEGORIES = {"few_shot": "prompting", "cot": "prompting", "vote": "selection", "code": "tools"}


def _seeded(m: float, cegs: dict[str, float]) -> dict[frozenset[str], float]:
    """Stacks of one PTE a category whose CEGs follow the seed's rule exactly."""
    gains = {}
    for size in range(1, len(cegs) + 1):
        for names in combinations(sorted(cegs, key=lambda n: -cegs[n]), size):
            gains[frozenset(names)] = sum(cegs[n] * m**i for i, n in enumerate(names))
    return gains


def _total(truth: Truth) -> tuple[Total, LadderFit]:
    experiment = simulate(truth, seed=5)
    fit = place(experiment, resample(experiment, 600, seed=0))
    return total(fit), fit


@pytest.mark.parametrize("m", [0.3, 0.6, 1.0, 1.3])
def test_m_is_recovered(m: float) -> None:
    gains = _seeded(m, {"cot": 0.7, "vote": 0.5, "code": 0.3})
    found, _ = _total(Truth(gains, items=6000, slope=1.2, item_arm_sd=0.1, categories=CATEGORIES))
    assert found.m.low <= m <= found.m.high
    assert found.m.point == pytest.approx(m, abs=0.15)
    assert found.categories == ("prompting", "selection", "tools")
    assert len(found.stacks) == 4
    assert found.residual < 0.1


def test_parts_within_a_category_are_taken_together() -> None:
    gains = {
        frozenset({"few_shot"}): 0.3,
        frozenset({"cot"}): 0.4,
        frozenset({"few_shot", "cot"}): 0.6,
        frozenset({"vote"}): 0.5,
        frozenset({"few_shot", "cot", "vote"}): 0.6 + 0.5 * 0.5,
    }
    found, _ = _total(Truth(gains, items=6000, slope=1.2, item_arm_sd=0.1, categories=CATEGORIES))
    assert found.stacks == ("cot+few_shot+vote",)
    assert found.m.low <= 0.5 <= found.m.high


def test_a_part_that_does_nothing_leaves_its_stack_out() -> None:
    gains = _seeded(0.6, {"cot": 0.6, "vote": 0.0})
    found, _ = _total(Truth(gains, items=500, categories=CATEGORIES))
    assert found.m.status is Status.REFUSED
    assert found.left_out == ("cot+vote: its part in selection (vote) does not clearly help",)


def test_a_part_that_was_not_measured_is_named() -> None:
    gains = _seeded(0.6, {"cot": 0.6, "vote": 0.5})
    del gains[frozenset({"vote"})]
    found, _ = _total(Truth(gains, items=500, categories=CATEGORIES))
    assert found.m.status is Status.REFUSED
    assert "its part in selection (vote) was not measured" in found.left_out[0]


def test_m_at_the_end_of_the_search_has_no_end() -> None:
    gains = _seeded(2.6, {"cot": 0.3, "vote": 0.25})
    found, _ = _total(Truth(gains, items=6000, slope=1.2, item_arm_sd=0.1, categories=CATEGORIES))
    assert found.m.status is Status.RIGHT_CENSORED
    assert found.m.high == float("inf")


def test_a_pte_of_unknown_category_leaves_its_stack_out() -> None:
    experiment = simulate(Truth(_seeded(0.6, {"cot": 0.6, "vote": 0.5}), items=200), seed=5)
    arms = tuple(
        replace(arm, categories={k: CATEGORIES[k] for k in arm.ptes if k != "vote"} | extra)
        for arm, extra in zip(experiment.arms, ({}, {}, {}, {"else": "tools"}), strict=True)
    )
    changed = replace(experiment, arms=arms)
    found = total(place(changed, resample(changed, 200, seed=0)))
    assert found.left_out == ("cot+vote: the category of vote is not known",)
