"""A stack: a set of PTEs with one meaning, one hash, and a reason where it is not legal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from harness.contracts.benchmark import Readout
from harness.contracts.pte import PTE, Site, Slot

BASE = "base"
"""Label of the empty stack."""


@dataclass(frozen=True)
class Stack:
    """PTEs in canonical order: by slot, then by their order within it, then by name."""

    ptes: tuple[PTE, ...]

    @classmethod
    def of(cls, ptes: Iterable[PTE]) -> Stack:
        """The stack of these PTEs, whatever order they come in."""
        return cls(tuple(sorted(ptes, key=lambda p: (min(p.slots), p.order, p.name))))

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(pte.name for pte in self.ptes)

    @cached_property
    def label(self) -> str:
        """Names joined in canonical order: `few_shot+chain_of_thought`; `base` when empty."""
        return "+".join(pte.name for pte in self.ptes) or BASE

    @cached_property
    def config(self) -> str:
        """Names and parameters as canonical JSON."""
        described = [[pte.name, parameters(pte)] for pte in self.ptes]
        return json.dumps(described, sort_keys=True, separators=(",", ":"))

    @cached_property
    def id(self) -> str:
        """Hash of names and parameters."""
        return digest(self.config)

    @cached_property
    def drawing(self) -> frozenset[str]:
        """What decides a single draw: the PTEs outside the selection slot, with parameters."""
        return frozenset(
            f"{pte.name}:{json.dumps(parameters(pte), sort_keys=True)}"
            for pte in self.ptes
            if set(pte.slots) != {Slot.SELECTION}
        )

    @cached_property
    def asking(self) -> str:
        """What decides which requests are made, whichever model they go to: the PTEs with their
        parameters, but for those that fill the weights slot alone."""
        kept = tuple(pte for pte in self.ptes if set(pte.slots) != {Slot.WEIGHTS})
        return Stack(kept).config

    @cached_property
    def pool(self) -> int:
        """Finished attempts in the one selection pool: the largest number that a PTE asks for."""
        return max((pte.samples for pte in self.ptes), default=1)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles besides `solve` in which some model is asked."""
        return frozenset(role for pte in self.ptes for role in (*pte.own_roles, *pte.roles))

    def filling(self, slot: Slot) -> tuple[PTE, ...]:
        """The PTEs that fill a slot, in order."""
        return tuple(pte for pte in self.ptes if slot in pte.slots)


def parameters(pte: PTE) -> dict[str, Any]:
    """The fields that distinguish one setting of a PTE from another, as plain data: those that
    are compared (of a corpus its content, not its place)."""
    return _described(pte) if is_dataclass(pte) else {}


def _described(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _described(getattr(value, f.name)) for f in fields(value) if f.compare}
    if isinstance(value, Mapping):
        return {key: _described(each) for key, each in value.items()}
    return [_described(each) for each in value] if isinstance(value, list | tuple) else value


def digest(text: str) -> str:
    """Short content hash used for ids."""
    return blake2b(text.encode(), digest_size=8).hexdigest()


def refusal(stack: Stack, site: Site, greedy: bool) -> str | None:
    """Why this stack cannot be used there, or None. The reason names the PTE and the mend."""
    if site.task.readout is Readout.LOGLIKELIHOOD and not site.engine.score:
        return f"{site.task.name} is read by log-likelihood, which this engine does not give"
    for pte in stack.ptes:
        if greedy and pte.needs_sampling:
            return f"{pte.name} needs sampling, and the temperature is 0"
        reason = _combination(pte, stack) or pte.applies_to(site)
        if reason:
            return reason
    return None


def _combination(pte: PTE, stack: Stack) -> str | None:
    missing = sorted(pte.requires - stack.names)
    if missing:
        return f"{pte.name} requires {', '.join(missing)}"
    for other, reason in pte.conflicts.items():
        if other in stack.names:
            return f"{pte.name} conflicts with {other}: {reason}"
    if Slot.TOOLS in pte.slots and not any(each.calls_tools for each in stack.ptes):
        return f"{pte.name} offers a tool, and no PTE of this stack calls tools"
    covered = sorted(pte.subsumes & stack.names)
    if covered:
        return f"{pte.name} already does what {', '.join(covered)} does"
    return None
