"""What PTEs share that put a model in place which `pte train` has fine-tuned, rung by rung."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from harness.artefacts.contract import Artefact, Kind
from harness.artefacts.cost import UNKNOWN, OneTimeCost
from harness.artefacts.door import admit, check_ladder, in_place, nothing_made, of_rung
from harness.artefacts.store import cost_of, questions, read
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.recipe import Collect, Fit, Keep, Recipe
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.ranges import Text


@dataclass(frozen=True, kw_only=True)
class FineTuned(PTE):
    """Answers with the artefact that the recipe made of the rung: an adapter or whole weights."""

    trained_on: tuple[Text, ...]
    """Benchmarks whose train splits it learns from."""
    artefacts: Text = field(default="runs/artefacts", compare=False)
    """Folder of all artefacts; nothing of where they lie is part of a cell."""
    collect: Collect = field(default_factory=Collect)
    keep: Keep = field(default_factory=Keep)
    fit: Fit = field(default_factory=Fit)

    category: ClassVar[str] = "data"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.WEIGHTS})
    replaces: ClassVar[frozenset[Slot]] = frozenset({Slot.WEIGHTS})

    def __post_init__(self) -> None:
        object.__setattr__(self, "trained_on", tuple(self.trained_on))
        if not self.trained_on:
            raise UserError(f"pte.{self.name}.trained_on is empty: name a benchmark")

    @property
    def recipe(self) -> Recipe:
        return Recipe(self.name, self.trained_on, self.collect, self.keep, self.fit)

    @property
    def root(self) -> Path:
        """Folder of the artefacts of this recipe, one below it a rung."""
        return self.recipe.folder(self.artefacts)

    @property
    def one_time_flop(self) -> float | None:
        return None

    def one_time_cost(self, model: ModelSpec) -> OneTimeCost:
        folder = self._folder(model)
        return UNKNOWN if folder is None else cost_of(folder)

    def questions_seen(self, model: ModelSpec) -> tuple[str, ...]:
        folder = self._folder(model)
        return () if folder is None else questions(folder)

    def applies_to(self, site: StackContext) -> str | None:
        if reason := self.cannot_train(site.model):
            return reason
        kind = self.recipe.kind(site.model)
        if kind is Kind.ADAPTER and not site.engine.adapters:
            return (
                f"{self.name}: this engine serves no adapters; use engine=vllm, or train all "
                f"parameters with pte.{self.name}.fit.method=full"
            )
        check_ladder(self.root, site.model, f"pte train {self.name}")
        folder = self._folder(site.model)
        if folder is None and (why := nothing_made(self.root, site.model)):
            return f"{self.name}: nothing was made: {why}"
        if folder is None:
            return (
                f"{self.name}: {site.model.name} has no artefact in {self.root} yet; make it with "
                f"'pte train {self.name}' and the words of this command"
            )
        self._checked(admit(folder, site.model, (kind,)), folder)
        return None

    def cannot_train(self, model: ModelSpec) -> str | None:
        if model.thinking == "always":
            return f"{self.name}: {model.name} always thinks, and what it thinks is not taught"
        return None

    def weights(self, model: ModelSpec) -> ModelSpec:
        folder = self._folder(model)
        if folder is None:
            raise ValueError(f"{model.name} has no artefact in {self.root}")
        return in_place(model, read(folder), folder, self.name)

    def _folder(self, model: ModelSpec) -> Path | None:
        return of_rung(self.root, model)

    def _checked(self, artefact: Artefact, folder: Path) -> None:
        """Refuse an artefact that some other recipe has made."""
        made = artefact.training.recipe if artefact.training else "a published artefact"
        if made != self.recipe.id:
            raise UserError(
                f"{folder} was made by another recipe ({made}) than pte.{self.name} describes "
                f"({self.recipe.id}): train it anew, or set pte.{self.name}.artefacts"
            )
