"""Reflexion: look at what came out, say in words what went wrong, try again (Shinn et al. 2023).

On programs the feedback is tests, the model's own and the statement's examples: the published log
for HumanEval is from ten trials with such internal tests, never the hidden ones. Elsewhere it is
the model's own judgement of its answer; the published code for HotpotQA asks the gold answer
instead, which is here as `oracle`. The last attempt is submitted, whatever was said of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from harness.contracts.attempt import Attempt
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Draw
from harness.contracts.paper import PaperSettings
from harness.contracts.problem import Problem
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.rehearsal import RehearsalReply, RehearsalRequest
from harness.contracts.sampling import Sampling
from harness.contracts.solver import Policy, Solver
from harness.ranges import Count, Several, Share
from ptes.common.judging import self_evaluation
from ptes.common.programs import own_tests
from ptes.common.programs.own_tests import rehearsed_tests
from ptes.common.search import reflections
from ptes.common.search.feedback import Assessment, Feedback, OracleFeedback, feedback_for
from ptes.common.search.reflections import notes, reflect
from ptes.common.search.tree import clipped


@dataclass(frozen=True)
class ReflexionSolver:
    """Solves, looks at the feedback, and solves again with what was learnt."""

    inner: Solver
    feedback: Feedback
    trials: int
    memory: int

    @property
    def policy(self) -> Policy:
        return self.inner.policy

    def start(self, problem: Problem, draw: Draw) -> Attempt:
        return self.inner.start(problem, draw)

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        """The first attempt with which nothing is wrong, else that of the last trial."""
        done = await self.inner.solve(attempt, draw)
        learnt: tuple[str, ...] = ()
        path: list[dict[str, Any]] = []
        for trial in range(1, self.trials):
            verdict = await self.feedback(done, draw)
            path.append(_trial_record(len(path), done, verdict))
            if verdict.passed:
                break
            there = draw.at("search", trial)
            learnt = (*learnt, await reflect(done, verdict.report, there))[-self.memory :]
            path[-1]["reflection"] = learnt[-1]
            noted = (*attempt.prompt.notes, *notes(done, verdict.report, learnt))
            again = replace(attempt, prompt=replace(attempt.prompt, notes=noted))
            done = await self.inner.solve(again, there)
        else:
            path.append(_trial_record(len(path), done, None))
        return replace(done, search={"method": "reflexion", "nodes": path})


def _trial_record(number: int, attempt: Attempt, verdict: Assessment | None) -> dict[str, Any]:
    """A trial for the record; of the last one nothing more is asked."""
    return {
        "number": number,
        "parent": number - 1 if number else None,
        "step": clipped(attempt),
        "status": attempt.status.value,
        "answer": attempt.answer,
        "reward": verdict and verdict.reward,
        "report": verdict and verdict.report,
    }


@dataclass(frozen=True)
class Reflexion(PTE):
    """Up to `trials` attempts, each after a reflection on the one before.

    `tests` is the number of samples of tests of its own; `memory` how many reflections, the latest
    ones, are shown (1 to 3 in the paper, section 3). An answer that is no program counts as right
    where the model gives that a probability of `certain`; with `oracle` where the hidden grader
    says so.
    """

    trials: Several = 10
    tests: Count = 1
    memory: Count = 1
    certain: Share = 0.5
    oracle: bool = False

    name: ClassVar[str] = "reflexion"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SEARCH})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Shinn et al. 2023",
        {"trials": 10, "memory": 1, "oracle": False},
        {
            "trials": "the published log for HumanEval",
            "memory": "section 3, and section 4 on programs",
            "oracle": "section 4, tests of its own",
        },
        "on HotpotQA it shows up to three reflections, and its code asks for the gold answer",
    )
    replaces: ClassVar[frozenset[Slot]] = frozenset({Slot.SEARCH})
    role_sampling: ClassVar[Mapping[str, Sampling]] = {
        **own_tests.SAMPLING,
        **self_evaluation.SAMPLING,
        **reflections.SAMPLING,
    }

    def with_share(self, share: float) -> Reflexion:
        return replace(self, trials=max(2, int(self.trials * share)))

    def looks_at(self, task: Task) -> frozenset[str]:
        if self.oracle:
            return frozenset({"oracle"})
        programs = task.kind is AnswerKind.PROGRAM
        return frozenset({"own_tests", "visible_tests"} if programs else {"own_judgement"})

    def fills_row(self, task: Task) -> str | None:
        return None if self.oracle else self.name

    def applies_to(self, site: StackContext) -> str | None:
        judges = site.task.kind is not AnswerKind.PROGRAM and not self.oracle
        if judges and not site.engine.score:
            return (
                "reflexion lets the model judge its own answers by log-likelihoods, which this "
                "engine does not give"
            )
        return None

    def search(self, inner: Solver, task: Task) -> Solver:
        feedback = OracleFeedback() if self.oracle else feedback_for(task, self.tests, self.certain)
        return ReflexionSolver(inner, feedback, self.trials, self.memory)

    def rehearsal_reply(self, asked: RehearsalRequest) -> RehearsalReply | None:
        return rehearsed_tests(asked)
