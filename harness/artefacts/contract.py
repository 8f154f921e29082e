"""What an artefact says of itself, as `artefact.json` holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.artefacts.cost import OneTimeCost
from harness.identity import identify

ARTEFACT = "artefact.json"
"""The file that makes a folder an artefact."""
WEIGHTS = "weights"
"""Folder of an artefact that holds what an engine loads."""
EXAMPLES = "examples.jsonl"
"""What it was trained on, a row an example."""
LOSSES = "losses.csv"
"""Loss and held-out loss by step."""
FORMAT = 1
"""Version of the form of `artefact.json`."""


class Kind(StrEnum):
    """What an artefact's weights are."""

    ADAPTER = "adapter"
    """A LoRA adapter, served beside its base model."""
    WEIGHTS = "weights"
    """A whole checkpoint, which answers in the place of its base model."""
    OUTCOME_HEAD = "outcome_head"
    """A model that gives one score to a whole solution."""
    PROCESS_HEAD = "process_head"
    """A model that gives a score to each step of a solution."""


@dataclass(frozen=True, slots=True)
class Base:
    """The model that an artefact was made from."""

    model: str
    """Name of the rung."""
    weights: str
    """Where its weights were declared to be: a hub id, `inside:PACKAGE/FOLDER`, a folder."""
    identity: str
    """The identity of these weights, as the journal's keys have it; empty where it is unknown."""
    chat: bool
    """Whether prompts were rendered with the chat template."""
    template: str | None
    """Content hash of the chat template; None where prompts were plain text."""


@dataclass(frozen=True, slots=True)
class Training:
    """How a project's own artefact was made; a published one says none of it."""

    recipe: str
    """Id of the recipe."""
    described: Mapping[str, Any]
    """The recipe's settings."""
    stacks: Mapping[str, Any]
    """Names and parameters of the stack that samples were drawn with and of the one whose prompts
    they were taught under."""
    benchmarks: Mapping[str, str]
    """Hash by benchmark: of its train items, and of how they were asked."""
    left_out: int
    """Train problems that were left out, since a test item or an exemplar is like them."""
    overlap: int
    """Test items among the problems that it was trained on: none, or there is no artefact."""
    sampled: int
    """Solutions that were drawn, over all rounds."""
    rows: int
    """Examples of the last round, those that are held out included."""
    held_out: int
    tokens: int
    """Tokens that the fits processed, over epochs and rounds; no padding."""
    trained_parameters: int
    data: str
    """Content hash of the examples."""
    losses: Mapping[str, float | None]
    """`train` and `held_out`: the last loss of each, nats a token."""
    versions: Mapping[str, str]
    """Versions of the libraries that fitted it."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A trained artefact; `id` is the hash of all that it says and holds."""

    kind: Kind
    base: Base
    cost: OneTimeCost
    weights: str
    """Content hash of what an engine loads."""
    training: Training | None = None
    """None for a published one."""
    source: str = ""
    """Where a published one is from, with its licence."""
    format: int = field(default=FORMAT)

    @property
    def id(self) -> str:
        """Hash of the content, 16 hexadecimal digits."""
        return identify(
            artefact=[
                self.kind.value,
                self.base.identity or self.base.weights,
                self.weights,
                self.training.data if self.training else None,
                self.training.recipe if self.training else None,
                self.training.stacks if self.training else None,
                dict(self.cost.parts) if self.cost.parts is not None else None,
            ]
        )
