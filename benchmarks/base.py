"""What all benchmarks made of a table of rows have in common."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from benchmarks import fingerprint, sources
from benchmarks.fingerprint import LockedRecord
from benchmarks.passages import PassagePool
from benchmarks.sources import HubRef, SourceRow, SourceTable
from harness.contracts.benchmark import Benchmark, Dataset, DataSource, Grade
from harness.contracts.problem import Item, Problem
from harness.errors import UserError
from harness.ranges import Count, Tokens


@dataclass(frozen=True, kw_only=True)
class TabularBenchmark(Benchmark):
    """A benchmark whose problems are the rows of a file or of a hub dataset."""

    limit: Count | None = None
    data: str | None = field(default=None, repr=False, compare=False)
    """A folder of files; None reads from the hub. A cell is the same wherever its data lie."""
    hub: HubRef | None = None
    reasoning_tokens: Tokens = 256
    answer_tokens: Tokens = 24
    reply_tokens: Tokens = 512
    """Token limit of a reply where the readout is `free`; the other two limit what a cue ends."""

    file: ClassVar[str]
    """The graded split's path inside the folder."""
    split: ClassVar[str] = "test"

    @abstractmethod
    def record(self, index: int, row: SourceRow) -> LockedRecord | None:
        """The row in common form, or None for a row that the benchmark cannot grade."""

    def problem(self, record: LockedRecord) -> Problem:
        """What a solver sees of a record."""
        return Problem(record.id, record.question)

    def chance(self, record: LockedRecord) -> float:
        """Expected score of a guess among the record's options; 0 where there are none."""
        return 1 / len(record.options) if record.options else 0.0

    def table(self) -> SourceTable:
        """The rows of the graded split."""
        return sources.read(self.data, self.file, self.hub)

    def load(self) -> Dataset:
        records, source = self.checked(self.table(), self.split)
        return Dataset(self.items(records[: self.limit]), source)

    def items(self, records: Iterable[LockedRecord]) -> tuple[Item, ...]:
        """Records as problems with their targets."""
        return tuple(Item(self.problem(r), r.target, self.chance(r)) for r in records)

    def checked(
        self, table: SourceTable, split: str
    ) -> tuple[tuple[LockedRecord, ...], DataSource]:
        """All records of a split, after a look at the lock file."""
        records = self.records(table)
        return records, fingerprint.check(self.name, split, table, records)

    def records(self, table: SourceTable) -> tuple[LockedRecord, ...]:
        """The rows of a table in common form.

        Raises:
            UserError: two rows have the same id.
        """
        made = (self.record(index, row) for index, row in enumerate(table.rows))
        records = tuple(record for record in made if record is not None)
        if left := len(table.rows) - len(records):
            warnings.warn(
                f"{self.name}: {left} of {len(table.rows)} rows of {table.location} cannot be "
                "graded and are left out",
                stacklevel=2,
            )
        if repeated := _repeated(record.id for record in records):
            raise UserError(f"{table.location} has the id {repeated!r} twice; fetch the data again")
        return records

    def splits(self) -> dict[str, SourceTable]:
        """Every split that the benchmark reads, for the lock file."""
        return {self.split: self.table()}

    def pooled(self) -> PassagePool | None:
        """The passages that the benchmark brings along, for the lock file."""
        return None

    def numbered(self, index: int) -> str:
        """An id by place, for sets without ids of their own."""
        return f"{self.name}-{index:05d}"


def grade_exact(target: Any, canonical_answer: str | None) -> Grade:
    """1 for an answer whose canonical form is the target, 0 for any other and for none."""
    return Grade(float(canonical_answer is not None and canonical_answer == target))


def _repeated(ids: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            return each
        seen.add(each)
    return None
