"""A model learns from the worked answers of a stronger one (Mukherjee et al. 2023, Orca).

Orca learns from explanations of GPT-4 on many tasks; here the teacher works the train problems of
the benchmark, and what the grader finds right is taught. The teacher's tokens are on the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.recipe import Recipe
from harness.models.spec import ModelSpec
from ptes.data.fine_tuned import FineTuned


@dataclass(frozen=True, kw_only=True)
class Teacher(FineTuned):
    """Fine-tunes each rung on samples of `model`, drawn with the stack `collect.sampled_with`."""

    model: ModelSpec
    """The teacher; it works the train problems, and never answers a test item."""

    name: ClassVar[str] = "teacher"

    @property
    def recipe(self) -> Recipe:
        return replace(super().recipe, teacher=self.model)

    def cannot_train(self, model: ModelSpec) -> str | None:
        if model.name == self.model.name:
            return f"teacher: {model.name} is the teacher itself, and learns nothing from it"
        own, other = model.compute.flop, self.model.compute.flop
        if own is not None and other is not None and other <= own:
            return (
                f"teacher: {self.model.name} has no more training compute than {model.name} "
                f"({other:.3g} and {own:.3g} FLOP): a teacher is a stronger model"
            )
        return super().cannot_train(model)
