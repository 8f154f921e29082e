"""The plain prompt: neither told to answer at once nor to reason first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.benchmark import Readout, Task
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot, StackContext


@dataclass(frozen=True)
class Plain(PTE):
    """Leaves out how to work, so that the model does what it was trained to do.

    Where a model answers in a turn of its own, the base is told to answer at once and chain of
    thought to reason first; this arm says neither, and shows which of the two the model would do.
    """

    name: ClassVar[str] = "plain"
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})
    order: ClassVar[int] = 15
    conflicts: ClassVar[dict[str, str]] = {
        "chain_of_thought": "plain says nothing of how to work, and chain_of_thought does"
    }

    def applies_to(self, site: StackContext) -> str | None:
        if site.task.readout is not Readout.FREE:
            return (
                "plain leaves out what a base is told where models answer in a turn of their own; "
                "after a cue the base is told nothing of the kind (readout=free)"
            )
        return None

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        return replace(prompt, direct=False)
