"""Records of runs, and tables of published scores, as experiments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from analysis.contracts.experiment import Experiment
from analysis.contracts.finding import Finding, Severity
from analysis.contracts.reference import Decoding
from analysis.reading.build import build
from analysis.reading.copies import merged
from analysis.reading.provenance import named
from analysis.reading.published import published
from analysis.reading.rows import COLUMNS, Rows, flatten, flatten_files
from harness.errors import UserError
from harness.records.places import record_files
from harness.records.schema import FAKE, NOT_MEASURED, SCHEMA

FALLBACK = (
    *("benchmark", "readout", "dataset_sha256", "sampling", "context_window", "seed", "engine"),
    *("dtype", "quantisation"),
)
"""What groups the cells of records that are older than the experiment's hash."""


def read(
    paths: Sequence[Path], mixed: bool = False, reference: Decoding | None = None
) -> tuple[Experiment, ...]:
    """All experiments in some places, in order of appearance.

    Args:
        paths: each a run's folder, a folder of runs, a folder of Parquet records, or a CSV of
            published scores (see `published`).
        mixed: put families and training stages on one ladder where they were asked alike.
        reference: the decoding of the base that gains of records are over; None takes the greedy
            one where all arms without a selection were run so.

    Raises:
        UserError: a path holds none of these, or what it holds cannot be read.
    """
    files = [file for path in paths if path.suffix != ".csv" for file in record_files(path)]
    result: list[Experiment] = []
    if files:
        result += _experiments(flatten_files(files, paths), mixed, reference)
    for path in paths:
        if path.suffix == ".csv":
            result += published(path, mixed)
    if not result:
        raise UserError("nothing to read: name a run's folder, or a CSV of published scores")
    return named(result)


def from_frame(
    frame: pd.DataFrame, mixed: bool = False, reference: Decoding | None = None
) -> tuple[Experiment, ...]:
    """The experiments of records in a frame, as `harness.records.store.read` gives it; see `read`.

    Raises:
        UserError: a column is missing that nothing can stand in for.
    """
    names = [field.name for field in SCHEMA if field.name in COLUMNS and field.name in frame]
    schema = pa.schema([SCHEMA.field(name) for name in names])
    table = pa.Table.from_pandas(frame[names], schema=schema, preserve_index=False)
    return named(_experiments(flatten(table), mixed, reference))


def _experiments(rows: Rows, mixed: bool, reference: Decoding | None) -> list[Experiment]:
    """An experiment for each hash, family and stage; without family and stage where `mixed`."""
    if (rows.cells["engine"] == FAKE).any():
        raise UserError(
            f"{NOT_MEASURED}. Its records are among these, and there is nothing to analyse in what "
            "no model said: name runs of other engines alone"
        )
    made: list[Experiment] = []
    groups, copies = merged(rows, list(_groups(rows.cells)))
    for cells in groups:
        ladders = [each for _, each in cells.groupby(["family", "stage"], sort=False, dropna=False)]
        several = len(ladders) > 1
        for ladder in [cells] if mixed else ladders:
            one = build(rows, ladder, f"experiment {len(made)}", reference)
            result = (*_mixture(one, ladders, mixed),) if several else ()
            made.append(replace(one, findings=(*rows.findings, *copies, *result, *one.findings)))
    return made


def _groups(cells: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Cells that were asked alike: by hash, and by what stands in for it in older records."""
    known = cells["experiment"].notna()
    for _, group in cells[known].groupby("experiment", sort=False):
        yield group
    older = cells[~known]
    if older.empty:
        return
    # The greedy base decodes in its own way; it belongs where its model's other arms do.
    sampled = older["sampling"].where(~older["greedy"].astype(bool))
    beside = [older[name] for name in ("model", *FALLBACK) if name != "sampling"]
    others = sampled.groupby(beside, dropna=False).transform("first")
    asked = older.assign(sampling=sampled.fillna(others).fillna(older["sampling"]))
    for _, group in asked.groupby(list(FALLBACK), sort=False, dropna=False):
        yield older.loc[group.index]


def _mixture(one: Experiment, ladders: Sequence[pd.DataFrame], mixed: bool) -> Iterator[Finding]:
    names = "; ".join(f"{each.iloc[0]['family']} {each.iloc[0]['stage']}" for each in ladders)
    if mixed:
        message = (
            f"families or stages share one ladder, as asked ({names}): its curve may mean little"
        )
        yield Finding(Severity.WARNING, one.name, message)
    else:
        message = (
            f"the records hold several families or stages ({names}): each is a ladder of its own"
        )
        yield Finding(Severity.NOTE, one.name, message)
