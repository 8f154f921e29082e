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
from typing import ClassVar, Literal

from harness.contracts.attempt import Candidate
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Draw
from harness.contracts.paper import PaperSettings
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.sampling import GREEDY, Sampling
from harness.contracts.solver import Stage, StageKind
from harness.models.spec import ModelSpec
from harness.ranges import Flop, Several, Text
from ptes.common.judging.yes_probability import yes_probability
from ptes.common.verifying.of_rung import of_rung
from ptes.common.verifying.solutions import question_of, solution_of
from ptes.common.verifying.weights import weight_of
from ptes.selection.self_consistency import Vote

ROLE = "verifier"
COUNTING = frozenset({"self_consistency", "verifier", "process_verifier"})
"""PTEs that count votes, or may."""
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
class Verifier(PTE):
    """Draws `n` attempts and lets `model`, in the role `verifier`, score them."""

    model: ModelSpec
    n: Several = 5
    choose: Literal["best", "vote"] = "best"
    """`best` submits the solution of the highest score, `vote` the answer whose solutions' scores
    add up to most. With self_consistency in the stack `best` is a weighted vote as well."""
    instruction: Text = "Check the proposed answer to the problem."
    """What a generative verifier is told."""
    trained_on: Text | None = None
    """Whose samples it was trained on, where that is known; None takes what its model says."""
    one_time: Flop | None = None
    """FLOP that training it took, its samples included; None takes its model's training compute."""

    name: ClassVar[str] = ROLE
    category: ClassVar[str] = "selection"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Cobbe et al. 2021",
        {"n": 100, "choose": "best"},
        {"n": "section 4.2", "choose": "section 4.2: the completion that is ranked highest"},
        "sampled at a temperature of 0.7, by a verifier trained on 100 samples of the generator a "
        "train problem; votes among the highest ranked are in its section 5.1",
    )
    needs_sampling: ClassVar[bool] = True
    role_sampling: ClassVar[Mapping[str, Sampling]] = SAMPLING
    signals: ClassVar[frozenset[str]] = frozenset({"verifier"})

    @property
    def samples(self) -> int:
        return self.n

    def with_samples(self, samples: int) -> Verifier:
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
        """Whose samples the verifier was trained on; None where nobody has said."""
        head = self.model.reward
        return self.trained_on or (head.trained_on if head else None)

    def fills_row(self, task: Task) -> str | None:
        # One that was never executed, or trained on nobody knows what, is no measurement of it.
        head = self.model.reward
        tried = self.one_time is not None if head is None else head.tried
        return "verification" if self.trained and tried and self.n > 2 else None

    def applies_to(self, site: StackContext) -> str | None:
        return (
            unserved(self.name, self.model, "outcome", site)
            or unwritten(self.name, site)
            or uncounted(self.name, self.choose, site)
        )

    def stages(self, task: Task) -> tuple[Stage, ...]:
        weighting = VerifierWeighting(self.model.reward is not None, self.instruction)
        return (weighting, Vote()) if self.choose == "vote" else (weighting,)


def unserved(name: str, model: ModelSpec, kind: str, site: StackContext) -> str | None:
    """Why the engine cannot ask a verifier's model for this kind of judgement, or None."""
    head = model.reward
    if head is None and kind == "process":
        return (
            f"{name} takes a reward model that judges steps, and {model.name} is none: give one "
            f"with model@pte.{name}.model=NAME (reward: {{kind: process, step: TAG}})"
        )
    if head is None:
        needed = "log-likelihoods, which a verifier that says yes or no is read by"
        return None if site.engine.score else f"{name} needs {needed}, from the engine"
    if head.kind != kind:
        other = "process_verifier" if head.kind == "process" else "verifier"
        what = "steps" if head.kind == "process" else "whole solutions"
        return f"{model.name} judges {what} (reward.kind={head.kind}): ask it by {other}"
    if not site.engine.reward:
        return (
            f"{name} needs rewards, which this engine does not give: use engine=vllm, transformers "
            "or vLLM's servers, or with engine=replay a recording that holds them"
        )
    return None


def unwritten(name: str, site: StackContext) -> str | None:
    """Why there is nothing written to verify, or None."""
    recorded = site.engine.one_model  # what was written lies in the recording
    if site.reasoning or recorded or site.task.kind is AnswerKind.PROGRAM:
        return None
    return (
        f"{name} scores written solutions, and nothing is written before the answer: add "
        "chain_of_thought or another PTE that has the model write its reasoning"
    )


def uncounted(name: str, choose: str, site: StackContext) -> str | None:
    """Why votes cannot be counted, or None."""
    if choose != "vote":
        return None
    if not site.task.votable:
        return (
            f"pte.{name}.choose=vote counts equal answers, and right answers of {site.task.name} "
            f"are many and need not be equal: set pte.{name}.choose=best"
        )
    if others := sorted(COUNTING & site.stack - {name}):
        return (
            f"pte.{name}.choose=vote beside {' and '.join(others)} might count the votes twice: "
            "set choose=best, and add self_consistency, which counts them by all scores"
        )
    return None
