"""A cell: one model, one benchmark, one stack, one replicate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.engines.chat_template import DATE
from harness.engines.protocol import GREEDY, Sampling
from harness.identity import described_as, description
from harness.models.spec import ModelSpec
from harness.rehearsal.price import Price
from harness.stack import GREEDY_MARK, Stack


@described_as("setting")
@dataclass(frozen=True)
class Setting:
    """What all cells of a sweep have in common: one resolution of everything arms must share."""

    engine: str
    """Name and settings that determine what is drawn, as canonical text (`engine_text`)."""
    sampling: Mapping[str, Sampling]
    """Sampling of each role."""
    context_window: int
    seed: int
    """What PTEs may choose exemplars by. It defines no cell by itself: where a PTE uses it, it is
    one of its parameters."""
    date: str = DATE
    """What chat templates take for today."""
    system_prompt: str | None = None
    """What the system turn of every conversation says; None leaves it to the chat template."""
    thinking: bool | None = None
    """What chat templates are told of thinking; None tells them nothing."""

    def described(self, roles: Iterable[str]) -> Any:
        """What of this setting defines a cell in which only these roles are asked."""
        return description(replace(self, sampling={role: self.sampling[role] for role in roles}))


@dataclass(frozen=True)
class Cell:
    """One model, benchmark, stack and replicate: what is run, priced and recorded as one. Its `id`,
    16 hexadecimal digits, is a hash of everything that decides its result."""

    model: ModelSpec
    """Model of the rung, before the stack's weights PTEs."""
    answering_model: ModelSpec
    """Model that answers: the rung's after the stack's weights PTEs."""
    benchmark: str
    """The benchmark's name, by which the plan knows it."""
    stack: Stack
    replicate: int
    greedy: bool
    """Whether this is an arm that decodes greedily in a sweep that samples; its label says so."""
    problems: int
    price: Price
    """What a problem is expected to cost by itself."""
    worst: Price
    """What the longest problem costs where nothing works and everything runs to its limit."""
    net_multiplier: float
    """Expected inference FLOP over the base's, both net of the own prefix: a prompt that n samples
    share counts once. What the definition's 100x is judged by."""
    gross_multiplier: float
    """Expected inference FLOP over the base's, with every prompt token of every call counted."""
    setting: str
    """Hash of what defines the cell but stack, arm and replicate: cells that compare share it."""
    experiment: str
    """Hash of the same but the model: the rungs and arms of one experiment share it."""
    id: str
    notes: tuple[str, ...] = ()
    """What the inference budget changed, and whether the context window may be too short."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Hashes of the user's own modules that the cell's benchmark, engine and PTEs come from."""

    @property
    def label(self) -> str:
        """The stack's label; an arm that decodes greedily beside sampled ones says so."""
        return f"{self.stack.label}{GREEDY_MARK}" if self.greedy else self.stack.label

    @property
    def flop(self) -> float:
        """Expected inference FLOP of the whole cell."""
        return self._flop(self.price)

    @property
    def worst_flop(self) -> float:
        """Inference FLOP of the whole cell if every problem were the worst."""
        return self._flop(self.worst)

    def _flop(self, price: Price) -> float:
        return (
            price.flop(self.answering_model.flop_per_token, rates(self.stack, self.model))
            * self.problems
        )

    def sampling(self, setting: Setting) -> Mapping[str, Sampling]:
        """Sampling by role; the greedy arm decodes greedily whatever the sweep says."""
        return {**setting.sampling, "solve": GREEDY} if self.greedy else setting.sampling


@dataclass(frozen=True)
class Refusal:
    """A stack that a sweep asked for and that is not run on a benchmark, with the reason."""

    model: str
    benchmark: str
    stack: str
    reason: str


def rates(stack: Stack, model: ModelSpec) -> dict[str, float]:
    """FLOP a token of the further models that a stack binds beside a rung, by role."""
    bound = (each for pte in stack.ptes for each in pte.roles_beside(model).items())
    return {role: each.flop_per_token for role, each in bound}
