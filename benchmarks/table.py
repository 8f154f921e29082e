"""A benchmark of one's own: a file of questions and answers, and a configuration that names it.

The file is JSON Lines, a JSON list or CSV, each row a problem. Rows that need more than columns to
be named are read by a subclass that overrides `record`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

from benchmarks import fingerprint, own_exemplars, sources
from benchmarks.base import TabularBenchmark, grade_exact
from benchmarks.fingerprint import LockedRecord
from benchmarks.readers import READERS, Reader
from benchmarks.sources import SourceRow, SourceTable
from harness.contracts.benchmark import AnswerKind, Dataset, DataSource, Grade, Task
from harness.contracts.problem import Exemplar, Problem
from harness.errors import UserError
from harness.identity import described_as
from harness.ranges import Count, Text


@described_as("benchmark.table")
@dataclass(frozen=True, kw_only=True)
class TableBenchmark(TabularBenchmark):
    """Questions of one form, each with one right answer.

    With the answer `letter` a row brings a list of options, and its right answer is the text of one
    of them or its letter; `readout=loglikelihood` then scores the options in place of asking for a
    letter. What a file holds, not where it lies, decides what a cell is.
    """

    file: ClassVar[str] = ""
    """None inside a common folder: `problems` is a path by itself."""

    name: str
    problems: str | None = field(default=None, repr=False, compare=False)
    """The file of graded problems; None takes `hub`."""
    instruction: Text
    """What to do, in a sentence or two, without a word on how to reason."""
    answer: Literal["number", "words", "yes_no", "letter", "mathematics"] = "words"
    """The kind of answer, which decides how it is read and compared: see `benchmarks.readers`."""
    exemplars: str | None = field(default=None, repr=False, compare=False)
    """A file of worked examples that few-shot takes from: the same columns, and if you like
    `rationale` and `trajectory`. None of them may be graded."""
    task_type: Literal["math", "coding", "qa", "commonsense", "facts", "classification"] = "qa"
    readout: Literal["generation", "loglikelihood"] = "generation"
    question_column: str = "question"
    answer_column: str = "answer"
    options_column: str = "options"
    id_column: str | None = None
    """Ids are made of places where no column has them; a file that only grows keeps these."""
    question_tokens: Count = 60
    """Mean length of a question in tokens, roughly, for the plan."""
    sha256: str | None = field(default=None, repr=False, compare=False)
    """What the problems must hash to; None takes them as they are, and says what they hash to."""
    toy: bool = field(default=False, repr=False, compare=False)
    """Whether it stands for no task that anybody wants done: see `harness.Benchmark`."""

    def __post_init__(self) -> None:
        if self.readout == "loglikelihood" and self.answer != "letter":
            raise self._wrong("readout", "options are scored only where answer=letter")

    @property
    def reader(self) -> Reader:
        """How answers are read and compared; a subclass may have one of its own."""
        return READERS[self.answer]

    def task(self) -> Task:
        scored = self.readout == "loglikelihood"
        return Task(
            name=self.name,
            instruction=self.instruction,
            answer_format="a short statement" if scored else self.reader.answer_format,
            extract=self.reader.extract,
            canonical=self.reader.canonical,
            lenient=self.reader.lenient,
            kind=AnswerKind(self.readout),
            reasoning_tokens=self.reasoning_tokens,
            answer_tokens=self.answer_tokens,
            exemplars=self._examples,
            question_tokens=self.question_tokens,
            slow=self.reader.slow,
        )

    def load(self) -> Dataset:
        dataset = super().load()
        shown = {exemplar.question for exemplar in self._examples}
        for item in dataset.items:
            if item.problem.question in shown:
                raise UserError(
                    f"{self.name}: {item.problem.id} of {dataset.source.location} is an exemplar "
                    f"as well: take it out of {self.exemplars}"
                )
        return dataset

    def table(self) -> SourceTable:
        if self.problems is None and self.hub is None:
            raise self._wrong("problems", "give a file, or hub.id and hub.split")
        return _read(self.problems) if self.problems else sources.read(None, "", self.hub)

    def checked(
        self, table: SourceTable, split: str
    ) -> tuple[tuple[LockedRecord, ...], DataSource]:
        records = self.records(table)
        result = fingerprint.sha256(records)
        if self.sha256 is None:
            warnings.warn(
                f"{self.name}: nothing holds {table.location} to its {len(records)} problems; "
                f"benchmark.{self.name}.sha256={result} does",
                stacklevel=3,
            )
        elif result != self.sha256:
            raise UserError(
                f"{table.location} has {len(records)} problems with sha256 {result}, and "
                f"benchmark.{self.name}.sha256 is {self.sha256}: restore the file, or set the hash"
            )
        return records, DataSource(table.location, table.revision, result, len(records))

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        identity = str(row.get(self.id_column)) if self.id_column else self.numbered(index)
        options = self._options(row)
        return LockedRecord(
            identity, row.text(self.question_column), self._target(row, options), options
        )

    def problem(self, record: LockedRecord) -> Problem:
        if self.readout == "loglikelihood":
            return Problem(record.id, record.question, record.options)
        return Problem(record.id, own_exemplars.shown(record.question, record.options))

    def chance(self, record: LockedRecord) -> float:
        return 0.5 if self.answer == "yes_no" else super().chance(record)

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        if self.reader.same is not None:
            return Grade(float(answer is not None and self.reader.same(target, answer)))
        return grade_exact(target, None if answer is None else self.reader.canonical(answer))

    def _options(self, row: SourceRow) -> tuple[str, ...]:
        if self.answer != "letter":
            return ()
        options = row.get(self.options_column)
        if not isinstance(options, list) or not 2 <= len(options) <= 26:
            raise row.error(f"has no list of 2 to 26 options in field {self.options_column!r}")
        return tuple(str(each).strip() for each in options)

    def _target(self, row: SourceRow, options: tuple[str, ...]) -> str:
        """The right answer in canonical form, as written where the reader compares by itself; among
        options its letter."""
        written = str(row.get(self.answer_column)).strip()
        if written in options:
            return own_exemplars.letter(options.index(written))
        answer = self.reader.extract(written)
        last = own_exemplars.letter(len(options) - 1) if options else None
        if answer is None or (last and self.reader.canonical(answer) > last):
            raise row.error(f"has an answer that is no {self.answer}: {written!r}")
        return answer if self.reader.same else self.reader.canonical(answer)

    @cached_property
    def _examples(self) -> tuple[Exemplar, ...]:
        rows = _read(self.exemplars).rows if self.exemplars else ()
        return tuple(self._exemplar(row) for row in rows)

    def _exemplar(self, row: SourceRow) -> Exemplar:
        question, options = row.text(self.question_column), self._options(row)
        target = self._target(row, options)
        if self.readout == "loglikelihood":
            answer = options[ord(target) - ord("A")]
        elif options:
            question, answer = own_exemplars.shown(question, options), f"({target})"
        else:
            answer = str(row.get(self.answer_column)).strip()
        forms = {form: row.text(form) for form in own_exemplars.FORMS if row.values.get(form)}
        return Exemplar(question, {"answer": answer, **forms})

    def _wrong(self, setting: str, mend: str) -> UserError:
        value = getattr(self, setting)
        return UserError(f"benchmark.{self.name}.{setting} is {value!r}: {mend}")


def _read(file: str) -> SourceTable:
    path = Path(file).expanduser()
    if not path.is_file():
        raise UserError(f"there is no file {path}: paths begin in {Path.cwd()}, or at /")
    return sources.read(str(path.parent), path.name, None)
