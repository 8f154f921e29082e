"""`pte forecast` with statements of the user's, from options to files."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest

from analysis.cli import forecast
from analysis.forecast.output.document import schema

TABLE = """\
rows:
  - {key: reasoning, name: Reasoning by reinforcement learning, category: training, date: 2024-09,
     low: 10, high: 100, ceg_rule: judgement, note: a test, source: "A paper, table 3"}
  - {key: retro, drop: true}
  - {key: lats, inference: 50}
  - {key: webgpt, ceg: 4}
"""
TRENDS = """\
date,model,flop,ptes,benchmark,score
2020-01,small,1e22,,quiz,20
2021-01,middle,1e23,,quiz,50
2022-01,large,1e24,,quiz,80
2022-06,middle,1e23,lats,quiz,65
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stated")
    (folder / "rows.yaml").write_text(TABLE)
    (folder / "results.csv").write_text(TRENDS)
    parser = argparse.ArgumentParser()
    forecast.add_arguments(parser)
    words = (
        f"--table {folder}/rows.yaml --trends {folder}/results.csv --cap 5 --budget 100 "
        f"--shrink 0.8 --slope-from 2021-10 --draws 200 --reference-compute 1e24 -o {folder}/out"
    )
    assert forecast.execute(parser.parse_args(words.split())) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def document(written: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((written / "forecast.json").read_text())
    return result


def test_the_document_says_what_was_stated(document: dict[str, Any]) -> None:
    jsonschema.validate(document, schema())
    told = document["stated"]
    assert told["table"]["name"] == "rows.yaml"
    assert told["cap_kind"] == "hard"
    assert told["convention"] == "from 2021-10"
    assert any("reasoning added" in change for change in told["changes"])
    under = document["headline"]["under"]
    assert under == "cap 5 OOM (hard); budget 100x, unpriced PTEs left out"
    ahead = [x for x in document["headline"]["lines"] if "2026-12, param" in x["quantity"]]
    assert ahead
    assert all(x["high"] <= 5 and x["under"] == under for x in ahead)
    assert {row["pte"] for row in document["table"]} >= {"reasoning", "lats"}
    assert "retro" not in {row["pte"] for row in document["table"]}
    assert document["backtest"]["scores"][0]["model"] == "line"
    assert {row["benchmark"] for row in document["trends"]} == {"quiz"}


def test_the_report_says_it_too(written: Path) -> None:
    page = (written / "report.html").read_text()
    for words in (
        "cap 5 OOM (hard); budget 100x",
        "From the printed number to the headline",
        "Backtest",
        "reasoning added (2024-09): A paper, table 3",
        "results.csv",
    ):
        assert words in page, words


def test_the_tables_and_plots_are_there(written: Path) -> None:
    effects = pd.read_csv(written / "effects.csv")
    assert list(effects["step"])[-1] == "slope by 'from 2021-10'"
    assert len(pd.read_csv(written / "backtest_scores.csv")) == 4
    costs = pd.read_csv(written / "costs.csv").set_index("pte")["source"]
    assert set(costs) == {"printed", "not known", "table"}
    assert costs["lats"] == "table"
    table = pd.read_csv(written / "table.csv").set_index("pte")["source"]
    assert table["lats"] == "the write-up"
    assert table["webgpt"] == "the write-up, changed"
    names = {path.name for path in (written / "plots").iterdir()}
    assert {"effects.svg", "calibration.png", "trends.svg"} <= names
