"""Writing and reading a run's folder of records: a file a cell, whole or not there."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from harness import __version__
from harness.errors import UserError
from harness.files import replacing
from harness.plan.shard import WHOLE, Shard
from harness.provenance import code
from harness.records import sealed
from harness.records.endings import COLUMNS
from harness.records.form import FormError, in_form, told_once
from harness.records.run_plan import DamagedPlanError, read_run_plan
from harness.records.schema import SCHEMA, VERSION

_log = logging.getLogger(__name__)

VERSION_KEY = b"pte_records_version"
NAME = re.compile(r"[\w-][\w.+-]*")
"""What a cell's id may be: it names a file of its folder and no other."""
PARTS = "_parts"
"""Folder of unfinished cells' parts; its name is one that readers of a whole folder pass over."""


class AllDamagedError(UserError):
    """Not one of the files of records is as it was written."""


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
                sealed.write(table, part)
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
        made them. Damaged ones are none, and are warned of."""
        path = self.path(cell, shard)
        names = ["schema_version", "voices", "git_commit", "harness_version", "code"]
        own = sorted({"score", "failures", "overflows", "cell_error", *COLUMNS})
        try:
            file = sealed.RecordFile(path)
            if set(SCHEMA.names) - set(file.schema.names):
                return None  # an older harness wrote it, before a column was added
            rows = file.read(names + own).to_pandas()
        except FileNotFoundError:
            return None
        except sealed.DamagedRecordsError as damage:
            sealed.told(damage, "they count as absent, and are made anew from the journal")
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
            try:
                plan = read_run_plan(run)
                files += [records.path(cell["cell"]) for cell in plan["cells"]]
                continue
            except DamagedPlanError as damage:
                _log.warning("%s; all records there are taken", damage)
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
    tables = []
    for file in files:
        try:
            tables.append(_read(file, columns))
        except sealed.DamagedRecordsError as damage:
            sealed.told(damage, "they are left out; the same pte run makes them anew")
        except FormError as error:
            told_once(file, str(error))
    if not tables:
        raise AllDamagedError(
            f"all records in {', '.join(map(str, folders))} are damaged: start the same pte run "
            "again, it makes them anew from the journal"
        )
    whole = {name.partition(".")[0] for name in columns or SCHEMA.names if "." not in name}
    # The empty table brings columns that older records lack: they are null there.
    empty = pa.schema([field for field in SCHEMA if field.name in whole]).empty_table()
    return pa.concat_tables([empty, *tables], promote_options="default")


def _read(path: Path, columns: Sequence[str] | None) -> pa.Table:
    file = sealed.RecordFile(path)
    version = (file.schema.metadata or {}).get(VERSION_KEY, b"?").decode()
    if version != str(VERSION):
        raise UserError(
            f"{path} has records of schema version {version}, this harness reads {VERSION}: "
            "run the sweep again, its draws are in the journal"
        )
    if missing := {"cell", "problem"} - set(file.schema.names):
        raise FormError(path, f"it has no column {min(missing)}")
    return in_form(file.read(columns), path)


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(maps_as_pydicts="strict")
    return frame
