"""Canonical descriptions: equal text for what is the same, whatever holds it."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import lru_cache, partial
from hashlib import blake2b
from math import isfinite
from pathlib import PurePath
from typing import Any, TypeVar, get_type_hints

from harness.errors import UserError
from harness.identity.tables import Rules, rules

VERSION = 1
"""Version of the descriptions. Another one is another id for everything: raise it for nothing less
than a mistake in what is described."""
DEEPEST = 40
"""Levels of nesting after which something is taken to hold itself."""
KIND = "__described_as__"
PLAIN = {type(None), bool, int, str}
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode

T = TypeVar("T")


def described_as(kind: str) -> Callable[[type[T]], type[T]]:
    """A decorator that gives a class the name by which tables and descriptions know it, for good.

    Example:
        @described_as("task")
        @dataclass(frozen=True)
        class Task: ...
    """

    def named(cls: type[T]) -> type[T]:
        setattr(cls, KIND, kind)
        return cls

    return named


def identify(**parts: Any) -> str:
    """The id of what these named parts determine, 16 hexadecimal digits.

    Parts that are None are left out: a part that comes later is None where it says nothing new.
    """
    said = {name: description(part) for name, part in parts.items() if part is not None}
    return digest(canonical({"version": VERSION, **said}))


def digest(text: str) -> str:
    """Short content hash of a text, 16 hexadecimal digits."""
    return blake2b(text.encode(), digest_size=8).hexdigest()


def canonical(described: Any) -> str:
    """A description as canonical JSON: keys in order, no white space, ASCII alone."""
    return _encode(described)


def description(value: Any, kind: str = "", margin: bool = False) -> Any:
    """A value as plain data for `canonical`, by content: never by a place in memory, and for what
    is ours never by a name of a class or module.

    Args:
        value: plain data, containers, enums, dates, paths, dataclasses, functions, and objects of
            these.
        kind: of a dataclass, by which tables know it (`pte.few_shot`); unset for its own
            (`described_as`). What it holds is of the kind `KIND.FIELD` unless it has its own.
        margin: also what moves numbers at the margin at most.

    Raises:
        UserError: it holds something that cannot be told from others of its kind.
    """
    return _plain(value, kind, margin, 0)


def _plain(value: Any, kind: str, margin: bool, depth: int) -> Any:
    if type(value) in PLAIN:  # nearly all that there is: a plan may have 100,000 cells
        return value
    if depth > DEEPEST:
        raise UserError(f"{kind or type(value).__name__} holds itself, and cannot be described")

    def within(each: Any, name: str = "") -> Any:
        return _plain(each, f"{kind}.{name}" if name else kind, margin, depth + 1)

    if isinstance(value, Enum):
        return within(value.value)
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return value + 0.0 if isfinite(value) else {"$float": str(value)}  # no minus zero
    if isinstance(value, Mapping):
        return _mapping(value, within)
    if isinstance(value, list | tuple):
        return [within(each) for each in value]
    if isinstance(value, set | frozenset):
        return {"$set": sorted((within(each) for each in value), key=canonical)}
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Decimal | Fraction | date | time | complex):
        return {f"${type(value).__name__}": str(value)}
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value, getattr(value, KIND, kind), margin, depth)
    return _other(value, kind, within)


def _mapping(value: Mapping[Any, Any], within: Callable[..., Any]) -> Any:
    if all(isinstance(key, str) for key in value):
        # A key must not pass for one of our own marks.
        return {f"${k}" if k.startswith("$") else k: within(v) for k, v in value.items()}
    pairs = [[within(key), within(each)] for key, each in value.items()]
    return {"$pairs": sorted(pairs, key=lambda pair: canonical(pair[0]))}


def _fields(value: Any, kind: str, margin: bool, depth: int) -> Any:
    """The fields that decide a result; those that are not compared are nobody's business."""
    known = rules(kind, type(value))
    said: dict[str, Any] = {"$kind": kind}
    if known is None:  # a user's own: what tells one class from another is its name
        said["$type"] = _name(type(value))
    for each in fields(value):
        if known and (each.name in known.aside or (each.name in known.margin and not margin)):
            continue
        if not each.compare:
            continue
        held = _declared(type(value), each, getattr(value, each.name))
        message = _plain(held, f"{kind}.{each.name}", margin, depth + 1)
        if not _implied(known, type(value), each, message):
            said[known.renamed.get(each.name, each.name) if known else each.name] = message
    return said | dict(known.removed if known else {})


def _implied(known: Rules | None, cls: type, each: Field[Any], message: Any) -> bool:
    """Whether a field that came later says what went without saying before."""
    if known is None:
        return False
    if each.name in known.added:
        return bool(canonical(message) == canonical(_plain(known.added[each.name], "", False, 0)))
    if each.name in known.known or each.name in known.renamed:
        return False
    default = each.default
    if default is MISSING and each.default_factory is not MISSING:
        default = each.default_factory()
    if default is MISSING:
        return False
    return bool(
        canonical(message) == canonical(_plain(_declared(cls, each, default), "", False, 0))
    )


def _declared(cls: type, each: Field[Any], value: Any) -> Any:
    """Whole numbers as floats where the field is declared to hold floats: 1 is then 1.0."""
    return _floats(value) if each.name in _floating(cls) else value


@lru_cache(maxsize=1024)
def _floating(cls: type) -> frozenset[str]:
    """The fields that are declared to hold floats, under whatever name for a kind of them."""
    try:
        hints = get_type_hints(cls)
    except NameError:  # of a type that is there for checkers alone
        hints = {each.name: each.type for each in fields(cls)}
    words = {name: set(re.findall(r"\w+", str(hint))) for name, hint in hints.items()}
    return frozenset(name for name, said in words.items() if "float" in said and "int" not in said)


def _floats(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list | tuple):
        return [_floats(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _floats(each) for key, each in value.items()}
    return value


def _other(value: Any, kind: str, within: Callable[..., Any]) -> Any:
    """Functions and classes by name (their sources say the rest), other objects by attributes."""
    if isinstance(value, partial):
        return {"$partial": [within(value.func), within(value.args), within(value.keywords)]}
    if inspect.ismethod(value):
        return {"$method": [within(value.__self__), value.__name__]}
    if isinstance(value, type) or inspect.isroutine(value):
        held = getattr(value, "__closure__", None) or ()
        named = {"$function": _name(value)}
        return named | ({"$holds": [within(cell.cell_contents) for cell in held]} if held else {})
    state = getattr(value, "__dict__", None)
    if state is None or not type(value).__module__ or inspect.ismodule(value):
        raise UserError(
            f"{kind or 'a component'} holds a {_name(type(value))}, which no id can be made of: "
            "give it plain data (numbers, text, lists, mappings, dataclasses) instead"
        )
    return {"$type": _name(type(value)), **{name: within(each) for name, each in state.items()}}


def _name(value: Any) -> str:
    return f"{value.__module__}.{value.__qualname__}"
