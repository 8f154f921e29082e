"""Printing rows as a table for people, or as CSV or JSON for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from harness.console import Console
from harness.visible import cell_of_csv, visible

Row = Mapping[str, Any]


ALL = "--format csv gives all"


def emit(rows: Sequence[Row], form: str, most: int | None = None, rest: str = ALL) -> None:
    """Print rows that all have the same keys; a table shows at most `most` of them, and `rest`
    says where the others are."""
    if form == "json":
        json.dump(list(rows), sys.stdout, indent=1, default=str)
        sys.stdout.write("\n")
    elif form == "csv":
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    else:
        _table(rows, most, rest)


def _table(rows: Sequence[Row], most: int | None, rest: str) -> None:
    if not rows:
        return
    shown = rows if most is None else rows[:most]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        values = [row[name] for row in shown]
        numeric = all(isinstance(v, int | float) or v is None or v == "" for v in values)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in shown:
        table.add_row(*(_text(value) for value in row.values()))
    console = Console(highlight=False)
    if not console.is_terminal:  # a file or a pipe has no width to fit
        wide = console.options.update(max_width=1000)
        console.width = max(console.width, console.measure(table, options=wide).maximum)
    console.print(table)
    if len(shown) < len(rows):
        console.print(f"... and {len(rows) - len(shown)} more: {rest}", markup=False)


def _cell(value: Any) -> Any:
    return cell_of_csv(visible(value) if isinstance(value, str) else value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        large = abs(value) >= 1e5 or (value != 0 and abs(value) < 1e-3)
        return f"{value:.2e}" if large else f"{value:.4g}"
    return escape(visible(str(value)))
