"""Chain of thought: have the model write its reasoning before the answer (Wei et al. 2022)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.benchmark import Task
from harness.contracts.paper import PaperSettings
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot, StackContext
from harness.ranges import Text


@dataclass(frozen=True)
class ChainOfThought(PTE):
    """Asks for reasoning first; the answer cue comes after it.

    With exemplars in the prompt, these show their rationales. Without, where an answer follows a
    cue, an opening is put into the model's mouth (zero-shot chain of thought, Kojima et al. 2022).
    """

    reasoning: Text = "Reason step by step before you answer."
    opening: str = "Let's think step by step."

    name: ClassVar[str] = "chain_of_thought"
    category: ClassVar[str] = "prompting"
    table_row: ClassVar[str] = "chain_of_thought"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Kojima et al. 2022",
        {"opening": "Let's think step by step."},
        {"opening": "section 3"},
        "decoded greedily; with exemplars it is that of Wei et al. 2022, with eight",
    )
    order: ClassVar[int] = 20
    writes_reasoning: ClassVar[bool] = True

    def applies_to(self, site: StackContext) -> str | None:
        bare = sum("rationale" not in exemplar.forms for exemplar in site.task.exemplars)
        if site.exemplars and bare:
            return (
                f"chain_of_thought shows exemplars with rationales, and {bare} exemplars of "
                f"{site.task.name} have none"
            )
        return None

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        return replace(
            prompt,
            form="rationale",
            reasoning=self.reasoning,
            # Where the model answers in a turn of its own, nothing is put into its mouth.
            opening="" if prompt.exemplars or prompt.free else self.opening,
        )
