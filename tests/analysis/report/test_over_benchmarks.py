"""Gains over several benchmarks: what is pooled, what counts once, what is left out and named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.contracts.estimate import EstimateStatus
from analysis.contracts.experiment import Experiment
from analysis.pipeline import AnalysisSettings, analyse
from analysis.report.body import pooled as section
from analysis.report.over_benchmarks import over_benchmarks, told
from analysis.report.plots.pooled import pooled
from analysis.result import ExperimentResult
from analysis.simulation import Truth, simulate

FEW_SHOT = frozenset({"few_shot"})


def experiment(benchmark: str, family: str, gain: float, slope: float = 1.5) -> Experiment:
    x = tuple(np.linspace(-1, 1, 5).tolist())
    made = simulate(Truth({FEW_SHOT: gain}, x, slope=slope, items=600), sum(map(ord, benchmark)))
    rungs = tuple(replace(rung, family=family) for rung in made.rungs)
    name = f"{benchmark} ({family})"
    return replace(made, name=name, benchmark=benchmark, rungs=rungs, shares_items_with=())


@pytest.fixture(scope="module")
def ladders() -> tuple[ExperimentResult, ...]:
    """Three benchmarks on one ladder, of which one is flat, and two of them on another."""
    return analyse(
        [
            experiment("a", "one", 0.2),
            experiment("b", "one", 0.5),
            experiment("flat", "one", 0.4, slope=0.0),
            experiment("a", "two", 0.2),
            experiment("b", "two", 0.5),
        ],
        AnalysisSettings(replicates=200),
    )


def test_a_benchmark_counts_once_and_what_has_no_interval_is_named(
    ladders: tuple[ExperimentResult, ...],
) -> None:
    frame = over_benchmarks(ladders).set_index(["measure", "ladder"])
    assert list(frame.loc["CEG"].index) == ["one", "two", "all ladders"]
    assert (frame.loc["CEG"]["benchmark_count"] == 2).all()
    assert frame.loc[("CEG", "one"), "benchmarks"] == "a, b"
    assert str(frame.loc[("CEG", "one"), "not_pooled"]).startswith("flat (one): ")
    assert frame.loc[("CEG", "two"), "not_pooled"] == ""
    assert frame.loc[("points", "one"), "benchmark_count"] == 3
    own = frame.loc["CEG"]
    # Two ladders on the same items are as one: hardly surer than either of them alone.
    widths = np.log10(own["mean_high"] / own["mean_low"])
    assert widths["all ladders"] > 0.7 * min(widths["one"], widths["two"])
    assert (own["further_low"] < own["mean_low"]).all()
    assert (own["further_high"] > own["mean_high"]).all()


def test_an_interval_that_says_nothing_is_no_further_benchmark(
    ladders: tuple[ExperimentResult, ...],
) -> None:
    (gain,) = ladders[2].cegs
    wide = replace(gain.ceg, point=0.0, low=-20.0, high=20.0, status=EstimateStatus.INTERPOLATED)
    vague = replace(ladders[2], cegs=(replace(gain, ceg=wide),))
    row = over_benchmarks((*ladders[:2], vague)).query("measure == 'CEG'").iloc[0]
    assert row["benchmark_count"] == 2
    assert row["not_pooled"] == "flat (one): its interval says nothing"


def test_mean_and_prediction_are_told_tabled_and_drawn(
    ladders: tuple[ExperimentResult, ...],
) -> None:
    sentences = told(ladders)
    assert len(sentences) == 3
    assert sentences[0].startswith("few_shot on one, over 2 benchmarks: CEG ")
    assert pooled(ladders).chart is not None
    charts: dict[str, object] = {}
    (made,) = section(ladders, charts)
    assert list(charts) == ["ceg-over-benchmarks"]
    assert len(made.tables[0][1]) == 6


def test_one_benchmark_has_no_such_section(ladders: tuple[ExperimentResult, ...]) -> None:
    assert over_benchmarks(ladders[:1]).empty
    assert told(ladders[:1]) == []
    assert list(section(ladders[:1], {})) == []
    assert pooled(ladders[:1]).reason


def test_gains_in_points_stay_within_what_a_score_can_be() -> None:
    """Scores of 38 of 104 but for two: the base's curve is a step, and logits have no end."""
    made = experiment("chance", "one", 0.0)
    means = np.full((2, 5), 38 / 104)
    means[0, 2], means[0, 4] = 59 / 104, 57 / 104
    order = [made.arm("base"), made.arm("few_shot")]
    means = means[np.argsort(order)]
    counts = np.full((2, 5), 104.0)
    measured = replace(made, scores=None, means=means, counts=counts, chance=0.5, items=())
    (result,) = analyse([measured], AnalysisSettings(replicates=200))
    points = result.cegs[0].points
    base = float(means[made.arm("base")].mean())
    assert -base - 0.1 <= points.low <= points.point <= points.high <= 1.1 - base
