"""CodeT: programs and tests by the same model, chosen by their agreement (Chen et al. 2022)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import ClassVar

from harness.contracts.attempt import Candidate
from harness.contracts.benchmark import FreeReply, Task
from harness.contracts.draw import Draw
from harness.contracts.paper import PaperSettings
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.rehearsal import RehearsalReply, RehearsalRequest
from harness.contracts.sampling import Sampling
from harness.contracts.solver import Stage, StageKind
from harness.ranges import Count, Several
from ptes.common.programs.execution import asks_no_program, passes
from ptes.common.programs.own_tests import SAMPLING, own_tests, rehearsed_tests
from ptes.common.programs.random_tie_break import RandomTieBreak

TESTS_EACH = 5
"""Assertions taken of each sample, the first ones (section 3)."""


@dataclass(frozen=True)
class DualAgreement:
    """Weights candidates by the score of their consensus set (section 2.2).

    A set holds all programs that pass exactly the same tests. Where no program passes any test
    nothing is said, and all stay as they are.
    """

    samples: int
    free: FreeReply | None = None
    """The task's limits where models answer in turns of their own."""
    kind: StageKind = StageKind.CLUSTER

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        alive = [n for n, candidate in enumerate(pool) if candidate.weight > 0]
        if not alive:
            return pool
        problem = pool[0].attempt.problem
        written = await own_tests(problem, draw, self.samples, TESTS_EACH, free=self.free)
        tests = Counter(line for sample in written for line in sample)
        passed = await passes([pool[n].attempt for n in alive], list(tests), draw)
        scores = dict(zip(alive, agreement(passed, list(tests.values())), strict=True))
        if not any(scores.values()):
            return pool
        return tuple(
            replace(candidate, weight=candidate.weight * scores.get(n, 0.0))
            for n, candidate in enumerate(pool)
        )


def agreement(passed: Sequence[tuple[bool, ...]], times: Sequence[int]) -> list[float]:
    """The score of each program's consensus set: the square root of its number of programs times
    its number of tests, repeated ones counted on both sides.

    Args:
        passed: by program, which of the distinct tests it passes.
        times: how often each distinct test was written.
    """
    # The root of a whole number, so that sets with the same score are equal to the last bit.
    scores = {
        held: sqrt(count * sum(n for n, each in zip(times, held, strict=True) if each) ** 2)
        for held, count in Counter(passed).items()
    }
    return [scores[held] for held in passed]


@dataclass(frozen=True)
class CodeT(PTE):
    """Draws `n` programs and `tests` samples of tests; submits one of the best consensus set."""

    n: Several = 100
    tests: Count = 100

    name: ClassVar[str] = "codet"
    category: ClassVar[str] = "scaffolding"
    table_row: ClassVar[str] = "codet"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Chen et al. 2022 (CodeT)",
        {"n": 100, "tests": 100},
        {"n": "experimental setup", "tests": "experimental setup"},
        "sampled at a temperature of 0.8 with top-p 0.95, programs of at most 300 tokens",
    )
    subsumes: ClassVar[frozenset[str]] = frozenset({"self_consistency"})
    needs_sampling: ClassVar[bool] = True
    role_sampling: ClassVar[Mapping[str, Sampling]] = SAMPLING
    signals: ClassVar[frozenset[str]] = frozenset({"own_tests"})

    @property
    def samples(self) -> int:
        return self.n

    def with_samples(self, samples: int) -> CodeT:
        """A smaller pool, with as many samples of tests for each program as before."""
        n = max(2, min(self.n, samples))
        return replace(self, n=n, tests=max(1, self.tests * n // self.n))

    def applies_to(self, site: StackContext) -> str | None:
        return asks_no_program(self.name, site)

    def stages(self, task: Task) -> tuple[Stage, ...]:
        return (DualAgreement(self.tests, task.free), RandomTieBreak())

    def rehearsal_reply(self, asked: RehearsalRequest) -> RehearsalReply | None:
        return rehearsed_tests(asked)
