"""What leaves for other tools: draws, quantiles, a question's distribution, a Squiggle program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.forecast.continuous import ContinuousCdf
from analysis.forecast.draws import Array, DrawColumn, ForecastDraws
from analysis.forecast.output.squiggle import program
from harness import __version__

VERSION = 1
"""Version of the format of draws and `cdf.json`; raised when a field changes its meaning."""
METADATA = b"pte_forecast"
"""Key of what a Parquet file says about itself: JSON, as in the head of `draws.json`."""


class DrawsFormat(StrEnum):
    """In which files the draws leave."""

    PARQUET = "parquet"
    JSON = "json"
    BOTH = "both"
    NONE = "none"


@dataclass(frozen=True)
class Question:
    """A continuous question of a forecasting platform."""

    date: str | None
    """Month that it asks log10 total CEG of; None for the slope."""
    ends: tuple[float, float] | None = None
    """Lower and upper end of the question's range, in OOM or OOM a year; None for a range that
    holds the central 99% of the draws."""
    open_low: bool = True
    open_high: bool = True

    def of(self, draws: ForecastDraws) -> ContinuousCdf:
        """The draws' answer.

        Raises:
            UserError: the date or the range does not fit the draws.
        """
        low, high = self.ends or (None, None)
        return draws.cdf(
            self.date, low=low, high=high, open_low=self.open_low, open_high=self.open_high
        )


@dataclass(frozen=True)
class Leaving:
    """What the user wants to leave."""

    draws: DrawsFormat
    questions: tuple[Question, ...]


def write_outputs(folder: Path, draws: ForecastDraws, wanted: Leaving) -> None:
    """Write `draws.*`, `quantiles.csv`, `cdf.json` and `forecast.squiggle` into a folder.

    Raises:
        UserError: a question's date or range does not fit the draws; nothing is written then.
    """
    answers = [question.of(draws) for question in wanted.questions]
    if wanted.draws in (DrawsFormat.PARQUET, DrawsFormat.BOTH):
        write_parquet(folder / "draws.parquet", draws)
    if wanted.draws in (DrawsFormat.JSON, DrawsFormat.BOTH):
        write_json(folder / "draws.json", draws)
    draws.quantiles().to_csv(folder / "quantiles.csv", index=False, float_format="%.6g")
    (folder / "cdf.json").write_text(
        _json(cdfs(answers, draws.study.limits.said())) + "\n", encoding="utf-8"
    )
    (folder / "forecast.squiggle").write_text(program(draws), encoding="utf-8")


def write_parquet(path: Path, draws: ForecastDraws) -> None:
    """A row a draw; units and meanings are in each field's metadata, provenance in the file's."""
    columns = draws.columns()
    fields = [
        pa.field(c.name, pa.float64(), metadata={"unit": c.unit, "meaning": c.meaning})
        for c in columns
    ]
    schema = pa.schema(fields, metadata={METADATA: _json(_about(draws)).encode()})
    table = pa.Table.from_arrays([pa.array(c.draws) for c in columns], schema=schema)
    pq.write_table(table, path, compression="zstd")


def write_json(path: Path, draws: ForecastDraws) -> None:
    """The same columns as JSON, six digits a number; the schema is `draws.schema.json`.

    Raises:
        jsonschema.ValidationError: it breaks its own schema, which is an error of this package.
    """
    columns = draws.columns()
    head = {
        **_about(draws),
        "columns": [{"name": c.name, "unit": c.unit, "meaning": c.meaning} for c in columns],
    }
    # The schema is held against the first draws: a million numbers are of one kind.
    first = {c.name: c.draws[:2].tolist() for c in columns}
    jsonschema.validate({**head, "draws": first}, draws_schema())
    lines = ",\n".join(f"{json.dumps(c.name)}:[{_numbers(c)}]" for c in columns)
    path.write_text(f'{_json(head)[:-1]},\n"draws":{{\n{lines}}}}}\n', encoding="utf-8")


def cdfs(answers: Sequence[ContinuousCdf], under: str) -> dict[str, Any]:
    """Distributions of questions, as `cdf.json` has them: `continuous_cdf` is what is submitted."""
    return {
        "schema_version": VERSION,
        "by": f"pte-harness {__version__}",
        "under": under,
        "questions": [
            {
                "quantity": one.quantity,
                "unit": one.unit,
                "range_min": one.low,
                "range_max": one.high,
                "open_lower_bound": one.open_low,
                "open_upper_bound": one.open_high,
                "zero_point": None,
                "draws_below": one.below,
                "draws_above": one.above,
                "spread": one.spread,
                "continuous_cdf": list(_plain(one.values)),
            }
            for one in answers
        ],
    }


@cache
def draws_schema() -> dict[str, Any]:
    """The JSON Schema of `draws.json`."""
    text = files(__package__).joinpath("draws.schema.json").read_text(encoding="utf-8")
    result: dict[str, Any] = json.loads(text)
    return result


def _about(draws: ForecastDraws) -> dict[str, Any]:
    options = draws.study.options
    return {
        "schema_version": VERSION,
        "generated": {
            "by": f"pte-harness {__version__}",
            "draws": options.draws,
            "seed": options.seed,
            "until": draws.horizon,
            "under": draws.study.limits.said(),
        },
    }


def _numbers(column: DrawColumn) -> str:
    return ",".join(f"{value:.6g}" for value in column.draws)


def _plain(values: Array) -> Iterator[float]:
    return (float(value) for value in values)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, allow_nan=False, separators=(",", ":"))
