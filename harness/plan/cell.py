"""A cell: one model, one benchmark, one stack, one replicate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from harness.engines.protocol import GREEDY, Sampling
from harness.models.spec import ModelSpec
from harness.rehearsal.price import Price
from harness.stack import Stack, digest


@dataclass(frozen=True)
class Setting:
    """What all cells of a sweep have in common: one resolution of everything arms must share."""

    engine: str
    """Name and settings that determine what is drawn, as text."""
    sampling: Mapping[str, Sampling]
    """By role."""
    context_window: int
    seed: int

    def text(self, roles: Iterable[str]) -> str:
        """What of this setting defines a cell in which only these roles are asked."""
        described = {
            "engine": self.engine,
            "sampling": {role: asdict(self.sampling[role]) for role in sorted(roles)},
            "context_window": self.context_window,
            "seed": self.seed,
        }
        return json.dumps(described, sort_keys=True)


@dataclass(frozen=True)
class Cell:
    """One entry of the plan; its id is a hash of everything that defines it."""

    model: ModelSpec
    """The rung."""
    speaker: ModelSpec
    """What answers: the rung after the stack's weights PTEs."""
    benchmark: str
    """The benchmark's name, by which the plan knows it."""
    stack: Stack
    replicate: int
    greedy: bool
    """Whether this is the labelled greedy base arm."""
    problems: int
    price: Price
    """What a problem is expected to cost by itself."""
    worst: Price
    """What the longest problem costs where nothing works and everything runs to its limit."""
    multiplier: float
    """Expected inference FLOP over the base's."""
    setting: str
    """Hash of what defines the cell but stack, arm and replicate: cells that compare share it."""
    experiment: str
    """Hash of the same but the model: the rungs and arms of one experiment share it."""
    id: str
    notes: tuple[str, ...] = ()
    """What the inference budget changed, and whether the context window may be too short."""

    @property
    def label(self) -> str:
        """The stack's label; the greedy base says so."""
        return f"{self.stack.label} (greedy)" if self.greedy else self.stack.label

    @property
    def flop(self) -> float:
        """Expected inference FLOP of the whole cell."""
        return self._flop(self.price)

    @property
    def worst_flop(self) -> float:
        """Inference FLOP of the whole cell if every problem were the worst."""
        return self._flop(self.worst)

    def _flop(self, price: Price) -> float:
        return price.flop(self.speaker.flop_per_token, rates(self.stack)) * self.problems

    def sampling(self, setting: Setting) -> Mapping[str, Sampling]:
        """Sampling by role; the greedy arm decodes greedily whatever the sweep says."""
        return {**setting.sampling, "solve": GREEDY} if self.greedy else setting.sampling


@dataclass(frozen=True)
class Refusal:
    """A stack that cannot be used somewhere, with the reason."""

    model: str
    benchmark: str
    stack: str
    reason: str


def rates(stack: Stack) -> dict[str, float]:
    """FLOP a token of the further models that a stack binds, by role."""
    return {role: m.flop_per_token for pte in stack.ptes for role, m in pte.roles.items()}


def cell_id(parts: tuple[Any, ...]) -> str:
    """Hash of what defines a cell, given as text and numbers."""
    return digest("\x1f".join(str(part) for part in parts))
