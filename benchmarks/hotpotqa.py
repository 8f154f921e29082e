"""HotpotQA: questions whose answer takes two paragraphs of Wikipedia (Yang et al. 2018).

The development set in the distractor setting. The paragraphs of all its problems, ten a problem and
two of them needed, are pooled into the corpus that may be searched: an offline stand-in for the
whole of Wikipedia, which the ReAct paper searches live. The answer is in it by construction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from benchmarks import own_exemplars, passages
from benchmarks.base import TabularBenchmark
from benchmarks.fingerprint import LockedRecord
from benchmarks.own_exemplars import with_passages
from benchmarks.passages import PassagePool
from benchmarks.sources import SourceRow
from benchmarks.spans import canonical_span, extract_span, grade_span, lenient_span
from harness.contracts.benchmark import Dataset, Grade, Task
from harness.contracts.passage import Passage
from harness.contracts.problem import Exemplar
from harness.ranges import Tokens

_BETWEEN = re.compile(r" {2,}")
"""What separates the sentences of a paragraph that is written as one text."""


@dataclass(frozen=True, kw_only=True)
class MultiHop(TabularBenchmark):
    """What questions of several hops share: short answers in free words, exact match and F1."""

    task_type: str = field(default="qa", init=False)
    answer_tokens: Tokens = 32

    def asked(self, instruction: str, exemplars: tuple[Exemplar, ...], tokens: int) -> Task:
        """The task, with these exemplars and about so many tokens a question."""
        return Task(
            name=self.name,
            instruction=instruction,
            answer_format="a short phrase, or yes or no",
            extract=extract_span,
            canonical=canonical_span,
            lenient=lenient_span,
            reasoning_tokens=self.reasoning_tokens,
            answer_tokens=self.answer_tokens,
            exemplars=exemplars,
            question_tokens=tokens,
        )

    def chance(self, record: LockedRecord) -> float:
        """A half where the right answer is yes or no, which the question gives away."""
        return 0.5 if record.target.lower() in ("yes", "no") else 0.0

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        return grade_span(target, answer)


@dataclass(frozen=True, kw_only=True)
class HotpotQA(MultiHop):
    """The development set with its paragraphs: 500 problems in the file, 7405 from the hub."""

    name: str = field(default="hotpotqa", init=False)
    context: Literal["none", "paragraphs"] = "none"
    """`none` shows the question alone, as the ReAct paper does; `paragraphs` the problem's own
    paragraphs before it."""

    file: ClassVar[str] = "hotpotqa/dev_500_with_paragraphs.jsonl"
    split: ClassVar[str] = "validation"

    @property
    def shown(self) -> bool:
        """Whether questions come with their paragraphs."""
        return self.context == "paragraphs"

    def task(self) -> Task:
        instruction = f"Answer the question{' from the paragraphs' if self.shown else ''}."
        exemplars = own_exemplars.searched("multi_hop", self.shown)
        task = self.asked(instruction, exemplars, tokens=1300 if self.shown else 25)
        if self.data is None and self.hub is None:
            return task  # nothing to read; `load` says so
        corpus = passages.corpus(self.name, paragraphs, self.data, self.file, self.hub)
        return replace(task, corpus=corpus, tools=("search", "lookup"))

    def load(self) -> Dataset:
        data = super().load()
        if not self.shown:
            return data
        beside = {_id(row): tuple(paragraphs(row)) for row in self.table().rows}
        problems = (
            replace(
                item.problem, question=with_passages(item.problem.question, beside[item.problem.id])
            )
            for item in data.items
        )
        items = (replace(i, problem=p) for i, p in zip(data.items, problems, strict=True))
        return replace(data, items=tuple(items))

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        return LockedRecord(_id(row), row.text("question", "question_text"), _answer(row))

    def pooled(self) -> PassagePool:
        return passages.pool_passages(paragraphs, self.data, self.file, self.hub)


@dataclass(frozen=True, kw_only=True)
class HotpotQAClosedBook(MultiHop):
    """All 7405 questions of the development set, without paragraphs: nothing to search."""

    name: str = field(default="hotpotqa_closed_book", init=False)

    file: ClassVar[str] = "hotpotqa/dev_v1_simplified.json"
    split: ClassVar[str] = "validation"

    def task(self) -> Task:
        return self.asked(
            "Answer the question.", own_exemplars.searched("multi_hop", False), tokens=25
        )

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        return LockedRecord(self.numbered(index), row.text("question"), row.text("answer"))


def paragraphs(row: SourceRow) -> Iterable[Passage]:
    """The paragraphs of a row as the file, the hub or the official release writes them.

    Which of them are needed is left behind.

    Raises:
        UserError: the row has no paragraphs in any of the three forms.
    """
    result = row.get("contexts", "context")
    try:
        if isinstance(result, dict):
            return [
                _passage(*each) for each in zip(result["title"], result["sentences"], strict=True)
            ]
        return [_passage(*_titled(each)) for each in result]
    except (KeyError, TypeError, ValueError) as error:
        raise row.error("has no titled paragraphs in field 'contexts' or 'context'") from error


def _titled(each: Any) -> tuple[str, list[str]]:
    if isinstance(each, dict):
        return each["title"], _BETWEEN.split(each["paragraph_text"])
    title, sentences = each
    return title, sentences


def _passage(title: str, sentences: Iterable[str]) -> Passage:
    return Passage(title.strip(), tuple(s.strip() for s in sentences if s.strip()))


def _id(row: SourceRow) -> str:
    return row.text("question_id", "id", "_id")


def _answer(row: SourceRow) -> str:
    if "answers_objects" not in row.values:
        return row.text("answer")
    try:
        (answer,) = row.get("answers_objects")
        (span,) = answer["spans"]
    except (KeyError, TypeError, ValueError) as error:
        raise row.error("has not one span in field 'answers_objects'") from error
    if not isinstance(span, str) or not span.strip():
        raise row.error("has no text in field 'answers_objects'")
    return span.strip()
