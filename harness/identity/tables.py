"""The tables: which fields of our own classes are described, kind by kind.

A package's `described.yaml` has an entry a kind (`task`, `pte.few_shot`):

    fields    those of version 1 that decide a result: always described
    margin    settings that move numbers at the margin at most: in a run's name, in no id
    aside     what decides nothing: where data lie, what is shown to people, estimates
    added     decide a result and came later, each with the value that was implied before
    renamed   today's name: the name under which it is described
    removed   are gone, each with the value that is described ever after

A field that its table does not know is left out while it has its default, as if it had been added
with that; a test then asks for its entry, as the default may change and the entry may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from harness.identity.code_origin import PACKAGES, ROOT

FILE = "described.yaml"
PARTS = ("fields", "margin", "aside", "added", "renamed", "removed")


@dataclass(frozen=True)
class Rules:
    """What of one kind is described."""

    fields: frozenset[str] = frozenset()
    margin: frozenset[str] = frozenset()
    aside: frozenset[str] = frozenset()
    added: Mapping[str, Any] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    removed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[str]:
        """Every field of today that the table has an entry for."""
        return self.fields | self.margin | self.aside | frozenset(self.added)


def rules(kind: str, cls: type) -> Rules | None:
    """The rules of a kind of a class or of what it was made from; None where no table has any."""
    for base in cls.__mro__:
        package = base.__module__.partition(".")[0]
        if package in PACKAGES and (result := table(package).get(kind)):
            return result
    return None


@cache
def table(package: str) -> Mapping[str, Rules]:
    """The rules that a package of ours brings, by kind.

    Raises:
        ValueError: its table says something twice, or something that nobody reads.
    """
    path = ROOT / package / FILE
    if not path.exists():
        return {}
    read: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {kind: _rules(f"{path}: {kind}", parts or {}) for kind, parts in read.items()}


def _rules(where: str, parts: dict[str, Any]) -> Rules:
    if unknown := set(parts) - set(PARTS):
        raise ValueError(f"{where}: there is no part {sorted(unknown)[0]}; there is {PARTS}")
    listed = [name for part in PARTS[:4] for name in parts.get(part) or ()]
    if twice := {name for name in listed if listed.count(name) > 1}:
        raise ValueError(f"{where}: {sorted(twice)[0]} stands in it twice")
    return Rules(
        fields=frozenset(parts.get("fields") or ()),
        margin=frozenset(parts.get("margin") or ()),
        aside=frozenset(parts.get("aside") or ()),
        added=dict(parts.get("added") or {}),
        renamed=dict(parts.get("renamed") or {}),
        removed=dict(parts.get("removed") or {}),
    )
