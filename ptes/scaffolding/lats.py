"""LATS: a tree of attempts, searched with the model's own judgement (Zhou et al. 2024).

It works over any policy: ReAct's steps are branched, a direct program is mended. What the paper's
code asks of hidden tests or gold answers, this asks of legal signals: tests of the model's own and
the statement's examples where the answer is a program, else the model's judgement alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.paper import PaperSettings
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.rehearsal import RehearsalReply, RehearsalRequest
from harness.contracts.sampling import Sampling
from harness.contracts.solver import Solver
from harness.ranges import Count, NotNegative, Probability, Several
from ptes.common.judging import self_evaluation
from ptes.common.programs import own_tests
from ptes.common.programs.own_tests import rehearsed_tests
from ptes.common.search import reflections
from ptes.common.search.feedback import TestFeedback
from ptes.common.search.tree_search import TreeSearch, TreeSearchSettings


@dataclass(frozen=True)
class LATS(PTE):
    """Grows the tree `iterations` times, by `breadth` nodes at each level.

    `weight` is the paper's lambda, `exploration` its w. Programs have numbers of their own, as in
    the paper (appendix): few iterations over whole programs.
    """

    iterations: Count = 30
    depth: Count = 7
    weight: Probability = 0.5
    program_iterations: Count = 8
    program_depth: Count = 4
    program_weight: Probability = 0.8
    breadth: Several = 5
    exploration: NotNegative = 1.0
    certain: Probability = 0.95
    memory: Count = 3
    tests: Count = 1

    name: ClassVar[str] = "lats"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SEARCH})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Zhou et al. 2023",
        {
            "iterations": 50,
            "depth": 7,
            "weight": 0.5,
            "program_iterations": 8,
            "program_depth": 4,
            "program_weight": 0.8,
            "breadth": 5,
            "exploration": 1.0,
        },
        {
            "iterations": "its code, hotpot/lats.py",
            "depth": "its code, hotpot/lats.py",
            "weight": "appendix, HotpotQA",
            "program_iterations": "its code, programming/run_lats.sh",
            "program_depth": "appendix, programs; its code has no limit",
            "program_weight": "appendix, programs",
            "breadth": "its code, both",
            "exploration": "its code, programming/mcts.py; on HotpotQA the square root of 2",
        },
        "its code runs the hidden tests, or asks for the gold answer, at each node; ours does not",
    )
    needs_sampling: ClassVar[bool] = True
    replaces: ClassVar[frozenset[Slot]] = frozenset({Slot.SEARCH})
    role_sampling: ClassVar[Mapping[str, Sampling]] = {
        **own_tests.SAMPLING,
        **self_evaluation.SAMPLING,
        **reflections.SAMPLING,
    }

    def with_share(self, share: float) -> LATS:
        """Fewer iterations; where a single one is too much, fewer children as well."""
        left = share * max(self.iterations, self.program_iterations)
        return replace(
            self,
            breadth=self.breadth if left >= 1.0 else max(2, int(self.breadth * left)),
            iterations=max(1, int(self.iterations * share)),
            program_iterations=max(1, int(self.program_iterations * share)),
        )

    def looks_at(self, task: Task) -> frozenset[str]:
        result = {"own_judgement"} if self._settings(task).weight else set()
        if task.kind is AnswerKind.PROGRAM:
            result |= {"own_tests", "visible_tests"}
        return frozenset(result)

    def fills_row(self, task: Task) -> str | None:
        # A tree that is grown once is never gone back to: that is no search.
        return self.name if self._settings(task).iterations > 1 else None

    def applies_to(self, site: StackContext) -> str | None:
        task, settings = site.task, self._settings(site.task)
        if settings.weight and not site.engine.score:
            return (
                "lats lets the model judge its own work by log-likelihoods, which this engine does "
                "not give"
            )
        programs = task.kind is AnswerKind.PROGRAM
        if not programs and not settings.weight:
            return "lats judges answers by nothing at all with pte.lats.weight=0: give it a share"
        if not programs and not task.votable and settings.weight < 1.0:
            return (
                f"lats counts equal answers among siblings, and those of {task.name} cannot be "
                "counted: set pte.lats.weight=1"
            )
        silent = task.kind is AnswerKind.OPTION
        if silent and not site.reasoning:
            return (
                "lats over a log-likelihood readout needs chain_of_thought: without a sampled "
                "rationale every child is the same"
            )
        return None

    def search(self, inner: Solver, task: Task) -> Solver:
        programs = task.kind is AnswerKind.PROGRAM
        tests = TestFeedback(self.tests, task.free) if programs else None
        return TreeSearch(inner, self._settings(task), tests, programs)

    def _settings(self, task: Task) -> TreeSearchSettings:
        programs = task.kind is AnswerKind.PROGRAM
        return TreeSearchSettings(
            iterations=self.program_iterations if programs else self.iterations,
            breadth=self.breadth,
            depth=self.program_depth if programs else self.depth,
            exploration=self.exploration,
            weight=self.program_weight if programs else self.weight,
            certain=self.certain,
            memory=self.memory,
        )

    def rehearsal_reply(self, asked: RehearsalRequest) -> RehearsalReply | None:
        return rehearsed_tests(asked)
