"""Which portions of a run are finished, from the status that each job keeps and the records."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from harness.plan.shard import WHOLE, Shard
from harness.records.store import Records
from harness.run.portion import Division
from harness.run.signs import Signs, Status


def unfinished(run: Path, division: Division) -> list[int]:
    """Portions that have not come to their end, or left something that another try may mend."""
    signs = {status["name"]: status for status in Signs(run).read()}
    records = Records(run / "records")
    return [
        each.index
        for each in division.portions
        if not _finished(signs.get(each.name), division, records, each.shard)
    ]


def _finished(status: Status | None, division: Division, records: Records, shard: Shard) -> bool:
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
            failures = pq.ParquetFile(path).read(columns=["failures"])["failures"]
            return not pc.any(pc.greater(failures, 0)).as_py()
    return False
