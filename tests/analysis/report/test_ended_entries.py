"""What estimates, tables and the page say of how attempts ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.exchange.estimates import validator
from analysis.pipeline import AnalysisSettings, analyse
from analysis.reading.records import from_frame
from analysis.report import gain_tables, report, tables
from analysis.report.export import document
from analysis.report.summary import terminal
from analysis.result import ExperimentResult
from analysis.simulation import Truth, composed
from tests.analysis.simulated_records import write_records

TRUTH = Truth(composed({"chain_of_thought": 4.0, "b": 2.0}), x=(-1.0, 0.0, 1.0), items=120, draws=1)
SETTINGS = AnalysisSettings(replicates=100)
NEW = ["cut", "at_once", "attempts", "cut_attempts", "unread_attempts", "score_if_cut_right"]


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Records in which a third of the wrong attempts of chain of thought were cut, and a fifth of
    the base's answers came after words."""
    frame = write_records(TRUTH, tmp_path_factory.mktemp("records"), seed=1).frame()
    wrong = frame.index[(frame["stack"] == "chain_of_thought") & (frame["score"] == 0)][::3]
    frame.loc[wrong, "cut"] = True
    frame.loc[wrong, "status"] = "cut"
    frame.loc[wrong, ["cut_attempts", "score_if_cut_right"]] = [1, 1.0]
    base = frame.index[frame["stack"] == "base"]
    frame["at_once"] = frame["at_once"].astype(object)
    frame.loc[base, "at_once"] = [n % 5 > 0 for n in range(len(base))]
    return frame


@pytest.fixture(scope="module")
def result(frame: pd.DataFrame) -> ExperimentResult:
    return analyse(from_frame(frame), SETTINGS)[0]


@pytest.fixture(scope="module")
def entries(result: ExperimentResult) -> dict[str, dict[str, Any]]:
    content = document([result], SETTINGS, ["runs"])
    validator().validate(content)
    return {e["id"].partition("/")[2]: e for e in content["estimates"]}


def test_a_gain_has_its_range_beside_it(entries: dict[str, dict[str, Any]]) -> None:
    for kind in ("ceg", "predictor_difference", "score_difference"):
        entry = entries[f"{kind}/chain_of_thought"]
        assert entry["low_if_cut_right"] == pytest.approx(entry["point"], rel=1e-4)
        assert entry["high_if_cut_right"] > entry["point"] * 1.1
        assert entry["cut"] > 0.03
        assert entry["base_cut"] == 0
    points = entries["score_difference/chain_of_thought"]
    rise = points["high_if_cut_right"] - points["point"]
    assert rise == pytest.approx(100 * points["cut"], rel=1e-4)
    on_rung = entries["ceg_rung/chain_of_thought/simulated-1"]
    assert on_rung["low_if_cut_right"] <= on_rung["point"] < on_rung["high_if_cut_right"]


def test_a_score_has_its_bound(entries: dict[str, dict[str, Any]]) -> None:
    entry = entries["score/chain_of_thought/simulated-0"]
    assert entry["high_if_cut_right"] == pytest.approx(entry["point"] + entry["cut"], rel=1e-4)
    assert (entry["low_if_cut_right"], entry["flags"]) == (entry["point"], ["cut"])
    assert entries["score/base/simulated-0"]["at_once"] == pytest.approx(0.8)
    assert entries["score/b/simulated-0"]["flags"] == []


def test_gains_of_reasoning_are_flagged_and_others_are_not(
    entries: dict[str, dict[str, Any]],
) -> None:
    flags = {
        name: entries[name]["flags"]
        for name in (
            *("ceg/chain_of_thought", "ceg/b+chain_of_thought", "ceg/b"),
            *("conditional_ceg/chain_of_thought/on/b", "conditional_ceg/b/on/chain_of_thought"),
            "exponent/chain_of_thought/b",
        )
    }
    assert flags == {
        "ceg/chain_of_thought": ["cut", "base reasons"],
        "ceg/b+chain_of_thought": ["base reasons"],
        "ceg/b": [],
        "conditional_ceg/chain_of_thought/on/b": ["base reasons"],
        "conditional_ceg/b/on/chain_of_thought": ["cut"],
        "exponent/chain_of_thought/b": ["cut", "base reasons"],
    }
    assert entries["ceg/b"]["base_at_once"] == pytest.approx(0.8)


def test_tables_and_terminal_say_it(result: ExperimentResult) -> None:
    scores = tables.scores([result]).to_dict("records")
    row = next(r for r in scores if (r["arm"], r["model"]) == ("chain_of_thought", "simulated-0"))
    assert row["score_if_cut_right"] == pytest.approx(row["score"] + 100 * row["cut_share"])
    cegs = {row["arm"]: row for row in gain_tables.cegs([result]).to_dict("records")}
    assert cegs["chain_of_thought"]["flags"] == "cut; base reasons"
    assert cegs["b"]["flags"] == ""
    assert cegs["chain_of_thought"]["ceg_if_cut_right_high"] > cegs["chain_of_thought"]["ceg"]
    care = {row["arm"]: row["read with care"] for row in terminal(result, 9)}
    assert care["b"] == ""
    assert "base reasons (80% at once)" in care["chain_of_thought"]
    assert "base 0%: CEG" in care["chain_of_thought"]


def test_the_page_says_it_first(result: ExperimentResult, tmp_path: Path) -> None:
    report.write(report.build([result], SETTINGS, "pte analyze"), tmp_path)
    page = (tmp_path / "report.html").read_text()
    answer = page[page.index("The answer in short</h2>") : page.index("What was measured</h2>")]
    assert "read with care" in answer
    assert "base reasons (80% at once)" in answer
    assert "chain_of_thought: a token limit cut many of its attempts" in page
    assert "score if cut right" in page


def test_of_older_records_nothing_is_said_to_be_0(frame: pd.DataFrame) -> None:
    (old,) = analyse(from_frame(frame.drop(columns=NEW)), SETTINGS)
    content = document([old], SETTINGS, ["runs"])
    validator().validate(content)
    for entry in content["estimates"]:
        assert {entry[name] for name in ("cut", "base_cut", "unread", "at_once")} == {None}
        assert {entry[f"{end}_if_cut_right"] for end in ("low", "high")} == {None}
        assert (entry["base_at_once"], entry["flags"]) == (None, [])
    assert np.isnan(tables.scores([old])["cut_share"]).all()
    assert "read with care" not in terminal(old, 9)[0]
