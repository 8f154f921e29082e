"""A second model reads each finished attempt and says how likely it is to be right.

A verifier without training of its own: the weight of a candidate is the judge's probability of
`yes` against `no`. With self-consistency in the stack the vote is weighted by it (Cobbe et al. 2021
rank by a trained verifier; the weighted vote is from Li et al. 2022).
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
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.sampling import GREEDY, Sampling
from harness.contracts.solver import Stage, StageKind
from harness.models.spec import ModelSpec
from harness.ranges import Several, Text
from ptes.common.judging.yes_probability import proposal, yes_probability
from ptes.common.shots.judgements import PROPOSED
from ptes.common.shots.shown import shown_with

ROLE = "judge"
SAMPLING: Mapping[str, Sampling] = {ROLE: GREEDY}
"""The judgement of this role is read from log-likelihoods, which sampling does not touch."""


@dataclass(frozen=True)
class JudgeWeighting:
    """Weights each candidate by the judge's probability that it is right."""

    instruction: Text
    kind: StageKind = StageKind.WEIGHT

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        return tuple(await asyncio.gather(*(self._weigh(c, draw) for c in pool)))

    async def _weigh(self, candidate: Candidate, draw: Draw) -> Candidate:
        if candidate.weight == 0.0:
            return candidate
        attempt = candidate.attempt
        prompt = Prompt(
            role=ROLE,
            instruction=self.instruction,
            question="Is the proposed answer right? Reply yes or no.",
            transcript=(
                f"Problem: {attempt.problem.question}",
                f"Proposed answer: {proposal(attempt)}",
            ),
            demonstrations=shown_with(attempt, PROPOSED),
        )
        weight = candidate.weight * await yes_probability(prompt, draw)
        return replace(candidate, weight=weight)


@dataclass(frozen=True)
class ModelJudge(PTE):
    """Draws `n` attempts and lets `model`, in the role `judge`, weight them."""

    model: ModelSpec
    n: Several = 5
    instruction: str = "Check the proposed answer to the problem."

    name: ClassVar[str] = "model_judge"
    category: ClassVar[str] = "selection"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Cobbe et al. 2021",
        {"n": 100},
        {"n": "section 4.2"},
        "sampled at a temperature of 0.7, by a verifier trained on the generator's samples",
    )
    needs_sampling: ClassVar[bool] = True
    role_sampling: ClassVar[Mapping[str, Sampling]] = SAMPLING
    signals: ClassVar[frozenset[str]] = frozenset({"judge"})

    @property
    def samples(self) -> int:
        return self.n

    def with_samples(self, samples: int) -> ModelJudge:
        return replace(self, n=max(2, min(self.n, samples)))

    @property
    def roles(self) -> Mapping[str, ModelSpec]:
        return {ROLE: self.model}

    def applies_to(self, site: StackContext) -> str | None:
        if not site.engine.score:
            return "model_judge needs log-likelihoods from the engine"
        silent = site.task.kind is AnswerKind.OPTION
        if silent and not site.reasoning:
            return (
                "model_judge over a log-likelihood readout needs chain_of_thought: without a "
                "sampled rationale every candidate is the same"
            )
        return None

    def stages(self, task: Task) -> tuple[Stage, ...]:
        return (JudgeWeighting(self.instruction),)
