"""Reflexion on programs: test, say in words what went wrong, try again (Shinn et al. 2023).

The tests are the model's own and the statement's examples: the published log for HumanEval is from
ten trials with such internal tests, never the hidden ones. The last program is submitted, whether
its tests passed or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.attempt import Attempt
from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.estimate import Estimate, tokens_of
from harness.contracts.problem import Problem
from harness.contracts.program import FENCE, fenced, function_of
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Site, Slot
from harness.contracts.solver import Policy, Solver
from harness.errors import UserError
from harness.syntax import tree
from ptes.programs.own_tests import ROLE as TEST
from ptes.programs.own_tests import estimate_tests, first_call, own_tests
from ptes.programs.running import asks_no_program

REFLECT = "reflect"
TESTS_EACH = 5
SHOWN = 3
"""Failed tests that a report names."""
WIDTH = 80
"""Characters shown of what a program returned."""
REFLECTION_TOKENS = 150
INSTRUCTION = "A program fails some of its tests. Find out why."
QUESTION = (
    "In a few sentences, what is wrong with the program, and what should the next one do "
    "differently? Write no code."
)


@dataclass(frozen=True)
class Reflecting:
    """Solves, runs the tests, and solves again with what was learnt."""

    inner: Solver
    trials: int
    samples: int
    memory: int

    @property
    def policy(self) -> Policy:
        return self.inner.policy

    def start(self, problem: Problem, draw: Draw) -> Attempt:
        return self.inner.start(problem, draw)

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        """The first attempt that passes its tests, else that of the last trial."""
        tests = await self._tests(attempt.problem, draw)
        done = await self.inner.solve(attempt, draw)
        lessons: tuple[str, ...] = ()
        for trial in range(1, self.trials):
            failures = await report(done, tests, draw)
            if not failures:
                break
            there = draw.at("search", trial)
            lessons = (*lessons, await reflect(done, failures, there))[-self.memory :]
            noted = (*attempt.prompt.notes, *_notes(done, failures, lessons))
            again = replace(attempt, prompt=replace(attempt.prompt, notes=noted))
            done = await self.inner.solve(again, there)
        return done

    async def _tests(self, problem: Problem, draw: Draw) -> tuple[str, ...]:
        written = await own_tests(problem, draw, self.samples, TESTS_EACH)
        own = (line for sample in written for line in sample)
        return tuple(dict.fromkeys((*function_of(problem).examples, *own)))


async def report(attempt: Attempt, tests: tuple[str, ...], draw: Draw) -> str:
    """What the first failed tests expected and got; empty where all passed."""
    if attempt.answer is None:
        return "No program was written."
    passed = await draw.check(attempt.answer, tests)
    failed = [test for test, held in zip(tests, passed, strict=True) if not held][:SHOWN]
    name = function_of(attempt.problem).entry_point
    calls = [first_call(tree(test), name) or name for test in failed]
    got = await draw.behaviour(attempt.answer, calls)
    return "\n".join(
        f"{test}  # failed: {call} gives {value[:WIDTH]}"
        for test, call, value in zip(failed, calls, got, strict=True)
    )


async def reflect(attempt: Attempt, failures: str, draw: Draw) -> str:
    """What the model says of its own failed program."""
    prompt = Prompt(
        question=QUESTION,
        instruction=INSTRUCTION,
        role=REFLECT,
        transcript=(fenced(_written(attempt)), f"Test results:\n{failures}"),
    )
    reply = await draw.complete(draw.show(prompt), REFLECTION_TOKENS, (FENCE,))
    return reply.text.strip()


def _written(attempt: Attempt) -> str:
    return attempt.answer or attempt.prompt.header


def _notes(attempt: Attempt, failures: str, lessons: tuple[str, ...]) -> tuple[str, ...]:
    said = "\n".join(lesson for lesson in lessons if lesson)
    return (
        f"An earlier program, which is wrong:\n{fenced(_written(attempt))}",
        f"Its test results:\n{failures}",
        f"What to do differently:\n{said}",
    )


@dataclass(frozen=True)
class Reflexion(PTE):
    """Up to `trials` programs, each after a reflection on the one before.

    `tests` is the number of samples of tests of its own; `memory` how many reflections, the latest
    ones, are shown (1 to 3 in the paper, section 3).
    """

    trials: int = 10
    tests: int = 1
    memory: int = 1

    name: ClassVar[str] = "reflexion"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SEARCH})
    own_roles: ClassVar[frozenset[str]] = frozenset({TEST, REFLECT})
    signals: ClassVar[frozenset[str]] = frozenset({"own_tests", "visible_tests"})

    def __post_init__(self) -> None:
        if self.trials < 2:
            raise UserError(f"pte.reflexion.trials is {self.trials}: the second is the first retry")
        if self.tests < 1 or self.memory < 1:
            raise UserError("pte.reflexion.tests and memory must be at least 1")

    def with_share(self, share: float) -> Reflexion:
        return replace(self, trials=max(2, int(self.trials * share)))

    def applies_to(self, site: Site) -> str | None:
        return asks_no_program(self.name, site)

    def search(self, inner: Solver, task: Task) -> Solver:
        return Reflecting(inner, self.trials, self.tests, self.memory)

    def estimate(self, estimate: Estimate, task: Task) -> Estimate:
        """Every trial is taken to be needed."""
        retries = self.trials - 1
        tested = SHOWN * 2 * WIDTH / 4
        program = task.question_tokens + task.answer_tokens
        notes = program + tested + self.memory * REFLECTION_TOKENS
        estimate = replace(
            estimate_tests(estimate, task, self.tests),
            shown=estimate.shown + notes * retries / self.trials,
            attempts=estimate.attempts * self.trials,
            aside_calls=estimate.aside_calls * self.trials + retries,
            aside_prompt=estimate.aside_prompt * self.trials
            + retries * (program + tested + tokens_of(INSTRUCTION + QUESTION)),
            aside_answer=estimate.aside_answer * self.trials + retries * REFLECTION_TOKENS,
        )
        return estimate
