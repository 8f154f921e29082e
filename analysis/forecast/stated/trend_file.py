"""A user's own results for the three trends, and dates of measured models, both as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.forecast.stated import cells
from harness.errors import UserError

RESULT_COLUMNS: Mapping[str, str] = {
    "date": "month of the result, such as 2024-06",
    "model": "name of the model",
    "flop": "its training compute in FLOP; may be empty",
    "ptes": "names of PTEs joined by +; empty for the model alone",
    "benchmark": "name of the benchmark",
    "score": "points, 0 to 100",
}
MODEL_COLUMNS: Mapping[str, str] = {
    "model": "name of the model, as estimates.json has it",
    "date": "month of its release, such as 2024-06",
    "flop": "its training compute in FLOP; may be empty",
}


@dataclass(frozen=True, kw_only=True)
class TrendResult:
    """One score."""

    month: int
    model: str
    flop: float | None
    ptes: tuple[str, ...]
    benchmark: str
    score: float
    """Score, in [0, 1]."""


@dataclass(frozen=True)
class TrendFile:
    """A user's results."""

    name: str
    results: tuple[TrendResult, ...]


def read_trend_file(path: Path) -> TrendFile:
    """Read results: columns `RESULT_COLUMNS`, all but flop and ptes needed.

    Raises:
        UserError: it cannot be read, or a row is wrong; names file, line and mend.
    """
    results = [_result(where, row) for where, row in _rows(path, RESULT_COLUMNS, ("flop", "ptes"))]
    if not results:
        raise UserError(f"{path} has no rows: give a result a line")
    alone = {(one.benchmark, one.model) for one in results if not one.ptes}
    for one in results:
        if (one.benchmark, one.model) not in alone:
            raise UserError(
                f"{path}: {one.model} on {one.benchmark} has scores with PTEs "
                f"({'+'.join(one.ptes)}) and none without: add its row with empty ptes"
            )
    compute: dict[str, float] = {}
    for one in results:
        if one.flop is not None and compute.setdefault(one.model, one.flop) != one.flop:
            raise UserError(
                f"{path}: {one.model} has training compute {compute[one.model]:g} and {one.flop:g}"
                ": a model has one"
            )
    return TrendFile(path.name, tuple(results))


def read_model_dates(path: Path) -> tuple[dict[str, int], dict[str, float]]:
    """Months of release and training FLOP by model: columns `MODEL_COLUMNS`.

    Raises:
        UserError: it cannot be read, or a row is wrong; names file, line and mend.
    """
    dates: dict[str, int] = {}
    flop: dict[str, float] = {}
    for where, row in _rows(path, MODEL_COLUMNS, ("flop",)):
        name = cells.text(where, "model", row["model"])
        if name in dates:
            raise UserError(f"{where}: {cells.shown(name)} is there twice: keep one row")
        dates[name] = cells.date(where, "date", row["date"])
        if row["flop"]:
            flop[name] = cells.number(where, "flop", row["flop"], 0.0, 1e40, above=True)
    return dates, flop


def _result(where: str, row: Mapping[str, str]) -> TrendResult:
    ptes = tuple(sorted(name.strip() for name in row["ptes"].split("+") if name.strip()))
    flop = None
    if row["flop"]:
        flop = cells.number(where, "flop", row["flop"], 0.0, 1e40, above=True)
    return TrendResult(
        month=cells.date(where, "date", row["date"]),
        model=cells.text(where, "model", row["model"]),
        flop=flop,
        ptes=ptes,
        benchmark=cells.text(where, "benchmark", row["benchmark"]),
        score=cells.number(where, "score", row["score"], 0.0, 100.0) / 100,
    )


def _rows(
    path: Path, columns: Mapping[str, str], spare: Sequence[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows with every column, empty where a spare one is not there, and where each stands."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is no text in UTF-8: save it as UTF-8") from error
    reader = csv.DictReader(text.splitlines(keepends=True), skipinitialspace=True, strict=True)
    try:
        names = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        for name in names:
            if name not in columns:
                raise cells.unknown(str(path), "column", name, columns)
            if names.count(name) > 1:
                raise UserError(f"{path}: the column '{name}' is there twice")
        missing = [name for name in columns if name not in names and name not in spare]
        if missing:
            raise UserError(
                f"{path} has no column '{missing[0]}': its header needs "
                + ", ".join(f"{name} ({columns[name]})" for name in columns)
            )
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            if None in row:
                raise UserError(f"{where}: it has more cells than the header has columns")
            yield where, {name: (row.get(name) or "").strip() for name in columns}
    except csv.Error as error:
        raise UserError(f"{path} is not CSV: {error}") from error
