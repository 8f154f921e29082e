"""A stack: a set of PTEs with one meaning, one hash, and a reason where it is not legal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.pte import PTE, Capabilities, Slot, StackContext
from harness.identity import canonical, description, identify, sources
from harness.models.spec import ModelSpec

BASE = "base"
"""Label of the empty stack."""
GREEDY_MARK = " (greedy)"
"""What the label of an arm ends in that decodes greedily in a sweep that samples."""


@dataclass(frozen=True)
class Stack:
    """A set of PTEs that are used together; the empty one is the base. `Stack.of` puts them in the
    order in which they nest: by slot, then by `order`, then by name."""

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
        """Names and parameters as JSON, for people and programs to read; see `id`."""
        described = [[pte.name, parameters(pte)] for pte in self.ptes]
        return json.dumps(described, sort_keys=True, separators=(",", ":"))

    @cached_property
    def id(self) -> str:
        """Hash of what its PTEs are: names, parameters, and the source of a user's own."""
        said = [_described(pte) for pte in self.ptes]
        return identify(ptes=said, sources=self.sources or None)

    @cached_property
    def sources(self) -> dict[str, str]:
        """Hashes of the modules that its PTEs come from, where those are the user's own."""
        return sources(*self.ptes)

    @cached_property
    def drawing(self) -> frozenset[str]:
        """What decides a single draw: the PTEs outside the selection slot, with parameters."""
        return frozenset(
            canonical(_described(pte)) for pte in self.ptes if set(pte.slots) != {Slot.SELECTION}
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
    def needs_sampling(self) -> bool:
        """Whether it chooses among sampled attempts, or has a PTE that says that it needs sampling:
        greedy decoding has no arm of it."""
        selecting = bool(self.filling(Slot.SELECTION))
        return selecting or any(pte.needs_sampling for pte in self.ptes)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles besides `solve` in which some model is asked."""
        return frozenset(role for pte in self.ptes for role in (*pte.own_roles, *pte.roles))

    def filling(self, slot: Slot) -> tuple[PTE, ...]:
        """The PTEs that fill a slot, from the inside out: what replaces it comes first, so that
        nothing is put aside, then the others in order."""
        results = (pte for pte in self.ptes if slot in pte.slots)
        return tuple(sorted(results, key=lambda pte: slot not in pte.replaces))

    def site(self, model: ModelSpec, engine: Capabilities, task: Task) -> StackContext:
        """This stack as its PTEs see it before they say whether they apply."""
        return StackContext(
            model=model,
            engine=engine,
            task=task,
            stack=self.names,
            selecting=frozenset(pte.name for pte in self.filling(Slot.SELECTION)),
            offering=frozenset(pte.name for pte in self.filling(Slot.TOOLS)),
            tools=frozenset(name for pte in self.ptes for name in pte.tool_names),
            reasoning=any(pte.writes_reasoning for pte in self.ptes),
            exemplars=any(pte.shows_exemplars for pte in self.ptes),
        )


def parameters(pte: PTE) -> dict[str, Any]:
    """The fields that distinguish one setting of a PTE from another, as plain data: those that
    are compared (of a corpus its content, not its place)."""
    return _shown(pte) if is_dataclass(pte) else {}


def _shown(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _shown(getattr(value, f.name)) for f in fields(value) if f.compare}
    if isinstance(value, Mapping):
        return {str(key): _shown(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(each) for each in value]
    return value if value is None or isinstance(value, bool | int | str) else description(value)


def _described(pte: PTE) -> Any:
    return description(pte, f"pte.{pte.name}")


def refusal(stack: Stack, site: StackContext, greedy: bool) -> str | None:
    """Why this stack cannot be used there, or None. The reason names the PTE and the mend."""
    if site.task.kind is AnswerKind.OPTION and not site.engine.score:
        return f"{site.task.name} is read by log-likelihood, which this engine does not give"
    for pte in stack.ptes:
        if greedy and pte.needs_sampling:
            return f"{pte.name} needs sampling, and the temperature is 0"
        reason = _combination(pte, stack) or pte.applies_to(site)
        if reason:
            return reason
    return None


REPLACED: Mapping[Slot, str] = {
    Slot.WEIGHTS: "each decides which weights answer, and replaces the other's",
    Slot.PROMPT: "each writes the prompt anew, and replaces the other's",
    Slot.TOOLS: "each decides which tools there are, and replaces the other's",
    Slot.POLICY: "each decides by itself how an attempt proceeds, and replaces the other's policy",
    Slot.SEARCH: "each explores attempts in its own way, and would ignore the other search's",
    Slot.SELECTION: "each decides by itself what is submitted, and replaces the other's choice",
}
"""Why two PTEs that replace the same slot cannot stand together."""


def _clash(one: PTE, other: PTE) -> str | None:
    """Why two PTEs cannot stand in one stack, from what each declares of itself."""
    if one.name == other.name:
        return "it stands twice in this stack, which has each PTE once"
    for slot in sorted(one.replaces & other.replaces):
        return REPLACED[slot]
    for tool in sorted(one.tool_names & other.tool_names):
        return f"both offer a tool of the name {tool}, and a call could mean either"
    for role in sorted(set(one.role_sampling) & set(other.role_sampling)):
        if one.roles.get(role) != other.roles.get(role):
            return f"each has another model speak in the role {role}"
    return None


def _combination(pte: PTE, stack: Stack) -> str | None:
    missing = sorted(pte.requires - stack.names)
    if missing:
        return f"{pte.name} requires {', '.join(missing)}"
    for other, reason in pte.conflicts.items():
        if other in stack.names:
            return f"{pte.name} conflicts with {other}: {reason}"
    for rival in stack.ptes[stack.ptes.index(pte) + 1 :]:
        if clash := _clash(pte, rival):
            return f"{pte.name} conflicts with {rival.name}: {clash}"
    if Slot.TOOLS in pte.slots and not any(each.calls_tools for each in stack.ptes):
        return f"{pte.name} offers a tool, and no PTE of this stack calls tools"
    covered = sorted(pte.subsumes & stack.names)
    if covered:
        return f"{pte.name} already does what {', '.join(covered)} does"
    return None
