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
from analysis.forecast.stated.columns import COLUMNS
from harness.errors import UserError

BASES = ("writeup", "none")


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
