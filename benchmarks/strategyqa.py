"""StrategyQA: yes or no questions that hide the steps they need. Supporting facts are not shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar

from benchmarks import worked
from benchmarks.base import TabularBenchmark, grade_exact
from benchmarks.fingerprint import Record
from benchmarks.numeric import first_line
from benchmarks.sources import Row
from harness.contracts.benchmark import Grade, Task

_WORD = re.compile(r"\b(yes|no|true|false)\b", re.IGNORECASE)
_MEANING = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}


def extract_yes_no(text: str) -> str | None:
    """The first yes, no, true or false of an answer, as yes or no."""
    found = _WORD.search(first_line(text))
    return _MEANING[found[0].lower()] if found else None


def canonical_yes_no(text: str) -> str:
    """Yes or no in lower case; true and false mean the same."""
    word = text.strip(" .").lower()
    return _MEANING.get(word, word)


@dataclass(frozen=True, kw_only=True)
class StrategyQA(TabularBenchmark):
    """Yes or no, generated. The file is the original development split, the hub has another."""

    name: str = field(default="strategyqa", init=False)
    task_type: str = field(default="commonsense", init=False)

    file: ClassVar[str] = "strategyqa/dev.json"

    def task(self) -> Task:
        return Task(
            name=self.name,
            instruction="Answer the question with yes or no.",
            answer_format="yes or no",
            extract=extract_yes_no,
            canonical=canonical_yes_no,
            reasoning_tokens=self.reasoning_tokens,
            answer_tokens=self.answer_tokens,
            exemplars=worked.plain("strategyqa"),
            question_tokens=12,
        )

    def record(self, index: int, row: Row) -> Record:
        answer = row.get("answer")
        if not isinstance(answer, bool):
            raise row.error("has neither true nor false in field 'answer'")
        return Record(row.text("qid"), row.text("question"), "yes" if answer else "no")

    def chance(self, record: Record) -> float:
        return 0.5

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        return grade_exact(target, None if answer is None else canonical_yes_no(answer))
