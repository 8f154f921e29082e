"""A trained verifier scores every step of each solution, and the best of n is submitted.

Process supervision: the verifier was trained on labelled steps, by people (Lightman et al. 2023,
PRM800K) or by how often roll-outs from a step come to the right answer (Wang et al. 2023,
Math-Shepherd). Its steps make a solution's score by product, minimum or last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.attempt import Candidate
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Draw
from harness.contracts.paper import PaperSettings
from harness.contracts.pte import StackContext
from harness.contracts.sampling import GREEDY, Sampling
from harness.contracts.solver import Stage, StageKind
from ptes.common.verifying.solutions import question_of, solution_of, steps_of
from ptes.common.verifying.weights import Aggregate, weight_of, whole
from ptes.selection.trained_verifier import TrainedVerifier

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
class ProcessVerifier(TrainedVerifier):
    """Draws `n` attempts and lets `model`, in the role `process_verifier`, score their steps."""

    aggregate: Aggregate = "product"

    name: ClassVar[str] = ROLE
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
    role_sampling: ClassVar[Mapping[str, Sampling]] = SAMPLING

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
        return self.unusable("process", site)

    def weighting(self) -> Stage:
        return StepWeighting(self.aggregate)
