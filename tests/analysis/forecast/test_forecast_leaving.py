"""What leaves `pte forecast` for other tools, read as those tools read it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis.cli import forecast as verb
from analysis.forecast import ForecastDraws, forecast
from analysis.forecast.output.document import units
from analysis.forecast.output.leave import (
    METADATA,
    DrawsFormat,
    Leaving,
    draws_schema,
    write_outputs,
)
from analysis.forecast.output.squiggle import SAMPLES, program
from harness.errors import UserError
from tests.analysis.forecast.test_forecast_verb import parsed

SETTINGS = ("--draws", "1200", "--until", "2025-06")
LISTED = re.compile(r"SampleSet\.fromList\(\[([^\]]*)\]\)")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("leaving") / "out"
    outputs = ("--draws-format", "both", "--cdf-date", "2025-01", "--cdf-range", "3", "9")
    assert verb.execute(parsed("-o", str(folder), *SETTINGS, *outputs)) == 0
    return folder


@pytest.fixture(scope="module")
def draws() -> ForecastDraws:
    """The same by the Python call."""
    return forecast(until="2025-06", draws=1200)


def test_the_command_and_the_call_give_the_same_draws(written: Path, draws: ForecastDraws) -> None:
    frame = pd.read_parquet(written / "draws.parquet")
    pd.testing.assert_frame_equal(frame, draws.frame(), check_names=False)


def test_parquet_describes_itself(written: Path, draws: ForecastDraws) -> None:
    schema = pq.read_schema(written / "draws.parquet")
    for column in draws.columns():
        said = schema.field(column.name).metadata
        assert said[b"unit"].decode() == column.unit
        assert said[b"meaning"].decode() == column.meaning
    about = json.loads(schema.metadata[METADATA])
    assert about["generated"]["draws"] == 1200


def test_json_keeps_its_schema_and_has_the_same_draws(written: Path) -> None:
    content = json.loads((written / "draws.json").read_text())
    jsonschema.Draft202012Validator.check_schema(draws_schema())
    jsonschema.validate(content, draws_schema())
    frame = pd.read_parquet(written / "draws.parquet")
    assert [column["name"] for column in content["columns"]] == list(frame.columns)
    for name, values in content["draws"].items():
        assert values == pytest.approx(frame[name].to_list(), rel=1e-5, abs=1e-9)


def test_quantiles_are_those_of_the_draws(written: Path) -> None:
    table = pd.read_csv(written / "quantiles.csv")
    frame = pd.read_parquet(written / "draws.parquet")
    (row,) = table[
        (table["date"] == "2025-06")
        & (table["component"] == "parameters and innovations")
        & (table["cap"] == "none")
    ].to_dict("records")
    assert row["p90"] == pytest.approx(np.percentile(frame["log10_total__2025_06"], 90), rel=1e-5)


def test_questions_are_answered(written: Path, draws: ForecastDraws) -> None:
    content = json.loads((written / "cdf.json").read_text())
    total, slope = content["questions"]
    assert (total["range_min"], total["range_max"], total["unit"]) == (3, 9, "OOM")
    assert total["quantity"] == "log10 total CEG in 2025-01"
    assert total["continuous_cdf"] == list(draws.cdf("2025-01", low=3, high=9).values)
    assert slope["unit"] == "OOM a year"
    middle = np.interp(
        0.5, slope["continuous_cdf"], np.linspace(slope["range_min"], slope["range_max"], 201)
    )
    assert middle == pytest.approx(np.median(draws.slope), abs=0.02)


def test_squiggle_has_the_draws_in_one_order(draws: ForecastDraws) -> None:
    text = program(draws)
    lists = [list(map(float, found.split(","))) for found in LISTED.findall(text)]
    assert {len(one) for one in lists} == {SAMPLES}
    assert lists[0] == pytest.approx(draws.slope[:SAMPLES].tolist(), rel=1e-3)
    later = [date for date in draws.dates if date >= "2023-10"]
    assert len(lists) == 2 + len(draws.log10_cegs) + len(later)
    assert f"log10TotalAtEnd = log10Total.at{draws.horizon.replace('-', '_')}" in text
    for line in text.splitlines():
        assert re.match(r"(//|@name\(\"|[a-z]\w* = |  [a-z]\w*: |\}$|[a-z]\w*$|$)", line, re.I), (
            line
        )
    assert text.count("{") == text.count("}")


def numbers(value: Any, place: str = "") -> set[str]:
    """The places of all numbers of a document."""
    if isinstance(value, bool):
        return set()
    if isinstance(value, int | float):
        return {place}
    if isinstance(value, dict):
        under = (numbers(one, f"{place}.{key}" if place else key) for key, one in value.items())
        return set().union(*under)
    if isinstance(value, list):
        return set().union(*(numbers(one, f"{place}[]") for one in value))
    return set()


def test_every_number_of_the_document_has_its_unit(written: Path) -> None:
    content = json.loads((written / "forecast.json").read_text())
    assert content["units"] == units()
    named = [re.escape(place).replace(r"\*", "[^.]+") for place in units()]
    without = [
        place for place in numbers(content) if not any(re.fullmatch(name, place) for name in named)
    ]
    assert not without, "give these a unit in analysis/forecast/output/units.yaml"


def test_no_draws_leave_where_none_are_wanted(tmp_path: Path, draws: ForecastDraws) -> None:
    write_outputs(tmp_path, draws, Leaving(DrawsFormat.NONE, ()))
    assert {path.name for path in tmp_path.iterdir()} == {
        *("quantiles.csv", "cdf.json", "forecast.squiggle")
    }


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--cdf-range", "5", "4"], "--cdf-range 5 4 is no range"),
        (["--cdf-slope-range", "1", "inf"], "--cdf-slope-range 1 inf is no range"),
        (["--cdf-date", "2026-01"], "--cdf-date 2026-01 is after --until 2025-06"),
        (["--cdf-date", "May"], "not a date"),
        (["--cdf-closed", "low"], "--cdf-closed closes ends of --cdf-range"),
        (["--cdf-range", "20", "30"], "lie outside 20 to 30"),
        (["--cdf-range", "3", "5", "--cdf-closed", "high"], "where the range is closed"),
    ],
)
def test_questions_that_do_not_fit_are_refused_before_anything_is_written(
    tmp_path: Path, arguments: list[str], why: str
) -> None:
    with pytest.raises(UserError, match=re.escape(why)):
        verb.execute(parsed("-o", str(tmp_path / "out"), *SETTINGS, *arguments))
    assert not list(tmp_path.glob("out/*"))
