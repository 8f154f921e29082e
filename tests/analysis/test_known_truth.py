"""The whole chain on a ladder whose truth is known: records on disk to CEG, exponents and M."""

from __future__ import annotations

from math import log10
from pathlib import Path

import pytest

from analysis.contracts.estimate import EstimateStatus
from analysis.contracts.finding import Severity
from analysis.pipeline import AnalysisSettings, analyse
from analysis.reading.records import read
from analysis.result import ExperimentResult
from analysis.simulation import Truth, composed
from tests.analysis.simulated_records import write_records

CATEGORIES = {"few_shot": "prompting", "chain_of_thought": "prompting", "react": "scaffolding"}
CEGS = {"chain_of_thought": 6.0, "few_shot": 4.0, "react": 2.5}
EXPONENTS = {
    frozenset({"chain_of_thought", "few_shot"}): 0.3,
    frozenset({"chain_of_thought", "react"}): 0.6,
    frozenset({"few_shot", "react"}): 0.6,
}
GAINS = composed(CEGS, EXPONENTS)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ExperimentResult:
    folder: Path = tmp_path_factory.mktemp("truth") / "records"
    x = (-1.0, -0.25, 0.5, 1.25, 2.0)
    truth = Truth(GAINS, x, items=1500, slope=1.3, item_sd=1.2, rung_sd=0.05, categories=CATEGORIES)
    write_records(truth, folder, seed=11)
    (results,) = analyse(read([folder]), AnalysisSettings(replicates=2000))
    return results


def test_every_ceg_is_inside_its_interval_but_for_chance(result: ExperimentResult) -> None:
    arms = {arm.label: frozenset(arm.ptes) for arm in result.experiment.arms}
    inside = [found.ceg.low <= GAINS[arms[found.arm]] <= found.ceg.high for found in result.cegs]
    assert len(inside) == 7
    assert sum(inside) >= 6
    for results in result.cegs:
        assert results.ceg.status is EstimateStatus.INTERPOLATED
        assert results.ceg.point == pytest.approx(GAINS[arms[results.arm]], abs=0.2)
        assert results.discrete.low <= results.ceg.point + 0.05


def test_exponents_and_m_are_inside_their_intervals(result: ExperimentResult) -> None:
    for pair in result.pairs:
        assert (CEGS[pair.larger], CEGS[pair.smaller]) == tuple(
            sorted((CEGS[pair.larger], CEGS[pair.smaller]), reverse=True)
        )
        true = EXPONENTS[frozenset({pair.larger, pair.smaller})]
        assert pair.exponent.low <= true <= pair.exponent.high
    assert result.total is not None
    whole, prompting, react = GAINS[frozenset(CEGS)], GAINS[frozenset(list(CEGS)[:2])], log10(2.5)
    exact = [0.6, 0.6, (whole - prompting) / react]  # M that each of the three stacks follows
    assert min(exact) - 0.01 <= result.total.m.high
    assert result.total.m.low <= max(exact) + 0.01
    assert result.total.m.bounded


def test_nothing_is_flagged_where_nothing_is_wrong(result: ExperimentResult) -> None:
    (luck,) = result.findings
    assert luck.severity is Severity.NOTE
    assert luck.message.startswith("training luck is ")
