"""A trained verifier scores each finished solution as a whole, and the best of n is submitted.

Outcome verification (Cobbe et al. 2021): the verifier was trained on sampled solutions, labelled by
whether their answers were right. It is a reward model (`ModelSpec.reward`), or a language model
that was taught to say yes or no (a generative verifier), whose probability of yes is the score.
With a vote, equal answers add up their scores (Li et al. 2022).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.attempt import Candidate
from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.paper import PaperSettings
from harness.contracts.prompt import Prompt
from harness.contracts.pte import StackContext
from harness.contracts.sampling import GREEDY, Sampling
from harness.contracts.solver import Stage, StageKind
from harness.ranges import Text
from ptes.common.judging.yes_probability import yes_probability
from ptes.common.verifying.solutions import question_of, solution_of
from ptes.common.verifying.weights import weight_of
from ptes.selection.trained_verifier import TrainedVerifier

ROLE = "verifier"
SAMPLING: Mapping[str, Sampling] = {ROLE: GREEDY}
"""What this role says is read off, which sampling does not touch."""


@dataclass(frozen=True)
class VerifierWeighting:
    """Weights each candidate by the verifier's probability that it is right."""

    judges: bool
    """Whether the verifier is a reward model; else it is asked for yes or no."""
    instruction: Text
    kind: StageKind = StageKind.WEIGHT

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        return tuple(await asyncio.gather(*(self._weigh(each, draw) for each in pool)))

    async def _weigh(self, candidate: Candidate, draw: Draw) -> Candidate:
        if candidate.weight == 0.0:
            return candidate
        attempt = candidate.attempt
        question, solution = question_of(attempt, ROLE), solution_of(attempt, draw)
        if not solution:
            return replace(candidate, weight=0.0)
        if self.judges:
            (value,) = await draw.reward(question, (solution,), attempt.address)
            return replace(candidate, weight=candidate.weight * weight_of(value))
        prompt = Prompt(
            role=ROLE,
            instruction=self.instruction,
            question="Is the proposed answer right? Reply yes or no.",
            transcript=(f"Problem: {question.question}", f"Proposed answer: {solution}"),
        )
        return replace(candidate, weight=candidate.weight * await yes_probability(prompt, draw))


@dataclass(frozen=True)
class Verifier(TrainedVerifier):
    """Draws `n` attempts and lets `model`, in the role `verifier`, score them."""

    instruction: Text = "Check the proposed answer to the problem."
    """What a generative verifier is told."""

    name: ClassVar[str] = ROLE
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Cobbe et al. 2021",
        {"n": 100, "choose": "best"},
        {"n": "section 4.2", "choose": "section 4.2: the completion that is ranked highest"},
        "sampled at a temperature of 0.7, by a verifier trained on 100 samples of the generator a "
        "train problem; votes among the highest ranked are in its section 5.1",
    )
    role_sampling: ClassVar[Mapping[str, Sampling]] = SAMPLING

    def fills_row(self, task: Task) -> str | None:
        # One that was never executed, or trained on nobody knows what, is no measurement of it.
        head = self.model.reward
        tried = self.one_time is not None if head is None else head.tried
        return "verification" if self.trained and tried and self.n > 2 else None

    def applies_to(self, site: StackContext) -> str | None:
        return self.unusable("outcome", site)

    def weighting(self) -> Stage:
        return VerifierWeighting(self.model.reward is not None, self.instruction)
