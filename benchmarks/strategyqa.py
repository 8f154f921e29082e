"""StrategyQA: yes or no questions that hide the steps they need (Geva et al. 2021).

Supporting facts are not shown. By default those of all questions are pooled into the corpus that
may be searched. They were written for these very questions, by those who wrote the questions, and
nothing else lies among them: what retrieval gains over them is an upper bound of what it would gain
over an encyclopedia. `corpus` can name a folder of texts instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from benchmarks import own_exemplars, passages
from benchmarks.base import TabularBenchmark, grade_exact
from benchmarks.fingerprint import LockedRecord
from benchmarks.passages import PassagePool
from benchmarks.sources import SourceRow
from benchmarks.yes_no import canonical_yes_no, extract_yes_no, lenient_yes_no
from harness.contracts.benchmark import Grade, Task
from harness.contracts.passage import Corpus, Passage
from harness.corpora import from_folder, sentences

__all__ = ["FACTS", "StrategyQA", "canonical_yes_no", "extract_yes_no", "facts"]

FACTS = "facts"
"""The setting `corpus` for the pool of the set's own facts."""


@dataclass(frozen=True, kw_only=True)
class StrategyQA(TabularBenchmark):
    """Yes or no, generated. The file is the original development split, the hub has another."""

    name: str = field(default="strategyqa", init=False)
    task_type: str = field(default="commonsense", init=False)
    corpus: str | None = field(default=FACTS, repr=False)
    """What may be searched: `facts`, a folder as `harness.corpora` reads it, or None."""

    file: ClassVar[str] = "strategyqa/dev.json"

    def task(self) -> Task:
        task = Task(
            name=self.name,
            instruction="Answer the question with yes or no.",
            answer_format="yes or no",
            extract=extract_yes_no,
            canonical=canonical_yes_no,
            lenient=lenient_yes_no,
            reasoning_tokens=self.reasoning_tokens,
            answer_tokens=self.answer_tokens,
            exemplars=own_exemplars.plain("strategyqa"),
            question_tokens=12,
        )
        corpus = self._corpus()
        return task if corpus is None else replace(task, corpus=corpus, tools=("search", "lookup"))

    def _corpus(self) -> Corpus | None:
        if self.corpus is not None and self.corpus != FACTS:
            return from_folder(self.corpus)
        if self.corpus is None or (self.data is None and self.hub is None):
            return None  # without a source there is nothing to read; `load` says so
        return passages.corpus(self.name, facts, self.data, self.file, self.hub)

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        answer = row.get("answer")
        if not isinstance(answer, bool):
            raise row.error("has neither true nor false in field 'answer'")
        return LockedRecord(row.text("qid"), row.text("question"), "yes" if answer else "no")

    def chance(self, record: LockedRecord) -> float:
        return 0.5

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        return grade_exact(target, None if answer is None else canonical_yes_no(answer))

    def pooled(self) -> PassagePool:
        return passages.pool_passages(facts, self.data, self.file, self.hub)


def facts(row: SourceRow) -> Iterable[Passage]:
    """A question's supporting facts under the term that it is about; the hub has them as a text.

    Raises:
        UserError: the row has no facts.
    """
    result = row.get("facts")
    parts = sentences(result) if isinstance(result, str) else tuple(result)
    if not parts or not all(isinstance(part, str) for part in parts):
        raise row.error("has no list of texts in field 'facts'")
    return [Passage(row.text("term"), parts)]
