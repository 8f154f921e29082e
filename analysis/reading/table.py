"""A table of published scores, read row by row."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.reading.agreement import check
from analysis.reading.lines import NEEDED, OPTIONAL, PublishedRow, PublishedScore
from analysis.reading.others import check_columns, read_table
from harness.errors import UserError


def read_lines(paths: Sequence[Path]) -> list[PublishedScore]:
    """All rows of a table.

    Args:
        paths: its files, CSV or Parquet.

    Raises:
        UserError: a file cannot be read, a column is missing or unknown, a value is not what its
            column holds, a score is there twice, rows contradict one another, a name is spelled in
            two ways, or scores may be fractions and no unit says what they are.
    """
    rows = [
        row for path in paths for row in (_csv(path) if path.suffix == ".csv" else _parquet(path))
    ]
    if not rows:
        raise UserError(f"{paths[0]} has no scores: give a row for each model and stack")
    lines = [row.line() for row in rows]
    check(lines)
    return lines


def _csv(path: Path) -> list[PublishedRow]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            names = [name.strip() for name in reader.fieldnames or ()]
            check_columns(path, names, NEEDED, OPTIONAL)
            reader.fieldnames = names
            return [_row(path, reader.line_num, values) for values in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}; give a CSV in UTF-8") from error


def _parquet(path: Path) -> list[PublishedRow]:
    frame = read_table([path], NEEDED, OPTIONAL).frame
    rows = zip(*(frame[name] for name in frame), strict=True)
    return [
        PublishedRow(path, number, dict(zip(frame.columns, map(str, values), strict=True)))
        for number, values in enumerate(rows, start=1)
    ]


def _row(path: Path, number: int, values: dict[str | Any, str | Any]) -> PublishedRow:
    row = PublishedRow(
        path, number, {str(k): v.strip() for k, v in values.items() if isinstance(v, str)}
    )
    if None in values or None in values.values():
        row.refuse("it has not as many values as the header has names; quote values with commas")
    return row
