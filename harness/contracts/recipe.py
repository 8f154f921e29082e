"""A recipe: how a PTE's artefact is made on one rung. Collect, filter, fit.

The recipe is data that a PTE holds among its settings; `harness.training` carries it out. What a
stack samples with, and under whose prompts its work is taught, are names of PTEs: their order of
use is declared, is part of the recipe's id, and stands in the artefact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.artefacts.contract import Kind
from harness.identity import described_as, identify
from harness.models.spec import ModelSpec
from harness.ranges import Count, NotNegative, Positive, Probability, Seed, Share, Text

SMALL = 50e6
"""Parameters below which `auto` trains all of them: an adapter saves nothing there."""


@described_as("collect")
@dataclass(frozen=True)
class Collect:
    """What is sampled on the train split, as an ordinary sweep."""

    sampled_with: tuple[Text, ...] = ()
    """PTEs of the stack that samples are drawn with; none for the base."""
    draws: Count = 4
    """Samples a problem."""
    problems: Count | None = None
    """Only the first so many train problems of each benchmark; None for all."""
    temperature: NotNegative = 0.7
    top_p: Share = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "sampled_with", tuple(self.sampled_with))  # YAML has lists alone
        if self.draws > 1 and self.temperature == 0:
            raise ValueError(
                f"draws is {self.draws} and temperature 0: greedy samples are all the same, "
                "set draws=1 or a temperature above 0"
            )


@described_as("keep")
@dataclass(frozen=True)
class Keep:
    """Which samples are kept."""

    by: Literal["grader", "answered", "all"] = "grader"
    """`grader`: the train split's own finds them right; `answered`: they give some answer."""
    most: Count = 4
    """Different solutions that are kept of a problem, at most."""


@described_as("fit")
@dataclass(frozen=True)
class Fit:
    """How the kept samples are learned."""

    method: Literal["auto", "lora", "full"] = "auto"
    """`auto` trains an adapter, and all parameters of models below 50M."""
    taught_as: tuple[Text, ...] | None = None
    """PTEs of the stack under whose prompts the solutions are taught; None for those that they were
    sampled with."""
    epochs: Count = 3
    rate: Positive | None = None
    """Highest learning rate; None for 2e-4 (adapters), 5e-4 (all parameters of a small model) or
    1e-5 (all of a larger one)."""
    batch: Count = 16
    """Examples a step."""
    rank: Count = 16
    """Rank of an adapter; its scale (alpha) is twice that."""
    held_out: Probability = 0.05
    """Share of the problems whose examples are not trained on but measured."""
    checkpoint: Count = 50
    """Steps between checkpoints: what a kill loses at most."""
    seed: Seed = 0

    def __post_init__(self) -> None:
        if self.taught_as is not None:
            object.__setattr__(self, "taught_as", tuple(self.taught_as))

    def trains_adapter(self, model: ModelSpec) -> bool:
        """Whether it trains an adapter of this model rather than all of its parameters."""
        if self.method != "auto":
            return self.method == "lora"
        return model.parameters is None or model.parameters >= SMALL

    def rate_of(self, model: ModelSpec) -> float:
        """The highest learning rate for this model."""
        if self.rate is not None:
            return self.rate
        if self.trains_adapter(model):
            return 2e-4
        return 5e-4 if model.parameters is not None and model.parameters < SMALL else 1e-5


@dataclass(frozen=True)
class Recipe:
    """How the artefact of one rung is made."""

    name: str
    """Name of the PTE that it belongs to."""
    benchmarks: tuple[str, ...]
    """Benchmarks whose train splits it uses."""
    collect: Collect
    keep: Keep
    fit: Fit
    rounds: int = 1
    """Rounds of collecting and fitting; from the second on the model of the round before samples,
    and each round's fit starts from the rung itself (STaR)."""
    teacher: ModelSpec | None = None
    """Who samples in place of the rung itself; None for the rung."""

    @property
    def id(self) -> str:
        """Hash of what decides the artefact of a rung."""
        return identify(
            name=self.name,
            benchmarks=list(self.benchmarks),
            collect=self.collect,
            keep=self.keep,
            fit=self.fit,
            rounds=self.rounds,
            teacher=self.teacher,
        )

    def folder(self, artefacts: str) -> Path:
        """Where its artefacts lie below the folder of all artefacts, one below it a rung."""
        return Path(artefacts) / f"{self.name}-{'+'.join(self.benchmarks)}-{self.id[:8]}"

    @property
    def taught_as(self) -> tuple[str, ...]:
        """PTEs of the stack under whose prompts the solutions are taught."""
        taught = self.fit.taught_as
        return self.collect.sampled_with if taught is None else taught

    def kind(self, model: ModelSpec) -> Kind:
        """What the artefact of a rung is."""
        return Kind.ADAPTER if self.fit.trains_adapter(model) else Kind.WEIGHTS

    @property
    def described(self) -> Mapping[str, object]:
        """The recipe in plain data, for people."""
        return {
            "name": self.name,
            "trained on": list(self.benchmarks),
            "sampled with": list(self.collect.sampled_with) or ["base"],
            "sampled by": self.teacher.name if self.teacher else "the rung itself",
            "draws": self.collect.draws,
            "problems": self.collect.problems,
            "temperature": self.collect.temperature,
            "top_p": self.collect.top_p,
            "kept by": self.keep.by,
            "kept at most": self.keep.most,
            "taught as": list(self.taught_as) or ["base"],
            "rounds": self.rounds,
            "method": self.fit.method,
            "epochs": self.fit.epochs,
            "rate": self.fit.rate,
            "batch": self.fit.batch,
            "rank": self.fit.rank,
            "held_out": self.fit.held_out,
            "seed": self.fit.seed,
        }
