"""Bamboogle: two-hop questions that a search engine does not answer at once (Press et al. 2023).

The set comes without texts; `corpus` names a folder of passages to search, and without one there
are no tools.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from benchmarks import own_exemplars
from benchmarks.fingerprint import LockedRecord
from benchmarks.hotpotqa import MultiHop
from benchmarks.sources import SourceRow
from harness.contracts.benchmark import Task
from harness.corpora import from_folder


@dataclass(frozen=True, kw_only=True)
class Bamboogle(MultiHop):
    """125 questions written by hand, with short answers."""

    name: str = field(default="bamboogle", init=False)
    corpus: str | None = field(default=None, repr=False)
    """A folder as `harness.corpora` reads it."""

    file: ClassVar[str] = "bamboogle/test.csv"
    split: ClassVar[str] = "test"

    def task(self) -> Task:
        exemplars = own_exemplars.searched("multi_hop", shown=False)
        task = self.asked("Answer the question.", exemplars, tokens=20)
        if self.corpus is None:
            return task
        return replace(task, corpus=from_folder(self.corpus), tools=("search", "lookup"))

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        return LockedRecord(
            self.numbered(index), row.text("Question", "question"), row.text("Answer", "answer")
        )
