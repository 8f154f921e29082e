"""A CSV of published scores, read row by row."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.reading.agreement import check
from analysis.reading.lines import NEEDED, OPTIONAL, PublishedRow, PublishedScore
from harness.errors import UserError


def read_lines(path: Path) -> list[PublishedScore]:
    """All rows of a CSV.

    Raises:
        UserError: the file cannot be read, a column is missing or unknown, a value is not what its
            column holds, a score is there twice, rows contradict one another, a name is spelled in
            two ways, or scores may be fractions and no unit says what they are.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            names = [name.strip() for name in reader.fieldnames or ()]
            _check_columns(path, names)
            reader.fieldnames = names
            rows = [_row(path, reader.line_num, values) for values in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}; give a CSV in UTF-8") from error
    if not rows:
        raise UserError(f"{path} has no scores: give a row for each model and stack")
    lines = [row.line() for row in rows]
    check(path, lines)
    return lines


def _row(path: Path, number: int, values: dict[str | Any, str | Any]) -> PublishedRow:
    row = PublishedRow(
        path, number, {str(k): v.strip() for k, v in values.items() if isinstance(v, str)}
    )
    if None in values or None in values.values():
        row.refuse("it has not as many values as the header has names; quote values with commas")
    return row


def _check_columns(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in NEEDED if name not in names]
    unknown = [name for name in names if name not in (*NEEDED, *OPTIONAL)]
    if missing:
        raise UserError(
            f"{path} row 1: there is no column {missing[0]}; needed are {', '.join(NEEDED)}"
        )
    if unknown or len(set(names)) < len(names):
        raise UserError(
            f"{path} row 1: the column {unknown[0] if unknown else names!r} is unknown or there "
            f"twice; beside those needed there may be {', '.join(OPTIONAL)}"
        )
