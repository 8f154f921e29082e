"""Whether a file of records holds what a run writes: types, ranges, JSON in some columns.

A Parquet file of anybody's is sound and may hold anything. What is read of it goes into sums,
tables and `json.loads`, and none of these should have to ask.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import UserError
from harness.records.schema import SCHEMA
from harness.stored import data_of, shaped

_log = logging.getLogger(__name__)
_told: set[Path] = set()

HUGE = 1e60
"""Far above any FLOP or count of tokens."""
RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("score", "chance", "score_if_cut_right"), (0.0, 1.0)),
    **dict.fromkeys(("training_flop", "parameters", "training_tokens"), (0.0, HUGE)),
    **dict.fromkeys(("flop", "own_prefix_flop", "one_time_flop"), (0.0, HUGE)),
    **dict.fromkeys(("calls", "prompt_tokens", "generated_tokens"), (0.0, 2.0**48)),
    **dict.fromkeys(("own_prefix_tokens", "context_window"), (0.0, 2.0**48)),
    **dict.fromkeys(("failures", "overflows", "replicate", "cut_completions"), (0.0, 2.0**31)),
    **dict.fromkeys(("attempts", "cut_attempts", "unread_attempts"), (0.0, 2.0**31)),
}
"""Least and greatest value by column, apart from nulls and, for what is not known, NaN."""
JSON: Mapping[str, Any] = {
    "sampling": dict[str, dict[str, Any]],
    "voices": dict[str, Any],
    "stack_config": list[tuple[str, Any]],
    "engine_settings": dict[str, Any],
    "sources": dict[str, str],
    "one_time": dict[str, dict[str, Any]],
}
"""What the text of a column holds."""


class FormError(UserError):
    """A file is Parquet, and not of our making."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"the records {path} are none that pte run has written: {why}")


def in_form(table: pa.Table, path: Path) -> pa.Table:
    """The table in the types of the schema.

    Args:
        table: columns of a file of records, whole or in part.
        path: of the file, for messages.

    Raises:
        FormError: a column is of another type, or holds what no run writes.
    """
    problem = next(_problems(table), None)
    if problem is None:
        try:
            return table.cast(_schema(table))
        except (pa.ArrowException, ValueError) as error:
            problem = f"a column is of another type ({' '.join(str(error).split())[:100]})"
    raise FormError(path, problem)


def told_once(path: Path, message: str) -> None:
    """Warn once of a file that is left out."""
    if path not in _told:
        _told.add(path)
        _log.warning("%s; they are left out", message)


def _schema(table: pa.Table) -> pa.Schema:
    """The table's own, with the types that our schema has for whole columns."""
    ours = {field.name: field.type for field in SCHEMA}
    return pa.schema(
        # Of a nested column a part may have been read alone.
        field.with_type(ours[field.name]) if _whole(field, ours) else field
        for field in table.schema
    )


def _whole(field: pa.Field, ours: Mapping[str, pa.DataType]) -> bool:
    kind = ours.get(field.name)
    if kind is None:
        return False
    return not (pa.types.is_list(kind) and pa.types.is_struct(kind.value_type))


def _problems(table: pa.Table) -> Iterator[str]:
    ours = {field.name: field.type for field in SCHEMA}
    for field in table.schema:
        kind = ours.get(field.name)
        if kind is not None and pa.types.is_list(kind) and not _is_part(field.type, kind):
            yield f"the column {field.name} is {field.type}"
    for name, (low, high) in RANGES.items():
        if name in table.column_names and not _within(table.column(name), low, high):
            yield f"a value of {name} is not within {low:g} and {high:g}"
    for name, kind in JSON.items():
        if name in table.column_names:
            yield from _misread(table.column(name), name, kind)


def _is_part(kind: pa.DataType, ours: pa.DataType) -> bool:
    """Whether a type is ours, or ours with some fields of a nested one left out."""
    if pa.types.is_list(ours) or pa.types.is_large_list(kind):
        nested = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        return nested and _is_part(kind.value_type, ours.value_type)
    if pa.types.is_struct(ours):
        names = {ours.field(n).name: ours.field(n).type for n in range(ours.num_fields)}
        fields = [kind.field(n) for n in range(kind.num_fields)] if pa.types.is_struct(kind) else []
        return bool(fields) and all(
            each.name not in names or _is_part(each.type, names[each.name]) for each in fields
        )
    text = pa.types.is_string(ours) and pa.types.is_large_string(kind)
    return bool(kind == ours or text or pa.types.is_null(kind))


def _within(column: pa.ChunkedArray, low: float, high: float) -> bool:
    try:
        found = pc.min_max(column).as_py()
        least, greatest = found["min"], found["max"]
        # NaN where all are: the FLOP of a model of unknown size.
        return least is None or least != least or bool(low <= least and greatest <= high)
    except (pa.ArrowException, TypeError):  # no numbers
        return False


def _misread(column: pa.ChunkedArray, name: str, kind: Any) -> Iterator[str]:
    try:
        texts = pc.unique(column).to_pylist()
        for text in texts:
            if text is not None:
                shaped(data_of(text.encode()), kind)
    except (pa.ArrowException, ValueError, TypeError, AttributeError) as error:
        yield f"{name} holds no JSON of ours ({error})"
