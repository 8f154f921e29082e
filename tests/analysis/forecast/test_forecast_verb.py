"""`pte forecast`, from options to files."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest

from analysis.cli import forecast
from analysis.forecast.output.document import schema
from harness.errors import UserError
from tests.analysis.forecast.test_forecast_measured import estimate
from tests.analysis.forecast.test_forecast_measured import written as written_estimates


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    forecast.add_arguments(parser)
    return parser.parse_args(arguments)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forecast") / "out"
    options = parsed("-o", str(folder), "--draws", "500", "--until", "2025-06", "--cap", "6")
    assert forecast.execute(options) == 0
    return folder


@pytest.fixture(scope="module")
def document(written: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((written / "forecast.json").read_text())
    return result


def test_the_document_keeps_its_schema(document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(document, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"more": 1}, schema())


def test_the_document_has_the_seeds_numbers(document: dict[str, Any]) -> None:
    assert document["sigmoid"]["k"]["computed"] == pytest.approx(1.164309, abs=1e-6)
    assert document["sigmoid"]["x0"]["printed"] == 3.5996951849783962
    slopes = {one["m"]: one["slope"] for one in document["by_m"]}
    assert {m: round(s["computed"], 3) for m, s in slopes.items()} == {
        0.3: 0.569,
        0.45: 0.768,
        0.6: 1.048,
        0.8: 1.602,
    }
    assert slopes[0.6]["printed"] == 1.0
    totals = next(one["totals"] for one in document["by_m"] if one["m"] == 0.6)
    assert (totals[-1]["date"], round(totals[-1]["ceg"])) == ("2023-10", 45518)
    assert all(abs(r["printed"] - r["computed"]) < 1e-9 for r in document["running_totals"])
    assert document["forecast"]["bands"][-1]["date"] == "2025-06"
    assert {band["cap"] for band in document["forecast"]["bands"]} == {"none", "hard", "soft"}
    assert any(one["budget"] is None for one in document["budgets"])


def test_tables_and_plots_are_there(written: Path) -> None:
    rows = pd.read_csv(written / "reproduction.csv")
    assert set(rows["agrees"]) == {True, False}
    assert len(pd.read_csv(written / "sources.csv")) == 36
    plots = {path.name for path in (written / "plots").iterdir()}
    for name in ("total_ceg", "total_ceg_by_m", "trends", "forecast", "ceg_by_pte", "sources"):
        assert {f"{name}.svg", f"{name}.png"} <= plots


def test_the_report_loads_nothing(written: Path) -> None:
    page = (written / "report.html").read_text()
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=\"http", page)
    for heading in ("Total CEG over time", "Measured and guessed", "Reproduced against printed"):
        assert heading in page


def test_the_same_options_write_the_same_document(written: Path, tmp_path: Path) -> None:
    options = ("--draws", "500", "--until", "2025-06", "--cap", "6")
    forecast.execute(parsed("-o", str(tmp_path), *options))
    assert (tmp_path / "forecast.json").read_bytes() == (written / "forecast.json").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--m", "0"], "--m 0"),
        (["--m", "2.1"], "--m 2.1"),
        (["--m", "nan"], "--m nan"),
        (["--until", "2022-01"], "must lie after"),
        (["--until", "someday"], "not a date"),
        (["--draws", "5"], "--draws"),
        (["--seed", "-1"], "--seed"),
        (["--budget", "0.5"], "--budget"),
        (["--budget", "inf"], "--budget"),
        (["--cap", "-1"], "--cap"),
        (["--cap", "inf"], "--cap"),
        (["--measured", "no/such.json"], "cannot read"),
    ],
)
def test_bad_options_are_refused_before_anything_is_written(
    tmp_path: Path, arguments: list[str], why: str
) -> None:
    folder = tmp_path / "out"
    with pytest.raises(UserError, match=re.escape(why)):
        forecast.execute(parsed("-o", str(folder), *arguments))
    assert not folder.exists()


@pytest.fixture
def estimates(tmp_path: Path) -> Path:
    """A report's folder: a toy that says that it is one, and few-shot on a task that counts."""
    folder = tmp_path / "report"
    folder.mkdir()
    toy = estimate(id="t", experiment="t", benchmark="toys", toy=True)
    few = {"ptes": ["few_shot"], "stack": "few_shot"}
    written_estimates(folder, toy, estimate(id="f", **few, experiment="f", point=0.3))
    return folder


def test_the_first_lines_say_what_was_measured(
    estimates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--draws", "200", "--until", "2024-06", "--measured", str(estimates))
    forecast.execute(parsed("-o", str(tmp_path / "out"), *options))
    first, *_ = printed = capsys.readouterr().out.splitlines()
    assert first.startswith("Measured in report/estimates.json: CEG of a single PTE (2)")
    assert any("toys is a toy" in line for line in printed[:4])
    assert any("In place of 26: CEG of few_shot 2" in line for line in printed[:4])
    assert any("moves it to" in line for line in printed[:6])
    document = json.loads((tmp_path / "out" / "forecast.json").read_text())
    jsonschema.validate(document, schema())
    assert document["first_lines"][0] == first
    [few] = [one for one in document["sources"] if one["source"] == "measured"]
    assert (few["key"], few["estimand"], few["benchmarks"]) == ("few_shot", "recipe", ["gsm8k"])
    assert few["further_low"] < few["low"] < few["value"] < few["high"] < few["further_high"]
    assert few["between"] > 0.4
    assert [one["key"] for one in document["moved"]][1] == "few_shot"
    assert document["generated"]["files"][0]["name"] == "report/estimates.json"
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.index("toys is a toy") < page.index("the printed table gives")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--row", "few_shot=nothing"], "the table has no row nothing"),
        (["--row", "shots=few_shot"], "nothing was measured of such a PTE"),
        (["--row", "=few_shot"], "fill in both sides"),
        (["--row", "few_shot", "--row", "few_shot=none"], "says two things of few_shot"),
        (["--count-benchmark", "toy"], "nothing was measured of such a benchmark"),
        (["--count-benchmark", "toys=games"], "no kind of task games"),
        (["--at-compute", "23"], "give FLOP, such as 3e23"),
        (["--at-compute", "nan"], "give FLOP, such as 3e23"),
        (["--measured", "wandb:x"], "names no artefact"),
    ],
)
def test_bad_words_on_measured_values_are_refused(
    estimates: Path, tmp_path: Path, arguments: list[str], why: str
) -> None:
    options = parsed("-o", str(tmp_path / "no"), "--measured", str(estimates), *arguments)
    with pytest.raises(UserError, match=re.escape(why)):
        forecast.execute(options)
    assert not (tmp_path / "no").exists()


def test_words_on_measured_values_are_of_measured_values(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="are of values in --measured"):
        forecast.execute(parsed("-o", str(tmp_path / "no"), "--row", "few_shot"))
