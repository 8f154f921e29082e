"""Records as two flat tables: what is said once a cell, and once an attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.contracts.finding import Finding, Severity
from analysis.reading.nested import DRAWS, POOL, InFiles, InMemory, Nested
from harness.errors import UserError
from harness.records.endings import COLUMNS as ENDINGS
from harness.records.store import AllDamagedError, read_table

CELL = (
    *("experiment", "setting", "model", "family", "stage", "parameters", "training_flop"),
    *("training_flop_source", "valid_for_ceg", "training_seed", "weights", "revision"),
    *("adapter", "engine", "engine_version", "engine_settings", "dtype", "quantisation"),
    *("benchmark", "task_type", "toy"),
    *("readout", "dataset", "dataset_revision", "dataset_sha256", "stack", "stack_id", "ptes"),
    *("categories", "table_rows", "stack_config", "greedy", "selects", "must_sample", "replicate"),
    *("seed", "sampling", "context_window"),
    *("one_time_flop", "oracle", "voices", "cell_error", "harness_version", "git_commit"),
    *("date", "code", "sources"),
)
"""Columns that hold one value in all rows of a cell."""
ATTEMPT = (
    "cell",
    "problem",
    "canonical",
    "score",
    "flop",
    "own_prefix_flop",
    "failures",
    "overflows",
    "chance",
    *(name for name in ENDINGS if name not in ("score", "completions")),
)
CALLS = "completions.list.element.calls"
FLAT = (*CELL, *ATTEMPT, CALLS)
"""What the analysis reads of all records at once."""
COLUMNS = (*CELL, *ATTEMPT, "completions", POOL, DRAWS)
"""What it reads of records in all, by the columns of a frame."""
NEEDED = ("cell", "problem", "score", "model", "training_flop", "benchmark", "stack", "stack_id")
LATER = ("experiment", "chance", "categories", "voices", "setting", "overflows")
"""Columns that older records of the same version lack."""


@dataclass(frozen=True)
class Rows:
    """Records of any number of cells."""

    cells: pd.DataFrame
    """A row a cell, in order of appearance, with the columns `CELL`, `cell` and `again`: 0, or
    which time its rows are there again, as those of another run of the same cell are."""
    attempts: pd.DataFrame
    """A row an attempt: `cell` as the number of its row in `cells`, the other columns `ATTEMPT`,
    `completions`, how many it made, and `row`, its row in `nested`."""
    nested: Nested
    """Candidates and draws of each row."""
    size: int
    """Number of rows in the records, which rows are numbered by."""
    findings: tuple[Finding, ...]

    def of(self, cells: Sequence[int]) -> pd.DataFrame:
        """The attempts of some cells."""
        wanted = np.zeros(len(self.cells), bool)
        wanted[list(cells)] = True
        result: pd.DataFrame = self.attempts.loc[wanted[self.attempts["cell"].to_numpy()]]
        return result


def flatten(table: pa.Table) -> Rows:
    """Split records that are in memory into what is said of cells and of attempts.

    Raises:
        UserError: a column is missing that nothing can stand in for, or a score is none.
    """
    return _joined([_split(table)], InMemory(table))


def flatten_files(files: Sequence[Path], places: Sequence[Path]) -> Rows:
    """Split records in files: what is said once a cell is kept once, and nested columns stay where
    they are, so that millions of attempts take no more memory than their scores and costs.

    Args:
        files: of records.
        places: where they were looked for, for messages.

    Raises:
        UserError: no records, all of them damaged, or as `flatten` does.
    """
    sound, parts = [], []
    for file in files:
        try:
            parts.append(_split(read_table([file], places, FLAT)))
        except AllDamagedError:  # it has been warned of
            continue
        sound.append(file)
    if not sound:
        read_table(files, places, FLAT)  # says what is wrong with them all
    starts = np.concatenate([[0], np.cumsum([len(part.attempts) for part in parts])])
    return _joined(parts, InFiles(tuple(sound), starts.astype(np.intp)))


@dataclass(frozen=True)
class _Part:
    """A table's cells and attempts, the latter with `cell` as the number of its row in `cells`."""

    cells: pd.DataFrame
    attempts: pd.DataFrame


def _split(table: pa.Table) -> _Part:
    missing = [name for name in NEEDED if name not in table.column_names]
    if missing or not table.num_rows:
        what = f"lack the column {missing[0]}" if missing else "have no rows"
        raise UserError(f"these records {what}: give records that pte run has written")
    codes, first = _cells(table.column("cell"))
    said = [name for name in ("cell", *CELL) if name in table.column_names]
    cells = table.select(said).take(pa.array(first)).to_pandas()
    own = [name for name in ATTEMPT if name in table.column_names and name != "cell"]
    attempts = table.select(own).to_pandas().assign(cell=codes)
    attempts["completions"] = _completions(table)
    attempts = attempts.reindex(columns=[*ATTEMPT, "completions"])
    return _Part(cells.reindex(columns=["cell", *CELL]), attempts)


def _joined(parts: Sequence[_Part], nested: Nested) -> Rows:
    several = pd.concat([part.cells for part in parts], ignore_index=True)
    codes, _ = pd.factorize(several["cell"])
    cells = several[~several.duplicated("cell")].reset_index(drop=True)
    numbers = np.split(codes, np.cumsum([len(part.cells) for part in parts])[:-1])
    attempts = pd.concat(
        [
            part.attempts.assign(cell=number[part.attempts["cell"].to_numpy()])
            for part, number in zip(parts, numbers, strict=True)
        ],
        ignore_index=True,
    )
    size = len(attempts)
    attempts["row"] = np.arange(size)
    _check_scores(cells, attempts)
    findings = [*_older(cells, attempts), *_twice(cells, attempts)]
    cells, attempts = _told_apart(cells.assign(again=0), attempts)
    filled = {"chance": 0.0, "failures": 0, "overflows": 0}
    return Rows(cells, attempts.fillna(filled), nested, size, tuple(findings))


def _cells(column: pa.ChunkedArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The cell of each row as a number by order of appearance, and each cell's first row."""
    encoded = pc.dictionary_encode(column).combine_chunks()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.intp)
    _, first = np.unique(codes, return_index=True)
    return codes, first


def _completions(table: pa.Table) -> NDArray[np.float64]:
    """Completions of each row, in all roles; 0 where older records do not tell."""
    if "completions" not in table.column_names or not pa.types.is_list(
        table.schema.field("completions").type
    ):
        return np.zeros(table.num_rows)
    lists = table.column("completions").combine_chunks()
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    calls = lists.flatten().field("calls").to_numpy(zero_copy_only=False).astype(np.float64)
    row = np.repeat(np.arange(table.num_rows), lengths)
    return np.bincount(row, weights=calls, minlength=table.num_rows).astype(np.float64)


def _check_scores(cells: pd.DataFrame, attempts: pd.DataFrame) -> None:
    wrong = attempts[(attempts["score"] < 0) | (attempts["score"] > 1)]
    if wrong.empty:
        return
    first = wrong.iloc[0]
    cell = cells.iloc[int(first["cell"])]
    raise UserError(
        f"cell {cell['cell']} ({cell['stack']} on {cell['model']}, {cell['benchmark']}): the score "
        f"of problem {first['problem']} is {first['score']:g}, and scores lie in [0, 1]; let the "
        "benchmark grade so, and start the same pte run again"
    )


def _told_apart(cells: pd.DataFrame, attempts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows that are there again as cells of their own: copies, or drawn anew by another run."""
    if not attempts.duplicated(["cell", "problem"]).any():
        return cells, attempts
    again = attempts.groupby(["cell", "problem"], sort=False).cumcount().to_numpy()
    own = attempts["cell"].to_numpy().copy()
    further: list[pd.DataFrame] = []
    for cell, time in sorted(
        set(zip(own[again > 0].tolist(), again[again > 0].tolist(), strict=True))
    ):
        own[(attempts["cell"].to_numpy() == cell) & (again == time)] = len(cells) + len(further)
        further.append(cells.iloc[[cell]].assign(again=time))
    return pd.concat([cells, *further], ignore_index=True), attempts.assign(cell=own)


def _older(cells: pd.DataFrame, attempts: pd.DataFrame) -> list[Finding]:
    absent = [
        name for name in LATER if (cells[name] if name in cells else attempts[name]).isna().any()
    ]
    if not absent:
        return []
    message = (
        f"records of an older harness lack {', '.join(absent)}: without an experiment's hash they "
        "are grouped by benchmark, readout, data, sampling, window, seed and engine; without "
        "chance a guess counts as 0; start the same sweep again, it asks for no draw and fills "
        "the columns"
    )
    return [Finding(Severity.WARNING, "records", message)]


def _twice(cells: pd.DataFrame, attempts: pd.DataFrame) -> list[Finding]:
    again = attempts.duplicated(["cell", "problem"])
    if not again.any():
        return []
    names = cells.loc[attempts.loc[again, "cell"].unique(), "stack"].unique()
    message = (
        f"{int(again.sum())} rows are there twice, of {', '.join(map(str, names[:5]))}: of copies "
        "the first are taken; name each run once"
    )
    return [Finding(Severity.NOTE, "records", message)]
