"""Pocket arithmetic: an endless, seeded benchmark for models small enough to train in minutes.

Which problems may be tested is a property of their text (`held_out`), so training and test problems
are apart by construction, whatever the seeds. By text alone: `85+47` may be trained on where
`47+85` is tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import cycle, islice
from math import lcm
from random import Random
from typing import Annotated, Any, Literal

from annotated_types import Interval

from benchmarks import fingerprint
from benchmarks.base import grade_exact
from benchmarks.fingerprint import LockedRecord
from benchmarks.numeric import canonical_number, extract_number, lenient_number
from benchmarks.pocket.skills import SKILLS, Exercise
from benchmarks.pocket.steps import sound
from harness.contracts.benchmark import Benchmark, Dataset, DataSource, Grade, Task
from harness.contracts.problem import Exemplar, Item, Problem
from harness.errors import UserError
from harness.ranges import Count, Seed, Tokens

INSTRUCTION = "Work out the result."
HELD_OUT = 8
"""One in so many problems is kept for tests."""
POOL = 20
"""Exemplars that few-shot may take from."""
PATIENCE = 2_000
"""Draws without a new problem after which there is none."""


@dataclass(frozen=True, kw_only=True)
class PocketArithmetic(Benchmark):
    """Sums, products and lists of graded lengths, in equal shares of skill and length."""

    name: str = field(default="pocket_arithmetic", init=False)
    task_type: str = field(default="math", init=False)
    toy = True
    limit: Count | None = None
    size: Annotated[int, Interval(ge=1, le=100_000)] = 400
    """Problems before any limit."""
    seed: Seed = 0
    """Another seed is another test set, and another set of exemplars."""
    convention: Literal["+", "*"] = "*"
    """What the free operator stands for here: `+` or `*`."""
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
        exercises = self._exercises("test", self.size, test=True)
        records = [
            LockedRecord(f"{self.name}-{self.seed}-{place:05d}", each.question, _target(each))
            for place, each in enumerate(exercises)
        ]
        source = DataSource(
            f"{self.name} seed {self.seed}", "", fingerprint.sha256(records), len(records)
        )
        items = (Item(Problem(r.id, r.question), r.target) for r in records[: self.limit])
        return Dataset(tuple(items), source)

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        return grade_exact(target, None if answer is None else canonical_number(answer))

    def _exercises(self, part: str, number: int, test: bool) -> list[Exercise]:
        """Different problems, skill by skill and length by length in turn."""
        random = Random(f"{self.seed}|{part}")
        result: dict[str, Exercise] = {}
        for skill, length in islice(cycle(cells()), number):
            made = (SKILLS[skill].make(random, length, self.convention) for _ in range(PATIENCE))
            fresh = (e for e in made if held_out(e.question) is test and e.question not in result)
            exercise = next(fresh, None)
            if exercise is None:
                raise UserError(
                    f"benchmark.pocket_arithmetic.size is {self.size}, and there are not so many "
                    f"different problems of the skill {skill} ({length} long): lower it"
                )
            result[exercise.question] = exercise
        return list(result.values())


def cells() -> Iterator[tuple[str, int]]:
    """Skills and lengths of the benchmark, skills taking turns, so that any limit is a mixture."""
    rounds = lcm(*(len(skill.tested) for skill in SKILLS.values()))
    for place in range(rounds):
        for name, skill in SKILLS.items():
            yield name, skill.tested[place % len(skill.tested)]


def held_out(question: str) -> bool:
    """Whether a problem belongs to the test side of the world."""
    return blake2b(question.encode(), digest_size=1).digest()[0] % HELD_OUT == 0


def exemplar(exercise: Exercise) -> Exemplar:
    """An exercise as a worked example, in the careful style."""
    return Exemplar(exercise.question, {"answer": exercise.answer, "rationale": exercise.careful})


def _target(exercise: Exercise) -> str:
    return canonical_number(exercise.answer)
