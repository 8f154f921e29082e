"""Slips in a PTE's class that nothing else notices: hooks never called, slots never filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from harness.contracts.paper import PaperSettings
from harness.contracts.pte import PTE, Slot
from harness.models.spec import ModelSpec

HOOKS: Mapping[Slot, tuple[str, ...]] = {
    Slot.WEIGHTS: ("weights",),
    Slot.PROMPT: ("prompt",),
    Slot.TOOLS: ("tools",),
    Slot.POLICY: ("policy",),
    Slot.SEARCH: ("search",),
    Slot.SELECTION: ("stages", "stop_rule"),
}
"""What a stack calls for each slot that a PTE fills, and for no other."""


def declaration_problems(setting: str, pte: PTE) -> Iterator[str]:
    """A line for each thing that the class of a PTE declares and cannot mean."""
    kind = type(pte)
    if is_dataclass(pte) and not pte.__dataclass_params__.frozen:
        yield f"{setting}: {kind.__name__} can be changed: decorate it with @dataclass(frozen=True)"
    if not pte.slots or not all(isinstance(slot, Slot) for slot in pte.slots):
        yield f"{setting}: {kind.__name__}.slots is {pte.slots!r}: give members of Slot"
        return
    for slot, hooks in HOOKS.items():
        own = [hook for hook in hooks if getattr(kind, hook) is not getattr(PTE, hook)]
        if own and slot not in pte.slots:
            yield (
                f"{setting}: {kind.__name__}.{own[0]} is never called: add Slot.{slot.name} to "
                "its slots"
            )
        if slot in pte.slots and not own:
            yield (
                f"{setting}: {kind.__name__} fills Slot.{slot.name} and has no hook for it: "
                f"write {' or '.join(hooks)}"
            )
    if not isinstance(pte.samples, int) or pte.samples < 1:
        yield (
            f"{setting}: {kind.__name__}.samples is {pte.samples!r}: give a whole number from 1, "
            "the finished attempts that it chooses among"
        )
    yield from _paper_problems(setting, pte)
    for role, model in pte.roles.items():
        if not isinstance(model, ModelSpec):
            yield f"{setting}: {kind.__name__}.roles has {model!r} for {role}: give a ModelSpec"
    for slot in sorted(pte.replaces - pte.slots):
        yield (
            f"{setting}: {kind.__name__} replaces Slot.{slot.name}, which it does not fill: add it "
            "to its slots"
        )


def _paper_problems(setting: str, pte: PTE) -> Iterator[str]:
    """A line for each thing that a paper is said to set and that is no setting of the PTE."""
    kind, paper = type(pte).__name__, pte.paper
    if paper is None:
        return
    if not isinstance(paper, PaperSettings):
        yield f"{setting}: {kind}.paper is {paper!r}: give PaperSettings, or None"
        return
    known: list[str] = [each.name for each in fields(pte)] if is_dataclass(pte) else []
    for name in sorted({*paper.values, *paper.where} - {*known}):
        yield (
            f"{setting}: {kind}.paper sets {name}, which is no setting of it: there "
            f"{'are' if known else 'is'} {', '.join(known) or 'none'}"
        )
