"""MATH-500: competition mathematics with answers in LaTeX, compared by math-verify."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from benchmarks import own_exemplars
from benchmarks.base import TabularBenchmark
from benchmarks.equivalence import canonical_math, grade_math
from benchmarks.fingerprint import LockedRecord
from benchmarks.mathematics import extract_math, lenient_math
from benchmarks.sources import SourceRow
from harness.contracts.benchmark import Grade, Task
from harness.ranges import Tokens

__all__ = ["Math500", "canonical_math", "extract_math", "grade_math", "lenient_math"]


@dataclass(frozen=True, kw_only=True)
class Math500(TabularBenchmark):
    """The 500 problems of MATH that process supervision held out."""

    name: str = field(default="math500", init=False)
    task_type: str = field(default="math", init=False)
    reasoning_tokens: Tokens = 512
    answer_tokens: Tokens = 64
    reply_tokens: Tokens = 1024

    file: ClassVar[str] = "math/math500_test.jsonl"

    def task(self) -> Task:
        return Task(
            name=self.name,
            instruction="Solve the mathematics problem.",
            answer_format="a mathematical expression in LaTeX between dollar signs",
            extract=extract_math,
            lenient=lenient_math,
            canonical=canonical_math,
            reasoning_tokens=self.reasoning_tokens,
            answer_tokens=self.answer_tokens,
            exemplars=own_exemplars.plain("math500"),
            question_tokens=70,
            slow=True,
        )

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        return LockedRecord(row.text("unique_id"), row.text("problem"), row.text("answer"))

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        return Grade(float(answer is not None and grade_math(target, answer)))
