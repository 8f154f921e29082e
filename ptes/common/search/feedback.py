"""What a search may know of a finished attempt before it is submitted, and from whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import AnswerKind, FreeReply, Task
from harness.contracts.draw import Draw
from harness.contracts.program import function_of
from harness.syntax import tree
from ptes.common.judging.self_evaluation import self_evaluation
from ptes.common.programs.own_tests import first_call, own_tests
from ptes.common.shots.shown import shown_with
from ptes.common.shots.tests import FUNCTIONS

TESTS_EACH = 5
SHOWN = 3
"""Failed tests that a report names."""
WIDTH = 80
"""Characters shown of what a program returned."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is known of an attempt."""

    reward: float
    """Reward of the attempt, in [0, 1]."""
    passed: bool
    """Whether there is nothing left to mend, as far as can be known."""
    report: str
    """What failed in the attempt, in words; empty where all passed."""


class Feedback(Protocol):
    """Looks at a finished attempt."""

    async def __call__(self, attempt: Attempt, draw: Draw) -> Assessment: ...


@dataclass(frozen=True)
class TestFeedback:
    """Runs the program under the statement's examples and tests of the model's own."""

    samples: int
    free: FreeReply | None = None
    """The task's limits where models answer in turns of their own."""

    async def __call__(self, attempt: Attempt, draw: Draw) -> Assessment:
        """The reward is the share of tests passed; without any test nothing is found wrong."""
        if attempt.answer is None:
            return Assessment(0.0, False, "No program was written.")
        tests = await self.tests(attempt, draw)
        passed = await draw.check(attempt.answer, tests)
        report = await _failures(attempt, tests, passed, draw)
        return Assessment(sum(passed) / len(passed) if passed else 1.0, all(passed), report)

    async def tests(self, attempt: Attempt, draw: Draw) -> tuple[str, ...]:
        """The tests, each once; written when they are first wanted."""
        problem = attempt.problem
        written = await own_tests(
            problem,
            draw,
            samples=self.samples,
            each=TESTS_EACH,
            shots=shown_with(attempt, FUNCTIONS),
            free=self.free,
        )
        own = (line for sample in written for line in sample)
        return tuple(dict.fromkeys((*function_of(problem).examples, *own)))


async def _failures(
    attempt: Attempt, tests: tuple[str, ...], passed: tuple[bool, ...], draw: Draw
) -> str:
    """What the first failed tests expected and got; empty where all passed."""
    failed = [test for test, held in zip(tests, passed, strict=True) if not held][:SHOWN]
    name = function_of(attempt.problem).entry_point
    calls = [first_call(tree(test), name) or name for test in failed]
    got = await draw.behaviour(attempt.answer or "", calls)
    return "\n".join(
        f"{test}  # failed: {call} gives {value[:WIDTH]}"
        for test, call, value in zip(failed, calls, got, strict=True)
    )


@dataclass(frozen=True)
class SelfEvaluationFeedback:
    """Asks the model itself whether its answer is right."""

    certain: float
    """The probability of a yes from which an attempt counts as right."""

    async def __call__(self, attempt: Attempt, draw: Draw) -> Assessment:
        if attempt.status is not AttemptStatus.ANSWERED:
            return Assessment(0.0, False, "It came to no answer.")
        judged = await self_evaluation(attempt, "", draw)
        passed = judged >= self.certain
        return Assessment(judged, passed, "" if passed else "The answer was judged to be wrong.")


@dataclass(frozen=True)
class OracleFeedback:
    """Asks the hidden grader: an oracle, for comparison with papers that did (law 3)."""

    async def __call__(self, attempt: Attempt, draw: Draw) -> Assessment:
        if attempt.status is not AttemptStatus.ANSWERED:
            return Assessment(0.0, False, "It came to no answer.")
        score = await draw.oracle(attempt)
        return Assessment(score, score >= 1.0, "" if score >= 1.0 else "The answer is wrong.")


def feedback_for(task: Task, samples: int, certain: float) -> Feedback:
    """The feedback that a benchmark allows: tests on programs, else the model's own judgement."""
    return (
        TestFeedback(samples, task.free)
        if task.kind is AnswerKind.PROGRAM
        else SelfEvaluationFeedback(certain)
    )
