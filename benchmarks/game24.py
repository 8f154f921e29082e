"""The game of 24, made by a procedure: four numbers, and an expression of them that equals 24.

A small task for search, as in Tree of Thoughts (Yao et al. 2023), whose instances come from a web
site. Here all that can be solved are found by a solver, and a hash decides which of them are asked,
so nothing is read or kept. Sets that exemplars may use are never asked, whatever the seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import combinations_with_replacement, islice
from typing import Annotated, Any

from annotated_types import Interval

from benchmarks import fingerprint
from benchmarks.expressions import (
    canonical_expression,
    extract_expression,
    lenient_expression,
    worked_out,
)
from benchmarks.fingerprint import LockedRecord
from benchmarks.game24_solver import GOAL, TREES, Solution, solution, ways
from harness.contracts.benchmark import Benchmark, Dataset, DataSource, Grade, Task
from harness.contracts.problem import Exemplar, Item, Problem
from harness.errors import UserError
from harness.ranges import Count, Seed, Tokens

INSTRUCTION = (
    f"Make {GOAL} from the four numbers: write an expression that uses each of them exactly once, "
    "with +, -, *, / and brackets."
)

HELD_BACK = 8
"""One set in so many is for exemplars."""
POOL = 8
"""Exemplars that few-shot may take from."""


@dataclass(frozen=True, kw_only=True)
class Game24(Benchmark):
    """Sets of four numbers in an order by hash; equal to 24 is what counts, however it is written.

    The score of a guess is that of one of all expressions of the four numbers, at random.
    """

    name: str = field(default="game24", init=False)
    task_type: str = field(default="math", init=False)
    limit: Count | None = None
    size: Annotated[int, Interval(ge=1, le=20_000)] = 100
    """Problems before any limit."""
    seed: Seed = 0
    """Another seed is another choice and order of sets, and of exemplars."""
    highest: Annotated[int, Interval(ge=4, le=25)] = 13
    """The largest number of a set; all are from 1 to this one."""
    most_ways: Count | None = None
    """Only sets with at most so many of the 7680 expressions right; None for all."""
    reasoning_tokens: Tokens = 160
    answer_tokens: Tokens = 32

    def task(self) -> Task:
        return Task(
            name=self.name,
            instruction=INSTRUCTION,
            answer_format="an expression",
            extract=extract_expression,
            canonical=canonical_expression,
            lenient=lenient_expression,
            reasoning_tokens=self.reasoning_tokens,
            answer_tokens=self.answer_tokens,
            exemplars=tuple(islice(self._exemplars(), POOL)),
            question_tokens=12,
            tools=("calculator",),
            votable=False,
        )

    def load(self) -> Dataset:
        most = self.most_ways or TREES
        solvable = (each for each in self._sets(held_back=False) if 0 < ways(each) <= most)
        asked = list(islice(solvable, self.size))
        if len(asked) < self.size:
            raise UserError(
                f"benchmark.game24.size is {self.size}, and there are {len(asked)} such sets: "
                "lower it, or raise highest or most_ways"
            )
        records = [
            LockedRecord(f"{self.name}-{_id(each)}", shown(each), _id(each)) for each in asked
        ]
        source = DataSource(
            f"{self.name} seed {self.seed}", "", fingerprint.sha256(records), len(records)
        )
        items = (
            Item(Problem(record.id, record.question), each, ways(each) / TREES)
            for record, each in zip(records[: self.limit], asked, strict=False)
        )
        return Dataset(tuple(items), source)

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        """1 for an expression that uses the target's numbers, each once, and equals 24 exactly."""
        result = None if answer is None else worked_out(answer)
        if result is None:
            return Grade(0.0)
        numbers, value = result
        return Grade(float(sorted(numbers) == sorted(target) and value == GOAL))

    def _sets(self, held_back: bool) -> Iterator[tuple[int, ...]]:
        """Every set of the one side, in an order of the seed's."""
        every = combinations_with_replacement(range(1, self.highest + 1), 4)
        side = (each for each in every if _held_back(each) is held_back)
        yield from sorted(side, key=lambda each: _hash(f"{self.seed}|{_id(each)}"))

    def _exemplars(self) -> Iterator[Exemplar]:
        for numbers in self._sets(held_back=True):
            if result := solution(numbers):
                yield exemplar(numbers, result)


def shown(numbers: tuple[int, ...]) -> str:
    """The question: the numbers, in order of size."""
    return ", ".join(map(str, numbers))


def exemplar(numbers: tuple[int, ...], result: Solution) -> Exemplar:
    """A worked solution, with what is at hand after each step, and by way of the calculator."""
    answer = result.expression
    message, done = [], []
    at_hand = numbers
    for step in result.steps:
        last = len(step.rest) == 1
        left = f"so the expression is {answer}" if last else f"which leaves {_listed(step.rest)}"
        message.append(f"{step.sum} = {step.made}, {left}.")
        done.append(
            f"Thought: I have {_listed(at_hand)}. I work out {step.sum}.\n"
            f"Action: calculator[{step.sum}]"
        )
        at_hand = step.rest
    done.append(
        f"Thought: I have {GOAL}, and every number was used once.\nAction: finish[{answer}]"
    )
    forms = {"answer": answer, "rationale": " ".join(message), "trajectory": "\n".join(done)}
    return Exemplar(shown(numbers), forms)


def _listed(numbers: tuple[int, ...]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}"


def _id(numbers: tuple[int, ...]) -> str:
    return "-".join(map(str, numbers))


def _held_back(numbers: tuple[int, ...]) -> bool:
    return _hash(_id(numbers))[0] % HELD_BACK == 0


def _hash(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=8).digest()
