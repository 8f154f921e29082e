"""The instruction-tuned sibling of a base checkpoint answers in its place (Ouyang et al. 2022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from harness.artefacts.cost import UNKNOWN, OneTimeCost, published
from harness.contracts.pte import PTE, Slot, StackContext
from harness.models.spec import ModelSpec
from harness.ranges import Flop


@dataclass(frozen=True)
class InstructSibling(PTE):
    """Replaces the checkpoint by its instruct sibling.

    Both are shown the same plain prompts (`template=plain`), so that the arm differs from the base
    in the weights alone. `template=own` renders with the sibling's chat template, which changes the
    prompts as well: an arm of its own, told apart by that setting.

    What the tuning took is read on each rung from its config (`instruct_sibling.tuning`);
    `one_time` says it for all rungs. Few makers say, so it is unknown by default and such stacks
    are neither inside nor outside Lifland et al.'s definition.
    """

    one_time: Flop | None = None
    template: Literal["plain", "own"] = "plain"

    name: ClassVar[str] = "instruct_sibling"
    category: ClassVar[str] = "data"
    table_row: ClassVar[str] = "instruct_sibling"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.WEIGHTS})
    replaces: ClassVar[frozenset[Slot]] = frozenset({Slot.WEIGHTS})

    @property
    def one_time_flop(self) -> float | None:
        return self.one_time

    def one_time_cost(self, model: ModelSpec) -> OneTimeCost:
        if self.one_time is not None or model.instruct_sibling is None:
            return published(self.one_time)
        tuning = model.instruct_sibling.tuning
        return UNKNOWN if tuning is None else published(tuning.flop, tuning.source)

    def applies_to(self, site: StackContext) -> str | None:
        if site.model.instruct_sibling is None:
            return f"instruct_sibling: {site.model.name} names no instruct sibling in its config"
        return None

    def weights(self, model: ModelSpec) -> ModelSpec:
        return model.sibling(chat=model.chat or self.template == "own")
