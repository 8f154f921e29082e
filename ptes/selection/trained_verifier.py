"""What trained verifiers are alike in: how they are set, who they are, and what they refuse."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.solver import Stage
from harness.models.spec import ModelSpec
from harness.ranges import Flop, Several, Text
from ptes.common.verifying.of_rung import of_rung
from ptes.selection.self_consistency import Vote

COUNTING = frozenset({"self_consistency", "verifier", "process_verifier"})
"""PTEs that count votes, or may."""


@dataclass(frozen=True)
class TrainedVerifier(PTE):
    """Draws `n` attempts and lets `model`, in a role of the PTE's own name, score them."""

    model: ModelSpec
    n: Several = 5
    choose: Literal["best", "vote"] = "best"
    """`best` submits the solution of the highest score, `vote` the answer whose solutions' scores
    add up to most. With self_consistency in the stack `best` is a weighted vote as well."""
    trained_on: Text | None = None
    """Whose samples it was trained on, where that is known; None takes what its model says."""
    one_time: Flop | None = None
    """FLOP that training it took, its samples included; None takes its model's training compute."""

    category: ClassVar[str] = "selection"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})
    needs_sampling: ClassVar[bool] = True
    signals: ClassVar[frozenset[str]] = frozenset({"verifier"})

    @property
    def samples(self) -> int:
        return self.n

    def with_samples(self, samples: int) -> Self:
        return replace(self, n=max(2, min(self.n, samples)))

    @property
    def roles(self) -> Mapping[str, ModelSpec]:
        return {self.name: self.model}

    def roles_beside(self, model: ModelSpec) -> Mapping[str, ModelSpec]:
        return {self.name: of_rung(self.model, model)}

    @property
    def one_time_flop(self) -> float | None:
        return self.model.compute.flop if self.one_time is None else self.one_time

    @property
    def trained(self) -> str | None:
        """Whose samples the verifier was trained on; None where nobody has said."""
        head = self.model.reward
        return self.trained_on or (head.trained_on if head else None)

    def stages(self, task: Task) -> tuple[Stage, ...]:
        return (self.weighting(), Vote()) if self.choose == "vote" else (self.weighting(),)

    @abstractmethod
    def weighting(self) -> Stage:
        """The stage that weights the pool's candidates by the verifier's scores."""

    def unusable(self, kind: str, site: StackContext) -> str | None:
        """Why it cannot judge here, or None; `kind` is what it judges, as `RewardHead.kind`."""
        return (
            unserved(self.name, self.model, kind, site)
            or unwritten(self.name, site)
            or uncounted(self.name, self.choose, site)
        )


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
