"""Tables of others, CSV or Parquet: what kind each is, and what it holds as text, fast.

Text is what a CSV has and what messages quote; a Parquet file's numbers, decimals, truths and
dictionaries come to it without loss. Columns are categories, so that a million rows are checked by
the few things that they say.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.errors import UserError

if TYPE_CHECKING:
    Column = pd.Categorical[Any]

ITEM = "item"
"""Column by which a table is known to hold scores item by item."""
OURS = frozenset({"cell", "stack_id", "schema_version"})
"""Columns by which a Parquet file is known for records of a run."""
INDEX = "__index_level_"
"""What pandas calls the column of an index that it wrote along."""


class TableKind(StrEnum):
    """What the rows of a table are, in words."""

    RECORDS = "records of runs"
    SCORES = "published scores, a row a model and stack"
    ITEMS = "scores item by item, a row an item, model and stack"


def kind_of(names: Sequence[str]) -> TableKind:
    """The kind of a table by its columns."""
    if OURS & set(names):
        return TableKind.RECORDS
    return TableKind.ITEMS if ITEM in names else TableKind.SCORES


def kind_of_file(path: Path) -> TableKind:
    """The kind of a file by its columns; a Parquet file that is damaged may be a record.

    Raises:
        UserError: a CSV's header cannot be read.
    """
    if path.suffix != ".csv":
        try:
            return kind_of(pq.read_schema(path).names)
        except (OSError, pa.ArrowException):
            return TableKind.RECORDS
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file, skipinitialspace=True), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}; give a CSV in UTF-8") from error
    kind = kind_of([name.strip() for name in header])
    return TableKind.SCORES if kind is TableKind.RECORDS else kind


@dataclass(frozen=True)
class OthersTable:
    """One table, in one file or several."""

    paths: tuple[Path, ...]
    frame: pd.DataFrame
    """A category of text in every column; empty text where nothing stands."""
    file: NDArray[np.intp]
    """[row]: which of the paths."""
    number: NDArray[np.intp]
    """[row]: number of the row in its file; a CSV's header is 1, a Parquet file's first row is."""

    def place(self, row: int) -> str:
        """The file and the row, for a message."""
        return f"{self.paths[self.file[row]]} row {self.number[row]}"

    def refuse(self, row: int, message: str) -> NoReturn:
        """Name the file and the row."""
        raise UserError(f"{self.place(row)}: {message}")


def read_table(
    paths: Sequence[Path], needed: Sequence[str], optional: Sequence[str]
) -> OthersTable:
    """The rows of one table, which may lie in several files.

    Raises:
        UserError: a file cannot be read, lacks a column, has one that is not known, or one whose
            type is no text, number or truth; or there are no rows.
    """
    frames = [_read(path, needed, optional) for path in paths]
    lengths = [len(frame) for frame in frames]
    if not sum(lengths):
        raise UserError(f"{paths[0]} has no scores: give a row for each model and stack")
    numbers = [frame.index.to_numpy(np.intp) for frame in frames]
    names = [name for name in (*needed, *optional) if any(name in frame for frame in frames)]
    return OthersTable(
        tuple(paths),
        pd.DataFrame({name: _joined(frames, name) for name in names}),
        np.repeat(np.arange(len(paths)), lengths),
        np.concatenate(numbers),
    )


def _joined(frames: Sequence[pd.DataFrame], name: str) -> Column:
    parts = [frame[name].array if name in frame else _nothing(len(frame)) for frame in frames]
    joined: Column = parts[0] if len(parts) == 1 else pd.api.types.union_categoricals(parts)
    return joined


def _nothing(rows: int) -> Column:
    """A column in which nothing stands."""
    return _categories(np.zeros(rows, np.intp), [""])


def _categories(codes: NDArray[Any], texts: Sequence[str]) -> Column:
    """A column of text: its distinct texts, and which each row has."""
    made: Column = pd.Categorical.from_codes(codes, categories=pd.Index(np.array([*texts], object)))
    return made


def _read(path: Path, needed: Sequence[str], optional: Sequence[str]) -> pd.DataFrame:
    frame = _csv(path) if path.suffix == ".csv" else _parquet(path)
    check_columns(path, list(frame.columns), needed, optional)
    columns = {str(name): _stripped(frame[name].array) for name in frame}
    return pd.DataFrame(columns, index=frame.index)


def check_columns(
    path: Path, names: Sequence[str], needed: Sequence[str], optional: Sequence[str]
) -> None:
    """Refuse a table that lacks a column, or has one that means nothing here."""
    missing = [name for name in needed if name not in names]
    unknown = [name for name in names if name not in (*needed, *optional)]
    where = f"{path} row 1" if path.suffix == ".csv" else str(path)
    if missing:
        raise UserError(f"{where}: there is no column {missing[0]}; needed are {', '.join(needed)}")
    if unknown or len(set(names)) < len(names):
        raise UserError(
            f"{where}: the column {unknown[0] if unknown else names!r} is unknown or there "
            f"twice; beside those needed there may be {', '.join(optional)}"
        )


def _stripped(column: Column) -> Column:
    """Text without spaces around it; nothing as empty text."""
    texts = [str(text).strip() for text in column.categories]
    codes, names = pd.factorize(np.array([*texts, ""], object))
    return _categories(codes[column.codes], list(names))


def _csv(path: Path) -> pd.DataFrame:
    """All rows as text, numbered as in the file; a row that is blank is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, skipinitialspace=True)
            names = [name.strip() for name in next(reader, [])]
            begun = reader.line_num
        table = _fast(path, names, begun)
        if table is None or table.num_rows + begun != _lines(path):
            return _slow(path, names)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}; give a CSV in UTF-8") from error
    columns = [_text(path, name, table.column(place)) for place, name in enumerate(names)]
    index = pd.RangeIndex(begun + 1, begun + 1 + table.num_rows)
    frame = pd.concat([pd.Series(each, index) for each in columns], axis=1, keys=names)
    blank = np.logical_and.reduce([_blank(each) for each in columns])
    kept: pd.DataFrame = frame[~blank]
    return kept


def _fast(path: Path, names: Sequence[str], begun: int) -> pa.Table | None:
    """All rows at once; None where they are not plain, which a slower reader tells more of."""
    numbered = [str(place) for place in range(len(names))]
    kinds = dict.fromkeys(numbered, pa.dictionary(pa.int32(), pa.string()))
    try:
        return pa_csv.read_csv(
            path,
            pa_csv.ReadOptions(column_names=numbered, skip_rows=begun),
            pa_csv.ParseOptions(newlines_in_values=True),
            pa_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
        )
    except pa.ArrowException:
        return None


def _lines(path: Path) -> int:
    content = path.read_bytes()
    return content.count(b"\n") + (not content.endswith(b"\n"))


def _slow(path: Path, names: Sequence[str]) -> pd.DataFrame:
    """Row by row: with blank lines, line breaks within quotes, or rows of another length."""
    rows, numbers = [], []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, skipinitialspace=True)
        next(reader, [])
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            if len(values) != len(names):
                raise UserError(
                    f"{path} row {reader.line_num}: it has not as many values as the header has "
                    "names; quote values with commas"
                )
            rows.append(values)
            numbers.append(reader.line_num)
    return pd.DataFrame(rows, index=numbers, columns=list(names), dtype=str).astype("category")


def _blank(column: Column) -> NDArray[np.bool_]:
    empty = np.array([not str(text).strip() for text in column.categories], bool)
    return np.asarray(empty[column.codes])


def _parquet(path: Path) -> pd.DataFrame:
    try:
        table = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowException) as error:
        raise UserError(
            f"{path} cannot be read as Parquet: {error}; write it anew, or give a CSV"
        ) from error
    names = [name for name in table.column_names if not name.startswith(INDEX)]
    columns = {name.strip(): _text(path, name, table.column(name)) for name in names}
    return pd.DataFrame(columns, index=pd.RangeIndex(1, table.num_rows + 1))


def _text(path: Path, name: str, column: pa.ChunkedArray) -> Column:
    """A column as categories of text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    plain = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    if pa.types.is_null(kind):
        return _nothing(len(column))
    if not any(suits(kind) for suits in (*plain, *texts)):
        raise UserError(
            f"{path}: the column {name} is of type {kind}: give text, numbers, or true and false"
        )
    encoded = pc.dictionary_encode(column).unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], kind).dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    words = [*_words(encoded.dictionary), ""]  # null is the last of them
    again, names = pd.factorize(np.array(words, object))
    return _categories(again[codes], list(names))


def _words(values: pa.Array) -> Iterator[str]:
    """Distinct values as text: whole numbers without a point, whatever they are kept as."""
    for value in values.to_pylist():
        if isinstance(value, float):
            whole = abs(value) < 2**53 and value.is_integer()
            yield str(int(value)) if whole else "" if value != value else repr(value)
        elif isinstance(value, bool):
            yield "true" if value else "false"
        else:
            yield str(value)
