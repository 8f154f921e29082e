"""AlphaCode's selection: filter by the statement's examples, cluster by behaviour (Li et al. 2022).

Of the paper's techniques these are the ones that a fixed model can have: many samples, the filter
(section 4.5) and the clusters (4.6). What it builds its gain up from besides is training, and is
missing here: the masked language modelling loss, tempering (a temperature in training), GOLD,
conditioning on tags and ratings and on the value of a solution, which a model has to have learnt,
and a model trained to invent inputs. So a gain measured here is that of the selection alone.

Instead of that last model the calls of the tests serve that the solving model writes itself,
without the values that it expects, so that a stack with other PTEs that write tests pays for them
once. One program is submitted, of the largest cluster: the paper's score is of ten submissions out
of k samples (10@k), and is not comparable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.attempt import Candidate
from harness.contracts.benchmark import FreeReply, Task
from harness.contracts.draw import Draw
from harness.contracts.paper import PaperSettings
from harness.contracts.program import function_of
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.rehearsal import RehearsalReply, RehearsalRequest
from harness.contracts.sampling import Sampling
from harness.contracts.solver import Stage, StageKind
from harness.ranges import Count, Several
from ptes.common.programs.execution import asks_no_program, behaviours, passes
from ptes.common.programs.own_tests import SAMPLING, calls_in, own_tests, rehearsed_tests
from ptes.common.programs.random_tie_break import RandomTieBreak

INPUTS_EACH = 5
"""Inputs taken of each sample of tests."""


@dataclass(frozen=True)
class ExamplesFilter:
    """Takes out what fails one of the statement's own examples (section 4.5).

    Where nothing passes them all there is nothing to prefer, and all candidates stay.
    """

    kind: StageKind = StageKind.FILTER

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        alive = [n for n, candidate in enumerate(pool) if candidate.weight > 0]
        examples = function_of(pool[0].attempt.problem).examples
        passed = await passes([pool[n].attempt for n in alive], examples, draw)
        kept = {n for n, held in zip(alive, passed, strict=True) if all(held)}
        if not kept:
            return pool
        return tuple(
            candidate if n in kept else replace(candidate, weight=0.0)
            for n, candidate in enumerate(pool)
        )


@dataclass(frozen=True)
class BehaviourClusters:
    """Weights candidates by how many behave as they do on invented inputs (section 4.6)."""

    samples: int
    free: FreeReply | None = None
    """The task's limits where models answer in turns of their own."""
    kind: StageKind = StageKind.CLUSTER

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        problem = pool[0].attempt.problem
        written = await own_tests(problem, draw, self.samples, INPUTS_EACH, free=self.free)
        asserts = tuple(line for sample in written for line in sample)
        inputs = calls_in(asserts, function_of(problem).entry_point)
        alive = [n for n, candidate in enumerate(pool) if candidate.weight > 0]
        seen = await behaviours([pool[n].attempt for n in alive], inputs, draw)
        sizes = Counter(seen)
        size = {n: sizes[how] for n, how in zip(alive, seen, strict=True)}
        return tuple(
            replace(candidate, weight=candidate.weight * size.get(n, 0))
            for n, candidate in enumerate(pool)
        )


@dataclass(frozen=True)
class AlphaCode(PTE):
    """Draws `n` programs, and submits one of the largest cluster of those that pass the examples.

    `inputs` is the number of samples of tests whose calls programs are compared on.
    """

    n: Several = 100
    inputs: Count = 10

    name: ClassVar[str] = "alphacode"
    category: ClassVar[str] = "selection"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Chen et al. 2022 (CodeT)",
        {"n": 100},
        {"n": "results on HumanEval, where AlphaCode's selection is compared"},
        "Li et al. 2022 draw up to a million programs for a contest's problem, and submit ten",
    )
    subsumes: ClassVar[frozenset[str]] = frozenset({"self_consistency"})
    needs_sampling: ClassVar[bool] = True
    role_sampling: ClassVar[Mapping[str, Sampling]] = SAMPLING
    signals: ClassVar[frozenset[str]] = frozenset({"own_tests", "visible_tests"})

    @property
    def samples(self) -> int:
        return self.n

    def with_samples(self, samples: int) -> AlphaCode:
        return replace(self, n=max(2, min(self.n, samples)))

    def applies_to(self, site: StackContext) -> str | None:
        return asks_no_program(self.name, site)

    def stages(self, task: Task) -> tuple[Stage, ...]:
        return (ExamplesFilter(), BehaviourClusters(self.inputs, task.free), RandomTieBreak())

    def rehearsal_reply(self, asked: RehearsalRequest) -> RehearsalReply | None:
        return rehearsed_tests(asked)
