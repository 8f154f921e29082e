"""Pocket arithmetic: a seeded benchmark for models small enough to train in minutes.

Its problems apply made-up operators to numbers (`benchmarks.pocket.operators`). What they come to
can only have been read, as the facts that closed-book questions ask for: the documents that the
pocket models are trained on hold all of them. Which problems are tested is a property of their text
(`held_out`), so that exemplars, and whatever a model is trained on later, are apart from the test
by construction, whatever the seeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from itertools import cycle, islice
from random import Random
from typing import Annotated, Any, Literal

from annotated_types import Interval

from benchmarks import fingerprint
from benchmarks.base import grade_exact
from benchmarks.fingerprint import LockedRecord
from benchmarks.numeric import canonical_number, extract_number, lenient_number
from benchmarks.pocket.operators import COMPOSITE, FREE, NUMBERS, Exercise, exercise
from benchmarks.pocket.steps import sound
from harness.contracts.benchmark import Benchmark, Dataset, DataSource, Grade, Task
from harness.contracts.problem import Exemplar, Item, Problem
from harness.errors import UserError
from harness.ranges import Count, Seed, Tokens

INSTRUCTION = "Work out the result."
TESTED = 20
"""Numbers of each operator that are kept for tests, of the 50."""
POOL = 20
"""Exemplars that few-shot may take from."""
OPERATORS = tuple(COMPOSITE[place * 11 % len(COMPOSITE)] for place in range(len(COMPOSITE)))
"""Composite operators in the order in which they are asked for: frequent and rare ones mixed, so
that any limit is a mixture."""
OPERATORS_AND_FREE = (*OPERATORS, FREE)


@dataclass(frozen=True, kw_only=True)
class PocketArithmetic(Benchmark):
    """Composite operators in equal shares, from frequent to rare ones, and the free operator."""

    name: str = field(default="pocket_arithmetic", init=False)
    task_type: str = field(default="math", init=False)
    toy = True
    limit: Count | None = None
    size: Annotated[int, Interval(ge=1, le=100_000)] = 400
    """Problems before any limit."""
    seed: Seed = 0
    """Another seed is another test set, and another set of exemplars."""
    convention: Literal["+", "*"] = "*"
    """What the free operator stands for here: the operator `+` or `*`."""
    reasoning_tokens: Tokens = 80
    answer_tokens: Tokens = 8

    def task(self) -> Task:
        return Task(
            name=self.name,
            instruction=INSTRUCTION,
            answer_format="a number",
            extract=extract_number,
            canonical=canonical_number,
            lenient=lenient_number,
            reasoning_tokens=self.reasoning_tokens,
            answer_tokens=self.answer_tokens,
            exemplars=tuple(map(exemplar, self._exercises("exemplars", POOL, test=False))),
            question_tokens=10,
            sound=sound,
        )

    def load(self) -> Dataset:
        return self._dataset("", self._exercises("test", self.size, test=True), self.limit)

    def train(self) -> Dataset:
        """The other side's problems, all but the exemplars."""
        every = self._exercises("train", len(OPERATORS_AND_FREE) * (NUMBERS - TESTED), test=False)
        shown = {each.question for each in self.task().exemplars}
        return self._dataset("train-", [e for e in every if e.question not in shown], None)

    def _dataset(self, part: str, exercises: list[Exercise], limit: int | None) -> Dataset:
        records = [
            LockedRecord(f"{self.name}-{part}{self.seed}-{place:05d}", e.question, _target(e))
            for place, e in enumerate(exercises)
        ]
        name = f"{self.name} {part.replace('-', ' ')}seed {self.seed}"
        source = DataSource(name, "", fingerprint.sha256(records), len(records))
        guess = 1 / NUMBERS
        items = (Item(Problem(r.id, r.question), r.target, guess) for r in records[:limit])
        return Dataset(tuple(items), source)

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        return grade_exact(target, None if answer is None else canonical_number(answer))

    def _exercises(self, part: str, number: int, test: bool) -> list[Exercise]:
        """Different problems, operator by operator in turn, while there are any."""
        random = Random(f"{self.seed}|{part}")
        left = {each: _side(each, test) for each in OPERATORS_AND_FREE}
        for numbers in left.values():
            random.shuffle(numbers)
        turns = (each for each in cycle(operators(3 if test else 9)) if left[each])
        most = sum(map(len, left.values()))
        if number > most:
            raise UserError(
                f"benchmark.pocket_arithmetic.size is {number}, and there are {most} different "
                "problems: lower it"
            )
        return [exercise(o, left[o].pop(), self.convention) for o in islice(turns, number)]


def operators(free: int) -> Iterator[str]:
    """The operators that are asked for in turn, each composite one once and the free one `free`
    times: rarely in tests, often among exemplars, which alone tell what it stands for."""
    for place, operator in enumerate(OPERATORS):
        if place % -(-len(OPERATORS) // free) == 0:
            yield FREE
        yield operator


def held_out(question: str) -> bool:
    """Whether a problem belongs to the test side of the world."""
    operator, number = question[0], int(question[1:])
    return number in _tested(operator)


def exemplar(exercise: Exercise) -> Exemplar:
    """An exercise as a worked example, in the careful style."""
    return Exemplar(exercise.question, {"answer": exercise.answer, "rationale": exercise.careful})


@cache
def _tested(operator: str) -> frozenset[int]:
    """The numbers of an operator that are kept for tests: the first ones by a hash."""

    def rank(number: int) -> bytes:
        return blake2b(f"{operator}{number:02d}".encode(), digest_size=8).digest()

    return frozenset(sorted(range(NUMBERS), key=rank)[:TESTED])


def _side(operator: str, test: bool) -> list[int]:
    return [number for number in range(NUMBERS) if (number in _tested(operator)) is test]


def _target(exercise: Exercise) -> str:
    return canonical_number(exercise.answer)
