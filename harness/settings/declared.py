"""Slips in a PTE's class that nothing else notices: hooks never called, settings in no hash."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from harness.contracts.pte import PTE, Slot
from harness.errors import UserError

HOOKS: Mapping[Slot, tuple[str, ...]] = {
    Slot.WEIGHTS: ("weights",),
    Slot.PROMPT: ("prompt",),
    Slot.TOOLS: ("tools",),
    Slot.POLICY: ("policy",),
    Slot.SEARCH: ("search",),
    Slot.SELECTION: ("stages", "stop_rule"),
}
"""What a stack calls for each slot that a PTE fills, and for no other."""


def declared(setting: str, pte: Any) -> PTE:
    """The PTE, after a look at what its class says of itself.

    Raises:
        UserError: the class is no PTE, lacks a declaration, or has one that cannot be meant.
    """
    if not isinstance(pte, PTE):
        raise UserError(f"{setting} makes a {type(pte).__name__}, which is no PTE")
    if slip := _missing(pte) or _unhashed(pte) or _uncalled(pte):
        raise UserError(f"{setting}: {type(pte).__qualname__} {slip}")
    return pte


def _missing(pte: PTE) -> str | None:
    absent = [name for name in ("name", "category", "slots") if not getattr(pte, name, None)]
    if absent:
        return f"declares no {absent[0]}: set it as a class variable"
    if not all(isinstance(slot, Slot) for slot in pte.slots):
        return f"has slots {set(pte.slots)!r}: give members of Slot, such as {{Slot.PROMPT}}"
    return None


def _unhashed(pte: PTE) -> str | None:
    """Settings that a stack's hash would not cover."""
    if not is_dataclass(pte) or not pte.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return "is no frozen dataclass, so its settings are in no hash: add @dataclass(frozen=True)"
    known = {field.name for field in fields(pte)}
    for kind in type(pte).__mro__[: type(pte).__mro__.index(PTE)]:
        for name, hint in inspect.get_annotations(kind).items():
            if "ClassVar" not in str(hint) and name not in known:
                return f"has {name}, which is no field: add @dataclass(frozen=True) to this class"
    return None


def _uncalled(pte: PTE) -> str | None:
    """Hooks and slots that do not go together."""
    for slot, hooks in HOOKS.items():
        own = [hook for hook in hooks if getattr(type(pte), hook) is not getattr(PTE, hook)]
        if own and slot not in pte.slots:
            return f"has the hook {own[0]}, which is never called: add Slot.{slot.name} to slots"
        if slot in pte.slots and not own:
            return f"fills Slot.{slot.name} and has no hook for it: write {' or '.join(hooks)}"
    for slot in sorted(pte.replaces - pte.slots):
        return f"replaces Slot.{slot.name}, which it does not fill: add it to slots"
    return None
