"""A model learns from its own solutions of train problems, those that the grader finds right.

Haluptzok et al. 2023 (Language Models Can Teach Themselves to Program Better) have the interpreter
filter; STaR (Zelikman et al. 2022) takes the answers of the train split, in rounds: the model of
the round before samples, and each round starts from the original model again. STaR's hints
(rationalisation) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from annotated_types import Interval

from harness.contracts.recipe import Recipe
from ptes.data.fine_tuned import FineTuned


@dataclass(frozen=True, kw_only=True)
class SelfGeneratedData(FineTuned):
    """Fine-tunes each rung on samples of its own, drawn with the stack `collect.sampled_with`."""

    rounds: Annotated[int, Interval(ge=1, le=20)] = 1
    """Rounds of sampling and fitting, as in STaR."""

    name: ClassVar[str] = "self_generated_data"
    table_row: ClassVar[str] = "self_generated_data"

    @property
    def recipe(self) -> Recipe:
        return replace(super().recipe, rounds=self.rounds)
