"""Records of runs, and tables of published scores, as experiments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from analysis.contracts.experiment import Experiment
from analysis.contracts.finding import Finding, Severity
from analysis.contracts.reference import Decoding
from analysis.reading.build import build
from analysis.reading.by_item import by_item
from analysis.reading.copies import merged
from analysis.reading.others import TableKind, kind_of_file
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
TABLES = (".csv", ".parquet")
NAMED = 3
"""Files that are named where a table has many."""


def read(
    paths: Sequence[Path],
    mixed: bool = False,
    reference: Decoding | None = None,
    tell: Callable[[str], None] = lambda step: None,
) -> tuple[Experiment, ...]:
    """All experiments in some places, in order of appearance.

    Args:
        paths: each a run's folder, a folder of runs, a Parquet file or a folder of them, or a CSV
            or a folder of them. Tables of others hold published scores (see `published`) or scores
            item by item (see `items`); which, their columns say. Tables item by item are read as
            one, so that what they share is paired; so are the files of a folder.
        mixed: put families and training stages on one ladder where they were asked alike.
        reference: the decoding of the base that gains of records are over; None takes the greedy
            one where all arms without a selection were run so.
        tell: told of each table of others what it was taken for.

    Raises:
        UserError: a path holds none of these, or what it holds cannot be read.
    """
    found = [place for path in paths for place in _places(path)]
    records = [files for kind, files in found if kind is TableKind.RECORDS]
    files = list({file.resolve(): file for each in records for file in each}.values())
    tables = [files for kind, files in found if kind is TableKind.SCORES]
    items = [file for kind, files in found if kind is TableKind.ITEMS for file in files]
    result: list[Experiment] = []
    if files:
        result += _experiments(flatten_files(files, paths), mixed, reference)
    for table in tables:
        tell(f"{_listed(table)}: {TableKind.SCORES}")
        result += published(table, mixed)
    if items:
        tell(f"{_listed(items)}: {TableKind.ITEMS}; intervals are paired")
        result += by_item(items, mixed)
    if not result:
        raise UserError("nothing to read: name a run's folder, or a CSV of published scores")
    return named(result)


def _places(path: Path) -> Iterator[tuple[TableKind, list[Path]]]:
    """What a path holds, by kind; files of one kind in one folder belong together."""
    if path.suffix in TABLES and not path.is_dir():
        yield kind_of_file(path), [path]
        return
    own = sorted(path.glob("*.parquet"))
    runs = (
        (path / "records").is_dir() or any(path.glob("plan.json")) or any(path.glob("*/plan.json"))
    )
    own = own or ([] if runs else sorted(path.glob("*.csv")))
    by_kind: dict[TableKind, list[Path]] = {}
    for file in own:
        by_kind.setdefault(kind_of_file(file), []).append(file)
    yield from by_kind.items()
    if not own:
        yield TableKind.RECORDS, record_files(path)


def _listed(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    return ", ".join(path.name for path in paths[:NAMED]) + more


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
    rows, joined = merged(rows, list(_groups(rows.cells)))
    for cells, told in ((each.cells, each.findings) for each in joined):
        ladders = [each for _, each in cells.groupby(["family", "stage"], sort=False, dropna=False)]
        several = len(ladders) > 1
        for ladder in [cells] if mixed else ladders:
            one = build(rows, ladder, f"experiment {len(made)}", reference)
            result = (*_mixture(one, ladders, mixed),) if several else ()
            made.append(replace(one, findings=(*rows.findings, *told, *result, *one.findings)))
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
