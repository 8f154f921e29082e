"""Writing and reading a run's folder of records: a file a cell, whole or not there."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness import __version__
from harness.errors import UserError
from harness.files import replacing
from harness.plan.shard import WHOLE, Shard
from harness.provenance import code
from harness.records.endings import COLUMNS
from harness.records.schema import SCHEMA, VERSION

NAME = re.compile(r"[\w-][\w.+-]*")
"""What a cell's id may be: it names a file of its folder and no other."""
PARTS = "_parts"
"""Folder of unfinished cells' parts; its name is one that readers of a whole folder pass over."""


@dataclass(frozen=True)
class Records:
    """The records of one run."""

    folder: Path

    def path(self, cell: str, shard: Shard = WHOLE) -> Path:
        """The file that holds a cell's rows once it is complete, or those of one shard until
        then."""
        if not NAME.fullmatch(cell):
            raise UserError(f"{cell!r} is no cell's id: {self.folder.parent} is damaged")
        if shard.whole:
            return self.folder / f"{cell}.parquet"
        return self.folder / PARTS / cell / f"{shard}.parquet"

    def write(self, cell: str, rows: Sequence[dict[str, Any]], shard: Shard = WHOLE) -> None:
        """Write a complete cell or shard of it, sorted by problem as given; atomic, durable.

        Raises:
            UserError: the disk refuses.
        """
        self.put(cell, pa.Table.from_pylist(list(rows), schema=SCHEMA), shard)

    def put(self, cell: str, table: pa.Table, shard: Shard = WHOLE) -> None:
        """Write a cell's file, or one shard's, from an Arrow table of the schema."""
        try:
            with replacing(self.path(cell, shard)) as part:
                pq.write_table(table, part, compression="zstd")
        except OSError as error:
            raise UserError(
                f"the records in {self.folder} cannot be written ({error.strerror or error}): "
                "free space and run the same command again: finished draws are kept"
            ) from error

    def made_now(
        self, cell: str, role_models: str, commit: str, shard: Shard = WHOLE
    ) -> pd.DataFrame | None:
        """Scores, failures and how attempts ended, by row, if the rows were made by these models
        and this code; None where there are none, or where other weights, adapters, engines or code
        made them."""
        path = self.path(cell, shard)
        if not path.exists():
            return None
        names = ["schema_version", "voices", "git_commit", "harness_version", "code"]
        own = sorted({"score", "failures", "overflows", "cell_error", *COLUMNS})
        try:
            if set(SCHEMA.names) - set(pq.read_schema(path).names):
                return None  # an older harness wrote it, before a column was added
            rows = pq.read_table(path, columns=names + own).to_pandas()
        except FileNotFoundError:  # a shard whose cell has just become whole
            return None
        made = set(rows[names].itertuples(index=False, name=None))
        return rows if made == {(VERSION, role_models, commit, __version__, code())} else None

    def kept(
        self, cell: str, problems: int, role_models: str, commit: str, shard: Shard = WHOLE
    ) -> pd.DataFrame | None:
        """The rows of a finished cell or shard of so many problems, if they are what would be
        written now; None where they are not.

        They are not where a problem is missing or an attempt failed, where other weights, adapters
        or engines spoke (a moved branch, a new version), or where other code or an uncommitted
        change of it asked and read: making rows anew from the journal costs no draw.
        """
        if commit.endswith("+dirty"):
            return None
        rows = self.made_now(cell, role_models, commit, shard)
        whole = rows is not None and len(rows) == problems and not (rows["failures"] > 0).any()
        return rows if whole else None

    def frame(self) -> pd.DataFrame:
        """All rows of the run.

        Raises:
            UserError: no records, or records of another schema version.
        """
        return read([self.folder])


def read_runs(runs: Sequence[Path]) -> pd.DataFrame:
    """All rows of the cells of these runs.

    Raises:
        UserError: as `read` does.
    """
    return _frame(read_table(run_files(runs), runs))


def read_files(files: Sequence[Path], places: Sequence[Path]) -> pd.DataFrame:
    """All rows of some files of records; `places` is where they were looked for, for messages.

    Raises:
        UserError: as `read` does.
    """
    return _frame(read_table(files, places))


def read(folders: Sequence[Path]) -> pd.DataFrame:
    """All rows below the given folders of records.

    Raises:
        UserError: no records, or records of another schema version.
    """
    files = sorted(file for folder in folders for file in folder.glob("*.parquet"))
    return _frame(read_table(files, folders))


def run_files(runs: Sequence[Path]) -> list[Path]:
    """The records of the cells that each run's plan names: what an earlier plan left in the same
    folder is not part of it. A folder of records without a plan is taken whole."""
    files = []
    for run in runs:
        records = Records(run / "records")
        if (run / "plan.json").exists():
            plan = json.loads((run / "plan.json").read_text())
            files += [records.path(cell["cell"]) for cell in plan["cells"]]
        else:
            files += sorted(records.folder.glob("*.parquet"))
    return [file for file in files if file.exists()]


def read_table(
    files: Sequence[Path], folders: Sequence[Path], columns: Sequence[str] | None = None
) -> pa.Table:
    """All rows of some files of records, as an Arrow table.

    Args:
        files: what to read.
        folders: where they were looked for, for messages.
        columns: names, `draws.list.element.key` for a part of a nested one; None for all of the
            schema. What older records lack is null.

    Raises:
        UserError: no files, or records of another schema version.
    """
    if not files:
        raise UserError(f"no records in {', '.join(map(str, folders))}: has a cell finished?")
    for file in files:
        result = (pq.read_schema(file).metadata or {}).get(b"pte_records_version", b"?").decode()
        if result != str(VERSION):
            raise UserError(
                f"{file} has records of schema version {result}, this harness reads {VERSION}: "
                "run the sweep again, its draws are in the journal"
            )
    # Not `pq.read_table`, which knows neither parts of nested columns nor absent ones.
    tables = [pq.ParquetFile(file).read(columns=columns and list(columns)) for file in files]
    whole = {name.partition(".")[0] for name in columns or SCHEMA.names if "." not in name}
    # The empty table brings columns that older records lack: they are null there.
    empty = pa.schema([field for field in SCHEMA if field.name in whole]).empty_table()
    return pa.concat_tables([empty, *tables], promote_options="default")


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(maps_as_pydicts="strict")
    return frame
