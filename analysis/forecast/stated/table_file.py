"""Reading a user's table of PTEs, YAML or CSV: its shape alone, strictly.

YAML has `base` (`writeup`, the default: rows are changes of the write-up's table; or `none`) and
`rows`, a list. CSV has a header and a row a line; before the header may stand a line `base: none`.
Names within a CSV cell are parted by semicolons (`exponents`: `lats=0.4;react=0.7`), and an empty
cell says nothing.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from analysis.forecast.stated.cells import shown, unknown
from harness.errors import UserError

BASES = ("writeup", "none")
COLUMNS: Mapping[str, str] = {
    "key": "name of the PTE, unique; that of a row of the write-up changes this row",
    "name": "its name in tables and plots (default: the key)",
    "category": "tools, prompting, scaffolding, solution_choice, data, or one of your own",
    "date": "month from which it is there, such as 2024-06",
    "drop": "true leaves the row out",
    "ceg": "CEG for the average task",
    "low": "5% point of the CEG; with high, and the CEG itself their geometric mean if not given",
    "high": "95% point of the CEG",
    "point": "true: the CEG is that number, without a spread",
    "tasks": "by task type its CEG, or the figures of a rule, or a list of these: log10 averaged "
    "by --weights; a type not named counts as CEG 1",
    "ceg_rule": "how the CEG follows from the source: see below",
    "gain": "points that the PTE adds (log_linear, discrete)",
    "per_oom": "points that ten times the training compute adds (log_linear)",
    "between": "points between the smaller and the larger model (discrete)",
    "ratio": "training compute of the larger over that of the smaller model (discrete)",
    "base_score": "pass@1 of the base on HumanEval, in points (humaneval)",
    "score": "pass@1 with the PTE, in points (humaneval)",
    "exponent": "running total = larger x smaller ^ exponent, 0 to 2",
    "exponents": "by PTE of the category: total = CEG x product of CEG ^ exponent over these",
    "includes": "PTE whose CEG is inside this one: total x own CEG / its CEG",
    "counted": "false keeps the row out of the totals",
    "requires": "PTEs of the category without which it cannot be used",
    "inference": "inference as a multiple of the base's, one number or low and high",
    "one_time": "one-time cost as a share of training compute, one number or low and high",
    "shrink": "factor on log10 CEG of this row, in place of --shrink",
    "source": "what the figures are cited from: paper and table",
    "note": "anything else",
}
"""What a row may say, and what it means."""


@dataclass(frozen=True)
class FileRow:
    """One row as it stands in a file."""

    where: str
    """File, row and key, for errors."""
    values: Mapping[str, Any]


@dataclass(frozen=True)
class TableFile:
    """A user's table as it stands in its file."""

    name: str
    sha256: str
    base: str
    rows: tuple[FileRow, ...]


def read_table_file(path: Path) -> TableFile:
    """Read a file and check its shape; the rows' values are checked where they are used.

    Raises:
        UserError: it cannot be read, or has another shape; names file, row and mend.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is no text in UTF-8: save it as UTF-8") from error
    if path.suffix.lower() == ".csv":
        base, rows = _csv(path, text)
    elif path.suffix.lower() in (".yaml", ".yml"):
        base, rows = _yaml(path, text)
    else:
        raise UserError(f"{path} is neither .yaml nor .csv: name a table of one of these forms")
    if base not in BASES:
        raise UserError(
            f"{path}: base is '{shown(base)}': give writeup (rows change the write-up's table) "
            "or none (rows are all there is)"
        )
    checked = tuple(_row(path, place, values) for place, values in rows)
    return TableFile(path.name, hashlib.sha256(content).hexdigest(), str(base), checked)


class _Loader(yaml.SafeLoader):
    """YAML in which no name of a mapping stands twice, of which the last would win unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for name in names:
            if names.count(name) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{name}' stands twice in one mapping", node.start_mark
                )
        return super().construct_mapping(node, deep)


def _yaml(path: Path, text: str) -> tuple[Any, list[tuple[str, Any]]]:
    try:
        content = yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        why = " ".join(str(error).split())[:200]
        raise UserError(f"{path} is not YAML: {why}") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} holds no mapping: give 'rows:' and, if wanted, 'base:'")
    for name in content:
        if name not in ("base", "rows"):
            raise unknown(str(path), "setting", name, ("base", "rows"))
    rows = content.get("rows")
    if not isinstance(rows, list):
        raise UserError(f"{path}: rows is '{shown(rows)}': give a list of rows")
    base = content.get("base", "writeup")
    # In YAML `none` is a text, and `null` or nothing means the same to whoever writes it.
    return "none" if base is None else base, [
        (f"row {number}", row) for number, row in enumerate(rows, 1)
    ]


def _csv(path: Path, text: str) -> tuple[str, list[tuple[str, Any]]]:
    lines = text.splitlines(keepends=True)
    base, skipped = "writeup", 0
    if lines and lines[0].lstrip("# ").startswith("base:"):
        base, skipped = lines[0].partition(":")[2].strip().strip(",").strip(), 1
    reader = csv.DictReader(lines[skipped:], skipinitialspace=True, restkey="", strict=True)
    result: list[tuple[str, Any]] = []
    try:
        names = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        for name in names:
            if names.count(name) > 1:
                raise UserError(f"{path}: the column '{shown(name)}' is there twice")
        for row in reader:
            place = f"line {reader.line_num + skipped}"
            if row.get(""):
                raise UserError(f"{path}, {place}: it has more cells than the header has columns")
            given = {k: v.strip() for k, v in row.items() if isinstance(v, str) and v.strip()}
            if given:
                result.append((place, given))
    except csv.Error as error:
        raise UserError(f"{path} is not CSV: {error}") from error
    for name in names:
        if name not in COLUMNS:
            raise unknown(str(path), "column", name, COLUMNS)
    if "key" not in names:
        raise UserError(f"{path} has no column 'key': begin with a header, such as key,ceg,source")
    return base, result


def _row(path: Path, place: str, values: Any) -> FileRow:
    if not isinstance(values, dict) or not values:
        raise UserError(f"{path}, {place}: it is '{shown(values)}': give names with values")
    key = values.get("key")
    where = f"{path}, {place}" + (f" ({shown(key)})" if key else "")
    for name in values:
        if name not in COLUMNS:
            raise unknown(where, "column", name, COLUMNS)
    given = {name: value for name, value in values.items() if value is not None}
    if "key" not in given:
        raise UserError(f"{where}: it has no key: give the PTE's name, such as key: process_reward")
    return FileRow(where, given)
