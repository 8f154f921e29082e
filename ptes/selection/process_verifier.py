"""A trained verifier scores every step of each solution, and the best of n is submitted.

Process supervision: the verifier was trained on labelled steps, by people (Lightman et al. 2023,
PRM800K) or by how often roll-outs from a step come to the right answer (Wang et al. 2023,
Math-Shepherd). Its steps make a solution's score by product, minimum or last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from harness.contracts.attempt import Candidate
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Draw
from harness.contracts.paper import PaperSettings
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.sampling import GREEDY, Sampling
from harness.contracts.solver import Stage, StageKind
from harness.models.spec import ModelSpec
from harness.ranges import Flop, Several, Text
from ptes.common.verifying.of_rung import of_rung
from ptes.common.verifying.solutions import question_of, solution_of, steps_of
from ptes.common.verifying.weights import Aggregate, weight_of, whole
from ptes.selection.self_consistency import Vote
from ptes.selection.verifier import uncounted, unserved, unwritten

ROLE = "process_verifier"
SAMPLING: Mapping[str, Sampling] = {ROLE: GREEDY}
"""What this role says is read off, which sampling does not touch."""


@dataclass(frozen=True)
class StepWeighting:
    """Weights each candidate by what the scores of its steps make of it."""

    aggregate: Aggregate
    kind: StageKind = StageKind.WEIGHT

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        return tuple(await asyncio.gather(*(self._weigh(each, draw) for each in pool)))

    async def _weigh(self, candidate: Candidate, draw: Draw) -> Candidate:
        if candidate.weight == 0.0:
            return candidate
        attempt = candidate.attempt
        steps = steps_of(solution_of(attempt, draw))
        if not steps:
            return replace(candidate, weight=0.0)
        values = await draw.reward(question_of(attempt, ROLE), steps, attempt.address)
        return replace(
            candidate, weight=candidate.weight * weight_of(whole(values, self.aggregate))
        )


@dataclass(frozen=True)
class ProcessVerifier(PTE):
    """Draws `n` attempts and lets `model`, in the role `process_verifier`, score their steps."""

    model: ModelSpec
    n: Several = 5
    aggregate: Aggregate = "product"
    choose: Literal["best", "vote"] = "best"
    """`best` submits the solution of the highest score, `vote` the answer whose solutions' scores
    add up to most. With self_consistency in the stack `best` is a weighted vote as well."""
    trained_on: Text | None = None
    """Whose steps it was trained on, where that is known; None takes what its model says."""
    one_time: Flop | None = None
    """FLOP that training it took, roll-outs included; None takes its model's training compute."""

    name: ClassVar[str] = ROLE
    category: ClassVar[str] = "selection"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Lightman et al. 2023",
        {"n": 1860, "aggregate": "product", "choose": "best"},
        {
            "n": "section 3: best of 1,860 solutions a test problem",
            "aggregate": "section 2.6: the product of the steps' probabilities of being correct",
            "choose": "section 2",
        },
        "by a verifier trained on 800,000 steps that people labelled (PRM800K), of which 4,500 "
        "problems are from the test split of MATH; Math-Shepherd takes the minimum, of 256 "
        "solutions",
    )
    needs_sampling: ClassVar[bool] = True
    role_sampling: ClassVar[Mapping[str, Sampling]] = SAMPLING
    signals: ClassVar[frozenset[str]] = frozenset({"verifier"})

    @property
    def samples(self) -> int:
        return self.n

    def with_samples(self, samples: int) -> ProcessVerifier:
        return replace(self, n=max(2, min(self.n, samples)))

    @property
    def roles(self) -> Mapping[str, ModelSpec]:
        return {ROLE: self.model}

    def roles_beside(self, model: ModelSpec) -> Mapping[str, ModelSpec]:
        return {ROLE: of_rung(self.model, model)}

    @property
    def one_time_flop(self) -> float | None:
        return self.model.compute.flop if self.one_time is None else self.one_time

    @property
    def trained(self) -> str | None:
        """Whose steps the verifier was trained on; None where nobody has said."""
        head = self.model.reward
        return self.trained_on or (head.trained_on if head else None)

    def fills_row(self, task: Task) -> str | None:
        head = self.model.reward
        tried = head is not None and head.tried
        return "process_verification" if self.trained and tried and self.n > 2 else None

    def applies_to(self, site: StackContext) -> str | None:
        if site.task.kind is AnswerKind.PROGRAM and not site.reasoning:
            return (
                "process_verifier scores the steps of written reasoning, and a program has none: "
                "use verifier, or add chain_of_thought"
            )
        return (
            unserved(self.name, self.model, "process", site)
            or unwritten(self.name, site)
            or uncounted(self.name, self.choose, site)
        )

    def stages(self, task: Task) -> tuple[Stage, ...]:
        weighting = StepWeighting(self.aggregate)
        return (weighting, Vote()) if self.choose == "vote" else (weighting,)
