"""LATS: a tree of attempts, searched with the model's own judgement (Zhou et al. 2024).

It works over any policy: ReAct's steps are branched, a direct program is mended. What the paper's
code asks of hidden tests or gold answers, this asks of legal signals: tests of the model's own and
the statement's examples where the answer is a program, else the model's judgement alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.benchmark import Readout, Task
from harness.contracts.pte import PTE, Site, Slot
from harness.contracts.rehearsal import Asked, Said
from harness.contracts.solver import Solver
from harness.errors import UserError
from ptes.judging.own import ROLE as VALUE
from ptes.programs.own_tests import ROLE as TEST
from ptes.programs.own_tests import rehearsed_tests
from ptes.searching import lessons
from ptes.searching.feedback import ByTests
from ptes.searching.growing import Settings, TreeSearch


@dataclass(frozen=True)
class LATS(PTE):
    """Grows the tree `iterations` times, by `breadth` nodes at each level.

    `weight` is the paper's lambda, `exploration` its w. Programs have numbers of their own, as in
    the paper (appendix): few iterations over whole programs.
    """

    iterations: int = 30
    depth: int = 7
    weight: float = 0.5
    program_iterations: int = 8
    program_depth: int = 4
    program_weight: float = 0.8
    breadth: int = 5
    exploration: float = 1.0
    certain: float = 0.95
    memory: int = 3
    tests: int = 1

    name: ClassVar[str] = "lats"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SEARCH})
    needs_sampling: ClassVar[bool] = True
    conflicts: ClassVar[Mapping[str, str]] = {
        "reflexion": "lats explores the policy's steps by itself and would ignore the other "
        "search's trials; it reflects on failures already"
    }
    own_roles: ClassVar[frozenset[str]] = frozenset({TEST, VALUE, lessons.ROLE})

    def __post_init__(self) -> None:
        counts = ("iterations", "depth", "program_iterations", "program_depth", "memory", "tests")
        for name in counts:
            if getattr(self, name) < 1:
                raise UserError(f"pte.lats.{name} is {getattr(self, name)}: give at least 1")
        if self.breadth < 2:
            raise UserError(f"pte.lats.breadth is {self.breadth}: a tree branches, give at least 2")
        if self.exploration < 0.0:
            raise UserError("pte.lats.exploration must not be negative")
        for name in ("weight", "program_weight", "certain"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise UserError(f"pte.lats.{name} must lie between 0 and 1")

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
        found = {"own_judgement"} if self._settings(task).weight else set()
        if task.readout is Readout.PROGRAM:
            found |= {"own_tests", "visible_tests"}
        return frozenset(found)

    def applies_to(self, site: Site) -> str | None:
        task, settings = site.task, self._settings(site.task)
        if settings.weight and not site.engine.score:
            return (
                "lats lets the model judge its own work by log-likelihoods, which this engine does "
                "not give"
            )
        programs = task.readout is Readout.PROGRAM
        if not programs and not settings.weight:
            return "lats judges answers by nothing at all with pte.lats.weight=0: give it a share"
        if not programs and not task.votable and settings.weight < 1.0:
            return (
                f"lats counts equal answers among siblings, and those of {task.name} cannot be "
                "counted: set pte.lats.weight=1"
            )
        silent = task.readout is Readout.LOGLIKELIHOOD
        if silent and not site.stack & {"chain_of_thought", "react"}:
            return (
                "lats over a log-likelihood readout needs chain_of_thought: without a sampled "
                "rationale every child is the same"
            )
        return None

    def search(self, inner: Solver, task: Task) -> Solver:
        programs = task.readout is Readout.PROGRAM
        tests = ByTests(self.tests) if programs else None
        return TreeSearch(inner, self._settings(task), tests, programs)

    def _settings(self, task: Task) -> Settings:
        programs = task.readout is Readout.PROGRAM
        return Settings(
            iterations=self.program_iterations if programs else self.iterations,
            breadth=self.breadth,
            depth=self.program_depth if programs else self.depth,
            exploration=self.exploration,
            weight=self.program_weight if programs else self.weight,
            certain=self.certain,
            memory=self.memory,
        )

    def rehearsal_reply(self, asked: Asked) -> Said | None:
        return rehearsed_tests(asked)
