"""A program checks the written work of each attempt, and those with a wrong step are set aside.

Process-based verification (Uesato et al. 2022; Lightman et al. 2023) with the benchmark's own
checker in place of a trained verifier: it costs no tokens and knows no answer. It is as strict as
the benchmark's `Task.sound`, which may have to leave open what only the answer could settle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from harness.contracts.attempt import Attempt, Candidate
from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.solver import Stage, StageKind
from harness.cpu_time import OutOfCpuTimeError, within
from harness.ranges import Several

SECONDS = 5.0
"""CPU seconds of one check."""


@dataclass(frozen=True)
class StepCheckFilter:
    """Keeps the candidates whose work is sound; all of them where none is."""

    task: Task
    kind: StageKind = StageKind.FILTER

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        sound = [candidate.weight > 0 and self._sound(candidate.attempt) for candidate in pool]
        if not any(sound):
            return pool
        pairs = zip(pool, sound, strict=True)
        return tuple(c if kept else replace(c, weight=0.0) for c, kept in pairs)

    def _sound(self, attempt: Attempt) -> bool:
        if self.task.sound is None or attempt.answer is None:
            return False
        said = attempt.response.removeprefix(attempt.prompt.opening)
        work = said.partition(self.task.cue)[0].strip()
        checks = partial(self.task.sound, attempt.problem.question, work, attempt.answer)
        try:
            return within(SECONDS, checks)
        except (Exception, OutOfCpuTimeError):  # work that cannot be checked is not known to hold
            return False


@dataclass(frozen=True)
class ProgramVerifier(PTE):
    """Draws `n` attempts and submits the first whose work the benchmark's checker accepts.

    With self-consistency the sound attempts alone have a vote.
    """

    n: Several = 5

    name: ClassVar[str] = "program_verifier"
    category: ClassVar[str] = "selection"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})
    needs_sampling: ClassVar[bool] = True
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})
    conflicts: ClassVar[Mapping[str, str]] = {
        "react": "it checks work that is written out, and steps of tools are none"
    }

    @property
    def samples(self) -> int:
        return self.n

    def with_samples(self, samples: int) -> ProgramVerifier:
        return replace(self, n=max(2, min(self.n, samples)))

    def applies_to(self, site: StackContext) -> str | None:
        if not site.reasoning:
            return (
                "program_verifier checks written work, and requires chain_of_thought or another "
                "PTE that has the model write it"
            )
        if site.task.sound is None:
            return (
                f"program_verifier needs a checker of written work, and {site.task.name} has none"
            )
        return None

    def stages(self, task: Task) -> tuple[Stage, ...]:
        return (StepCheckFilter(task),)
