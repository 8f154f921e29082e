"""Rows of a split, from a folder of files or from the Hugging Face hub."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UserError, require
from harness.ranges import Text

MEND = "set PTE_DATA or data= to a folder that has it, or data=null to read from the hub"


@dataclass(frozen=True, slots=True)
class HubRef:
    """A split of a dataset on the hub."""

    id: Text
    split: Text
    config: Text | None = None
    revision: Text | None = None
    """The commit to read; None takes the newest, and the records say which one that was."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row, which knows where it came from."""

    location: str
    number: int
    """Counted from 1: the line of a JSON Lines file, else the place among the rows."""
    values: Mapping[str, Any]

    def get(self, *names: str) -> Any:
        """The field of the first of these names that the row has (copies of a set differ).

        Raises:
            UserError: the row has none of them.
        """
        for name in names:
            if self.values.get(name) is not None:
                return self.values[name]
        raise self.error(f"has no field {' or '.join(map(repr, names))}")

    def text(self, *names: str) -> str:
        """`get` for a field that must hold text, without white space around it."""
        value = self.get(*names)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"has no text in field {' or '.join(map(repr, names))}")
        return value.strip()

    def error(self, complaint: str) -> UserError:
        """An error that names this row."""
        return UserError(f"{self.location}: row {self.number} {complaint}; is this the right data?")


@dataclass(frozen=True, slots=True)
class SourceTable:
    """The rows of a split, and what the records are to cite."""

    rows: tuple[SourceRow, ...]
    origin: str
    """Where the rows come from: `file` or `hub`."""
    location: str
    revision: str = ""


def read(data: str | None, file: str, hub: HubRef | None) -> SourceTable:
    """The rows of `file` inside the folder `data`, or of `hub` where there is no folder.

    Raises:
        UserError: absent, unreadable or empty data.
    """
    if data is not None:
        table = _from_file(Path(data).expanduser() / file, file)
    elif hub is not None:
        table = _from_hub(hub)
    else:
        raise UserError(f"no source for {file}: set PTE_DATA or data= to a folder that has it")
    if not table.rows:
        raise UserError(f"{table.location} has no rows; {MEND}")
    return table


def _from_file(path: Path, name: str) -> SourceTable:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}; {MEND}") from error
    if path.suffix not in _PARSERS:
        raise UserError(f"{path} is none of {', '.join(_PARSERS)}: name a file of such a kind")
    parse = _PARSERS[path.suffix]
    rows = tuple(SourceRow(name, number, values) for number, values in parse(text, name))
    return SourceTable(rows, "file", name)


def _json_lines(text: str, name: str) -> Iterable[tuple[int, dict[str, Any]]]:
    # Not splitlines(): a string in JSON may hold U+2028 and other characters that it splits at.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _object(_json(line, f"{name}: row {number}"), name, number)


def _json_list(text: str, name: str) -> Iterable[tuple[int, dict[str, Any]]]:
    values = _json(text, name) if text.strip() else []
    if not isinstance(values, list):
        raise UserError(f"{name} is not a list of rows; {MEND}")
    return [(number, _object(row, name, number)) for number, row in enumerate(values, start=1)]


def _csv_rows(text: str, name: str) -> Iterable[tuple[int, dict[str, Any]]]:
    return enumerate(csv.DictReader(text.splitlines(keepends=True)), start=1)


_PARSERS: Mapping[str, Callable[[str, str], Iterable[tuple[int, dict[str, Any]]]]] = {
    ".jsonl": _json_lines,
    ".json": _json_list,
    ".csv": _csv_rows,
}


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{where} is not valid JSON ({error}); fetch the file again") from error


def _object(value: Any, name: str, number: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UserError(f"{name}: row {number} is not a JSON object; fetch the file again")
    return value


def _from_hub(hub: HubRef) -> SourceTable:
    datasets = require("datasets", "datasets")
    try:
        revision = hub.revision or _newest(hub.id)
        rows = datasets.load_dataset(hub.id, hub.config, split=hub.split, revision=revision)
    except UserError:
        raise
    except Exception as error:  # the hub's clients raise errors of many unrelated classes
        raise UserError(
            f"cannot load {hub.id} ({hub.split}) from the hub: {error}; "
            "connect to the hub, or set PTE_DATA or data= to a folder that has the data"
        ) from error
    result = tuple(SourceRow(hub.id, number, dict(row)) for number, row in enumerate(rows, start=1))
    return SourceTable(result, "hub", hub.id, revision)


def _newest(dataset: str) -> str:
    return str(require("huggingface_hub", "datasets").HfApi().dataset_info(dataset).sha)
