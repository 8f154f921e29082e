"""Arithmetic word problems: GSM8K, SVAMP and ASDiv."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from benchmarks import own_exemplars, sources
from benchmarks.base import TabularBenchmark, grade_exact
from benchmarks.fingerprint import LockedRecord
from benchmarks.mixed import canonical_mixed, extract_mixed, lenient_mixed
from benchmarks.numeric import canonical_number, extract_number, lenient_number
from benchmarks.sources import HubRef, SourceRow, SourceTable
from harness.contracts.benchmark import Dataset, Grade, Task
from harness.contracts.problem import Exemplar
from harness.ranges import CountFromZero

_MARK = re.compile(r"<<[^<>]*>>")
_CALCULATION = re.compile(r"<<([-+*/(). 0-9]+)=(-?[0-9.]+)>>")
"""A mark that a calculator can work out; a few hold other things."""
_CALL = r"[calculator(\1)] "
"""A marked calculation as a call of the calculator within the text."""
_FINAL = "####"
INSTRUCTION = "Solve the arithmetic word problem."


@dataclass(frozen=True, kw_only=True)
class WordProblems(TabularBenchmark):
    """What arithmetic word problems share: the instruction, and an answer that is a number."""

    def asked(self, exemplars: tuple[Exemplar, ...], question_tokens: int) -> Task:
        """The task, with these exemplars and about so many tokens a question."""
        return Task(
            name=self.name,
            instruction=INSTRUCTION,
            answer_format="a number",
            extract=extract_number,
            canonical=canonical_number,
            lenient=lenient_number,
            reasoning_tokens=self.reasoning_tokens,
            answer_tokens=self.answer_tokens,
            exemplars=exemplars,
            question_tokens=question_tokens,
            tools=("calculator",),
        )

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        return grade_exact(target, None if answer is None else canonical_number(answer))


@dataclass(frozen=True, kw_only=True)
class GSM8K(WordProblems):
    """Grade-school word problems of several steps; exemplars are the train split's solutions."""

    name: str = field(default="gsm8k", init=False)
    task_type: str = field(default="math", init=False)
    hub_train: HubRef | None = None
    pool: CountFromZero = 64
    """How many of the first train rows few-shot may take from."""

    file: ClassVar[str] = "gsm8k/test.jsonl"
    train_file: ClassVar[str] = "gsm8k/train.jsonl"

    def task(self) -> Task:
        table = self._train_table()
        self.checked(table, "train")
        exemplars = tuple(_solved(row) for row in table.rows[: self.pool])
        return self.asked(exemplars, question_tokens=60)

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        _, target = _solution(row)
        return LockedRecord(self.numbered(index), row.text("question"), canonical_number(target))

    def splits(self) -> dict[str, SourceTable]:
        return {**super().splits(), "train": self._train_table()}

    def train(self) -> Dataset:
        records, source = self.checked(self._train_table(), "train")
        # Exemplars are taken from the first rows: a sample of one of these would copy what it sees.
        kept = (replace(r, id=f"{self.name}-train-{n:05d}") for n, r in enumerate(records))
        return Dataset(self.items([*kept][self.pool :]), source)

    def _train_table(self) -> SourceTable:
        return sources.read(self.data, self.train_file, self.hub_train)


@dataclass(frozen=True, kw_only=True)
class SVAMP(WordProblems):
    """One-step word problems varied so that shallow cues mislead."""

    name: str = field(default="svamp", init=False)
    task_type: str = field(default="math", init=False)

    file: ClassVar[str] = "svamp/SVAMP.json"

    def task(self) -> Task:
        return self.asked(own_exemplars.plain("word_problems"), question_tokens=45)

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        body = row.text("Body")
        # Many bodies end without a mark: the question runs on.
        joined = body if body[-1] in ".,!?" else f"{body},"
        target = canonical_number(str(row.get("Answer")))
        return LockedRecord(row.text("ID"), f"{joined} {row.text('Question')}", target)


@dataclass(frozen=True, kw_only=True)
class ASDiv(WordProblems):
    """Diverse school word problems; answers are read as `benchmarks.mixed` says."""

    name: str = field(default="asdiv", init=False)
    task_type: str = field(default="math", init=False)

    file: ClassVar[str] = "asdiv/test.jsonl"

    def task(self) -> Task:
        return replace(
            self.asked(own_exemplars.plain("word_problems"), question_tokens=40),
            answer_format="a number, a ratio or a word",
            extract=extract_mixed,
            canonical=canonical_mixed,
            lenient=lenient_mixed,
        )

    def record(self, index: int, row: SourceRow) -> LockedRecord | None:
        gold = row.text("answer")
        if ";" in gold:
            # Several values at once: no rule for a single answer can grade them.
            return None
        answer = extract_mixed(gold)
        if answer is None:
            raise row.error(f"has an answer that cannot be read: {gold!r}")
        question = f"{row.text('body')} {row.text('question')}"
        return LockedRecord(self.numbered(index), question, canonical_mixed(answer))

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        return grade_exact(target, None if answer is None else canonical_mixed(answer))


def _solution(row: SourceRow) -> tuple[str, str]:
    rationale, mark, target = row.text("answer").partition(_FINAL)
    if not mark or extract_number(target) is None:
        raise row.error(f"has no number after '{_FINAL}' in field 'answer'")
    return rationale, target.strip().replace(",", "")


def _solved(row: SourceRow) -> Exemplar:
    rationale, target = _solution(row)
    lines = [_sentence(line.strip()) for line in rationale.splitlines() if line.strip()]
    joined = " ".join(_MARK.sub("", line) for line in lines)
    called = " ".join(_MARK.sub("", _CALCULATION.sub(_CALL, line)) for line in lines)
    forms = {
        "answer": target,
        "rationale": joined,
        "trajectory": _acted(lines, target),
        "calls": called,
    }
    return Exemplar(row.text("question"), forms)


def _acted(lines: list[str], target: str) -> str:
    """The solution by way of the calculator: each marked calculation first, then its sentence."""
    steps: list[str] = []
    said = ""
    for line in lines:
        for term, _ in _CALCULATION.findall(line):
            thought = f"{said} I need to work out {term}.".strip()
            steps += [f"Thought: {thought}", f"Action: calculator[{term}]"]
            said = ""
        said = f"{said} {_MARK.sub('', line)}".strip()
    return "\n".join((*steps, f"Thought: {said}", f"Action: finish[{target}]"))


def _sentence(line: str) -> str:
    """A line of a solution, closed, so that lines can be joined into one paragraph."""
    return line if line[-1] in ".!?:," else f"{line}."
