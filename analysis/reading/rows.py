"""Records as two flat tables: what is said once a cell, and once an attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.contracts.finding import Finding, Severity
from harness.errors import UserError
from harness.records.endings import COLUMNS as ENDINGS

CELL = (
    *("experiment", "setting", "model", "family", "stage", "parameters", "training_flop"),
    *("training_flop_source", "valid_for_ceg", "weights", "revision", "adapter", "engine"),
    *("engine_version", "engine_settings", "dtype", "quantisation", "benchmark", "task_type"),
    *("readout", "dataset", "dataset_revision", "dataset_sha256", "stack", "stack_id", "ptes"),
    *("categories", "stack_config", "greedy", "selects", "must_sample", "replicate"),
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
NESTED = (
    "completions.list.element.calls",
    *(f"candidates.list.element.{part}" for part in ("status", "canonical", "weight", "score")),
    *(f"draws.list.element.{part}" for part in ("key", "content")),
)
COLUMNS = (*CELL, *ATTEMPT, *NESTED)
"""What the analysis reads of the records."""
NEEDED = ("cell", "problem", "score", "model", "training_flop", "benchmark", "stack", "stack_id")
LATER = ("experiment", "chance", "categories", "voices", "setting", "overflows")
"""Columns that older records of the same version lack."""


@dataclass(frozen=True)
class Rows:
    """Records of any number of cells."""

    cells: pd.DataFrame
    """A row a cell, in order of appearance, with the columns `CELL` and `cell`."""
    attempts: pd.DataFrame
    """A row an attempt: `cell` as the number of its row in `cells`, the other columns `ATTEMPT`,
    `completions`, how many it made, and `row`, its row in `nested`."""
    nested: pa.Table
    """Columns `candidates` and `draws`, as far as there are any."""
    findings: tuple[Finding, ...]

    def of(self, cells: Sequence[int]) -> pd.DataFrame:
        """The attempts of some cells."""
        wanted = np.zeros(len(self.cells), bool)
        wanted[list(cells)] = True
        result: pd.DataFrame = self.attempts.loc[wanted[self.attempts["cell"].to_numpy()]]
        return result


def flatten(table: pa.Table) -> Rows:
    """Split records into what is said of cells and of attempts.

    Raises:
        UserError: a column is missing that nothing can stand in for, or a score is none.
    """
    missing = [name for name in NEEDED if name not in table.column_names]
    if missing or not table.num_rows:
        what = f"lack the column {missing[0]}" if missing else "have no rows"
        raise UserError(f"these records {what}: give records that pte run has written")
    codes, first = _cells(table.column("cell"))
    said = [name for name in ("cell", *CELL) if name in table.column_names]
    cells = table.select(said).take(pa.array(first)).to_pandas()
    own = [name for name in ATTEMPT if name in table.column_names and name != "cell"]
    attempts = table.select(own).to_pandas().assign(cell=codes, row=np.arange(table.num_rows))
    attempts["completions"] = _completions(table)
    cells = cells.reindex(columns=["cell", *CELL])
    attempts = attempts.reindex(columns=[*ATTEMPT, "completions", "row"])
    _check_scores(cells, attempts)
    findings = [*_older(cells, attempts), *_twice(cells, attempts)]
    attempts = attempts.drop_duplicates(["cell", "problem"])
    filled = {"chance": 0.0, "failures": 0, "overflows": 0}
    nested = table.select([n for n in ("candidates", "draws") if n in table.column_names])
    return Rows(cells, attempts.fillna(filled), nested, tuple(findings))


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
        f"{int(again.sum())} rows are there twice, of {', '.join(map(str, names[:5]))}: the first "
        "are taken; name each run once"
    )
    return [Finding(Severity.NOTE, "records", message)]
