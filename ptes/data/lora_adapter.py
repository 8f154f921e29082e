"""A LoRA adapter, trained elsewhere, is served beside its base model (Hu et al. 2021)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from harness.artefacts.contract import WEIGHTS, Kind
from harness.artefacts.cost import OneTimeCost, published
from harness.artefacts.door import admit
from harness.artefacts.store import cost_of, is_artefact, questions
from harness.contracts.pte import PTE, Slot, StackContext
from harness.errors import UserError
from harness.models.spec import Adapter, ModelSpec
from harness.ranges import Flop, Text

CONFIG = "adapter_config.json"
HUB = re.compile(r"[\w.-]+/[\w.-]+")
"""A hub id, which a name with more than one slash is not."""


@dataclass(frozen=True)
class LoraAdapter(PTE):
    """Answers with an adapter on top of the rung's own weights.

    `path` is the folder of one adapter, as PEFT writes it; of an artefact, which says what it was
    made from and at what cost; or one that has a folder of either kind for each rung, by its name.
    An adapter of another model is refused before anything is loaded.
    """

    path: Text
    one_time: Flop | None = None
    """Training FLOP that the adapter took, for the ledger, where no artefact says it; None where it
    is not known."""

    name: ClassVar[str] = "lora_adapter"
    category: ClassVar[str] = "data"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.WEIGHTS})
    order: ClassVar[int] = 10
    replaces: ClassVar[frozenset[Slot]] = frozenset({Slot.WEIGHTS})
    """An adapter fits the checkpoint that it was trained on, and nothing that replaces it."""

    def __post_init__(self) -> None:
        if not _held(Path(self.path)) and not any(map(_held, Path(self.path).glob("*"))):
            raise UserError(f"pte.lora_adapter.path: {self.path} holds no adapter_config.json")

    @property
    def one_time_flop(self) -> float | None:
        return self.one_time

    def one_time_cost(self, model: ModelSpec) -> OneTimeCost:
        folder = self._folder(model)
        return cost_of(folder) if is_artefact(folder) else published(self.one_time)

    def questions_seen(self, model: ModelSpec) -> tuple[str, ...]:
        return questions(self._folder(model))

    def applies_to(self, site: StackContext) -> str | None:
        if not site.engine.adapters:
            return "lora_adapter: this engine serves no adapters; use engine=vllm"
        folder = self._folder(site.model)
        if not _held(folder):
            raise UserError(
                f"pte.lora_adapter.path: {self.path} has no adapter of {site.model.name}: put it "
                f"into {folder}, or leave the rung out"
            )
        if is_artefact(folder):
            admit(folder, site.model, (Kind.ADAPTER,))
        elif reason := _foreign(folder, site.model):
            raise UserError(f"pte.lora_adapter.path: {reason}")
        return None

    def weights(self, model: ModelSpec) -> ModelSpec:
        folder = self._folder(model)
        if not _held(folder):
            raise ValueError(f"there is no adapter of {model.name}")
        own = folder / WEIGHTS if is_artefact(folder) else folder
        return replace(model, adapter=Adapter(folder.name, str(own)))

    def _folder(self, model: ModelSpec) -> Path:
        path = Path(self.path)
        return path if _held(path) else path / model.name


def _held(folder: Path) -> bool:
    return is_artefact(folder) or (folder / CONFIG).is_file()


def _foreign(folder: Path, model: ModelSpec) -> str | None:
    """Why an adapter that says which model it was trained on is another's, or None. A folder on
    another machine proves nothing."""
    try:
        base = json.loads((folder / CONFIG).read_text()).get("base_model_name_or_path")
    except (OSError, ValueError, AttributeError) as error:
        return f"{folder / CONFIG} cannot be read ({error})"
    if not isinstance(base, str) or base == model.weights or not HUB.fullmatch(base):
        return None
    if not HUB.fullmatch(model.weights) or Path(model.weights).is_dir():
        return None
    return f"{folder} is an adapter of {base}, and the rung {model.name} is {model.weights}"
