"""A LoRA adapter, trained elsewhere, is served beside its base model (Hu et al. 2021)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from harness.contracts.pte import PTE, Slot, StackContext
from harness.errors import UserError
from harness.models.spec import Adapter, ModelSpec
from harness.ranges import Flop, Text


@dataclass(frozen=True)
class LoraAdapter(PTE):
    """Answers with the adapter in `path` on top of the rung's own weights."""

    path: Text
    one_time: Flop | None = None
    """Training FLOP that the adapter took, for the ledger; None where it is not known."""

    name: ClassVar[str] = "lora_adapter"
    category: ClassVar[str] = "data"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.WEIGHTS})
    order: ClassVar[int] = 10
    replaces: ClassVar[frozenset[Slot]] = frozenset({Slot.WEIGHTS})
    """An adapter fits the checkpoint that it was trained on, and nothing that replaces it."""

    def __post_init__(self) -> None:
        if not (Path(self.path) / "adapter_config.json").is_file():
            raise UserError(f"pte.lora_adapter.path: {self.path} holds no adapter_config.json")

    @property
    def one_time_flop(self) -> float | None:
        return self.one_time

    def applies_to(self, site: StackContext) -> str | None:
        if not site.engine.adapters:
            return "lora_adapter: this engine serves no adapters; use engine=vllm"
        return None

    def weights(self, model: ModelSpec) -> ModelSpec:
        return replace(model, adapter=Adapter(Path(self.path).name, self.path))
