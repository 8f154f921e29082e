"""A cell whose problems many processes share out: a file a shard, until the cell is whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.plan.shard import Shard
from harness.records.schema import SCHEMA
from harness.records.sealed import RecordFile
from harness.records.store import PARTS, Records

CellError = Callable[[Sequence[Mapping[str, Any]]], str | None]
"""From the columns `invoked` and `judgements` of each row to why the whole cell cannot be
trusted."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of one cell, as they would be made now."""

    records: Records
    cell: str
    problems: int
    """Problems of the whole cell, over all shards."""
    count: int
    """Shards that the problems are divided among."""
    role_models: str
    commit: str

    def assemble(self, cell_error: CellError) -> bool:
        """Write the cell's file if the last part is there; whether it was.

        Whoever finishes a part calls this. Two processes that do so at once write the same bytes.
        On NFS a client may not see for a while what others wrote, but whose own file came last
        does: writing it brings the folder's news along.
        """
        shards = [Shard(n, self.count) for n in range(min(self.count, self.problems))]
        for shard in shards:
            rows = self.records.made_now(self.cell, self.role_models, self.commit, shard)
            if rows is None or len(rows) != len(shard.places(self.problems)):
                return False
        try:
            tables = [RecordFile(self.records.path(self.cell, s)).read() for s in shards]
        except FileNotFoundError:  # another process was faster
            return False
        table = self._in_order(tables)
        error = cell_error(table.select(["invoked", "judgements"]).to_pylist())
        column = SCHEMA.get_field_index("cell_error")
        errors = pa.array([error] * self.problems, pa.string())
        self.records.put(self.cell, table.set_column(column, SCHEMA.field(column), errors))
        self.tidy()
        return True

    def tidy(self) -> None:
        """Remove parts, of whatever number of shards, that nobody will come back to.

        What a resumed run would make anew keeps its parts: they are mended one by one.
        """
        folder = self.records.folder / PARTS / self.cell
        left = list(folder.glob("*.parquet"))
        whole = (self.cell, self.problems, self.role_models, self.commit)
        if left and self.records.kept(*whole) is not None:
            for path in left:
                path.unlink(missing_ok=True)
            with suppress(OSError):  # another process was faster, or has begun another part
                folder.rmdir()

    def _in_order(self, tables: Sequence[pa.Table]) -> pa.Table:
        """Rows by problem: place p is row p // count of the part p % count."""
        starts = [sum(len(table) for table in tables[:n]) for n in range(len(tables))]
        places = (divmod(place, self.count) for place in range(self.problems))
        order = pa.array([starts[part] + row for row, part in places])
        return pa.concat_tables(tables).take(order).cast(SCHEMA)
