"""What a report leads with where an arm's gain changes along the ladder."""

from __future__ import annotations

import re

import numpy as np
import pytest

from analysis.report import summary
from analysis.report.columns import meaning
from analysis.report.gain_tables import cegs, cegs_by_compute
from analysis.report.plots.by_compute import by_compute
from analysis.report.plots.gains import by_arm
from analysis.result import ExperimentResult

ENDS = r"from [\d.]+ \([^)]*\) at 1.0e20 FLOP.* to [\d.]+ \([^)]*\) at 1.0e22 FLOP"


def test_the_summary_leads_with_both_ends_and_marks_the_mean(growing: ExperimentResult) -> None:
    said = summary.sentence(growing)
    assert "The largest CEG is that of a, and it depends on compute" in said
    assert re.search(ENDS, said)
    assert "is rejected as one CEG over the ladder" in said
    rows = {row["arm"]: row for row in summary.table(growing).to_dict("records")}
    assert re.search(ENDS, rows["a"]["CEG, x compute"].text)
    assert rows["a"][summary.MEAN].text
    assert rows["b"][summary.MEAN].text == ""
    assert re.search(ENDS, str(summary.terminal(growing, 5)[0]["CEG"]))


def test_where_one_ceg_holds_nothing_is_marked(results: tuple[ExperimentResult, ...]) -> None:
    assert summary.MEAN not in summary.table(results[0])
    assert "depends on compute" not in summary.sentence(results[0])
    assert len(cegs_by_compute(results)) == 0
    assert "one CEG holds" in by_compute(results[0]).reason


def test_the_table_by_compute_goes_from_rung_to_rung(growing: ExperimentResult) -> None:
    frame = cegs_by_compute([growing])
    assert all(meaning(str(column)) for column in frame)
    assert set(frame["arm"]) == {"a"}
    assert list(frame["training_flop"]) == sorted(frame["training_flop"])
    rungs = frame[frame["models"] != ""]
    assert list(rungs["models"]) == [rung.model for rung in growing.experiment.rungs]
    assert (frame["ceg_low"] <= frame["ceg"]).all()
    row = cegs([growing]).set_index("arm").loc["a"]
    assert row["one_ceg"] == "rejected"
    assert row["ceg_growth"] == pytest.approx(3 * np.diff(rungs["log10_ceg"]).mean(), rel=1e-6)


def test_the_plot_has_a_band_and_the_other_one_marks_means(growing: ExperimentResult) -> None:
    figure = by_compute(growing)
    assert figure.chart is not None
    assert "a (mean)" in str(by_arm(growing).chart.to_dict())
