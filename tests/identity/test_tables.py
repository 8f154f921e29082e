"""The tables know every field of every class of ours that takes part in identity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest

from harness.identity.code_origin import ROOT
from harness.identity.tables import Rules, rules, table
from tests.identity.kinds import kinds

KINDS = kinds()


def found(kind: str) -> Rules:
    made = rules(kind, KINDS[kind])
    package = KINDS[kind].__module__.partition(".")[0]
    assert made is not None, f"{package}/described.yaml has no entry for {kind}: add one"
    return made


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_field_has_an_entry(kind: str) -> None:
    cls, known = KINDS[kind], found(kind)
    package = cls.__module__.partition(".")[0]
    for each in fields(cls):
        if each.compare and each.name not in known.known:
            default = each.default if each.default is not MISSING else "its default"
            pytest.fail(
                f"{cls.__name__} has a field `{each.name}` that {package}/described.yaml does not "
                f"know. Add it under {kind}:\n"
                f"- if it decides a result: `added: {{{each.name}: {default!r}}}`, with what was "
                "implied before there was the field; that stays, whatever becomes of the default\n"
                "- if it moves numbers at the margin at most: to `margin`\n"
                "- if it decides nothing: to `aside`\n"
                f"- if it is a field under a new name: `renamed: {{{each.name}: OLD}}`, and "
                f"{each.name} in place of OLD where that stood"
            )


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_entry_has_a_field(kind: str) -> None:
    cls, known = KINDS[kind], found(kind)
    gone = known.known - {each.name for each in fields(cls)}
    assert not gone, (
        f"{cls.__name__} has no field {', '.join(gone)} any more. Ids are made of it: say "
        f"`removed: {{FIELD: VALUE}}` under {kind}, with the value that it had in all results so "
        "far, and take it out of its part"
    )


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_function_of_ours_is_described(kind: str) -> None:
    """It would be by its name, which a refactoring may change."""
    cls, known = KINDS[kind], found(kind)
    hints = get_type_hints(cls)
    described = (known.fields | known.margin | set(known.added)) & set(hints)
    assert [name for name in described if "Callable" in str(hints[name])] == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_held_has_a_kind_of_its_own(kind: str) -> None:
    """A class without one would be described by its name, and by all of its fields."""
    cls, known = KINDS[kind], found(kind)
    hints = get_type_hints(cls)
    for name in (known.fields | known.margin | set(known.added)) & set(hints):
        for held in _classes(hints[name]):
            assert not is_dataclass(held) or held in KINDS.values(), (
                f"{cls.__name__}.{name} holds a {held.__name__}: give that a kind with "
                "`described_as`, and an entry in described.yaml"
            )


def _classes(hint: Any) -> Iterator[type]:
    if isinstance(hint, type):
        yield hint
    for each in get_args(hint):
        yield from _classes(each)


def test_every_table_is_of_something_that_is_there() -> None:
    for package in ("harness", "ptes", "benchmarks"):
        assert set(table(package)) - {"root"} <= set(KINDS), "an entry without a class"


def test_every_top_level_setting_has_an_entry() -> None:
    from omegaconf import OmegaConf

    root = OmegaConf.load(ROOT / "configs" / "config.yaml")
    known = table("harness")["root"]
    flat = {str(key).partition(".")[0] for key in known.known}
    missing = {str(key) for key in root if key not in ("defaults",)} - flat
    assert not missing, (
        f"configs/config.yaml has the setting {', '.join(missing)}, which harness/described.yaml "
        "does not know. Under root, if a run's results depend on it, `added: {NAME: VALUE}` with "
        "what was implied before; if a field of Setting or of a component holds it, or if it "
        "decides nothing, to `aside`"
    )
