"""Which work units of a run are finished, from the status that each job keeps and the records."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc

from harness.plan.shard import WHOLE, Shard
from harness.records.sealed import DamagedRecordsError, RecordFile
from harness.records.store import Records
from harness.run.heartbeats import Heartbeats, ProcessStatus
from harness.run.work_unit import Division


def unfinished(run: Path, division: Division) -> list[int]:
    """Work units that have not come to their end, or left something that another try may mend."""
    heartbeats = {status["name"]: status for status in Heartbeats(run).read()}
    records = Records(run / "records")
    return [
        each.index
        for each in division.work_units
        if not _finished(heartbeats.get(each.name), division, records, each.shard)
    ]


def _finished(
    status: ProcessStatus | None, division: Division, records: Records, shard: Shard
) -> bool:
    if status is None or status["state"] != "finished" or status["division"] != division.id:
        return False
    troubled = [cell["id"] for cell in status["cells"] if cell["why"] or cell["failed"]]
    return all(_final(records, cell, shard) for cell in troubled)


def _final(records: Records, cell: str, shard: Shard) -> bool:
    """Whether what went wrong in a cell would go wrong again: a prompt that does not fit, a PTE
    that does nothing. Attempts that failed, and models that were not loaded, get another try."""
    for part in dict.fromkeys((WHOLE, shard)):
        path = records.path(cell, part)
        if path.exists():
            try:
                failures = RecordFile(path).read(["failures"])["failures"]
            except DamagedRecordsError:  # made anew by whoever goes on with the run
                return False
            return not pc.any(pc.greater(failures, 0)).as_py()
    return False
