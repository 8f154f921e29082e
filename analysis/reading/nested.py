"""Candidates and draws of attempts: lists in the records, read where they are asked for.

A large sweep has hundreds of millions of them, and no question is about more than a rung's: they
stay in their files, and a cell's are read when it is its turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from harness.records.store import read_table

Numbers = NDArray[np.intp]

POOL, DRAWS = "candidates", "draws"
"""Columns: what a selection chose from, and what an attempt drew."""


@dataclass(frozen=True)
class Lists:
    """A nested column by row: where its entries begin, and the entries of all rows in one piece."""

    starts: Numbers
    """[row + 1]: where each row's entries start in `entries`."""
    entries: pa.StructArray

    @classmethod
    def of(cls, table: pa.Table, column: str, rows: Numbers) -> Lists:
        """The column's lists in these rows, in their order."""
        first, length = int(rows.min()), int(np.ptp(rows)) + 1
        lists = table.column(column).slice(first, length).combine_chunks()  # a cell, or little more
        if length != len(rows) or (np.diff(rows) != 1).any():
            lists = lists.take(pa.array(rows - first))
        return cls(
            np.concatenate([[0], np.cumsum(_lengths(lists))]).astype(np.intp), lists.flatten()
        )

    @property
    def lengths(self) -> Numbers:
        """[row]: number of entries."""
        return np.diff(self.starts)


class Nested(Protocol):
    """The nested columns of all records, by the number of a row."""

    def lists(self, column: str, rows: Numbers, parts: Sequence[str]) -> Lists | None:
        """Some rows' lists; None where the records have no such column.

        Args:
            column: `POOL` or `DRAWS`.
            rows: numbers of rows, at least one, in any order.
            parts: which parts of each entry are wanted.
        """
        ...

    def pool_sizes(self) -> Numbers:
        """[row]: how many candidates each row has; 0 where there are none."""
        ...


@dataclass(frozen=True)
class InMemory:
    """The nested columns of a table that is there."""

    table: pa.Table

    def lists(self, column: str, rows: Numbers, parts: Sequence[str]) -> Lists | None:
        return Lists.of(self.table, column, rows) if _has(self.table, column) else None

    def pool_sizes(self) -> Numbers:
        return _sizes(self.table, self.table.num_rows)


@dataclass(frozen=True)
class InFiles:
    """The nested columns of records that stay on the disk."""

    files: tuple[Path, ...]
    starts: Numbers
    """[file + 1]: the number of each file's first row, then how many rows there are."""

    def lists(self, column: str, rows: Numbers, parts: Sequence[str]) -> Lists | None:
        places = np.searchsorted(self.starts, rows, side="right") - 1
        wanted = np.unique(places)
        tables = [self._read(int(each), column, parts) for each in wanted]
        if not all(_has(each, column) for each in tables):
            return None
        before = np.concatenate([[0], np.cumsum([each.num_rows for each in tables])])
        local = rows - self.starts[places] + before[np.searchsorted(wanted, places)]
        return Lists.of(pa.concat_tables(tables, promote_options="default"), column, local)

    def pool_sizes(self) -> Numbers:
        rows = np.diff(self.starts)
        return np.concatenate(
            [_sizes(self._read(n, POOL, ("status",)), int(rows[n])) for n in range(len(rows))]
        )

    def _read(self, file: int, column: str, parts: Sequence[str]) -> pa.Table:
        path = self.files[file]
        return read_table([path], [path], [f"{column}.list.element.{part}" for part in parts])


def _sizes(table: pa.Table, rows: int) -> Numbers:
    return _lengths(table.column(POOL)) if _has(table, POOL) else np.zeros(rows, np.intp)


def _has(table: pa.Table, column: str) -> bool:
    return column in table.column_names


def _lengths(lists: pa.Array | pa.ChunkedArray) -> Numbers:
    filled = pc.fill_null(pc.list_value_length(lists), 0)
    return np.asarray(filled.to_numpy(zero_copy_only=False), np.intp)
