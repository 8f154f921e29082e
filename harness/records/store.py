"""Writing and reading a run's folder of records: a file a cell, whole or not there."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness import __version__
from harness.errors import UserError
from harness.records.schema import SCHEMA, VERSION


@dataclass(frozen=True)
class Records:
    """The records of one run."""

    folder: Path

    def path(self, cell: str) -> Path:
        """Where a cell's rows are, once it is complete."""
        return self.folder / f"{cell}.parquet"

    def write(self, cell: str, rows: Sequence[dict[str, Any]]) -> None:
        """Write a complete cell, sorted by problem as given; atomic, durable."""
        self.folder.mkdir(parents=True, exist_ok=True)
        table = pa.Table.from_pylist(list(rows), schema=SCHEMA)
        part = self.folder / f".{cell}-{uuid.uuid4().hex}.part"
        pq.write_table(table, part, compression="zstd")
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(self.path(cell))

    def kept(self, cell: str, problems: int, voices: str, commit: str) -> pd.DataFrame | None:
        """A finished cell's rows, if they are what would be written now; None where they are not.

        They are not where a problem is missing or an attempt failed, where other weights, adapters
        or engines spoke (a moved branch, a new version), or where other code or an uncommitted
        change of it asked and read: making rows anew from the journal costs no draw.
        """
        if not self.path(cell).exists() or commit.endswith("+dirty"):
            return None
        names = ["schema_version", "voices", "git_commit", "harness_version"]
        own = ["score", "failures", "overflows", "cell_error"]
        if set(names + own) - set(pq.read_schema(self.path(cell)).names):
            return None
        rows = pq.read_table(self.path(cell), columns=names + own).to_pandas()
        made = set(rows[names].itertuples(index=False, name=None))
        same = made == {(VERSION, voices, commit, __version__)}
        whole = len(rows) == problems and not (rows["failures"] > 0).any()
        return rows if same and whole else None

    def frame(self) -> pd.DataFrame:
        """All rows of the run.

        Raises:
            UserError: no records, or records of another schema version.
        """
        return read([self.folder])


def read_runs(runs: Sequence[Path]) -> pd.DataFrame:
    """All rows of the cells that each run's plan names: what an earlier plan left in the same
    folder is not part of it. A folder of records without a plan is read whole.

    Raises:
        UserError: as `read` does.
    """
    files = []
    for run in runs:
        records = Records(run / "records")
        if (run / "plan.json").exists():
            plan = json.loads((run / "plan.json").read_text())
            files += [records.path(cell["cell"]) for cell in plan["cells"]]
        else:
            files += sorted(records.folder.glob("*.parquet"))
    return _frame([file for file in files if file.exists()], runs)


def read(folders: Sequence[Path]) -> pd.DataFrame:
    """All rows below the given folders of records.

    Raises:
        UserError: no records, or records of another schema version.
    """
    files = sorted(file for folder in folders for file in folder.glob("*.parquet"))
    return _frame(files, folders)


def _frame(files: Sequence[Path], folders: Sequence[Path]) -> pd.DataFrame:
    if not files:
        raise UserError(f"no records in {', '.join(map(str, folders))}: has a cell finished?")
    for file in files:
        found = (pq.read_schema(file).metadata or {}).get(b"pte_records_version", b"?").decode()
        if found != str(VERSION):
            raise UserError(
                f"{file} has records of schema version {found}, this harness reads {VERSION}: "
                "run the sweep again, its draws are in the journal"
            )
    tables = [pq.read_table(file) for file in files]
    frame: pd.DataFrame = pa.concat_tables(tables).to_pandas(maps_as_pydicts="strict")
    return frame
