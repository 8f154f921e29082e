"""Whether a value fits a type hint, and what would, in words. The rules are pydantic's.

Values are taken strictly, as JSON is: `no` is no boolean, 2.5 no whole number, '3' no number; a
list may stand for a tuple and a word for a member of an enumeration.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Predicate, Unit

from harness.settings.wording import joined

if TYPE_CHECKING:  # a quarter of a second, which verbs that check nothing need not wait for
    from pydantic import TypeAdapter

SINGLE = (bool, int, float, str, Enum, Path, type(None))
PLAIN = (bool, int, float, str, bytes, Enum, Path, list, tuple, set, frozenset, dict)
"""Classes whose values are written in a configuration as they are."""


def fits(hint: Any, value: Any) -> bool:
    """Whether a value of the configuration is of this type; a hint that says nothing allows all.

    What `_target_` makes is not looked at here: of a class of components no plain value is.
    """
    written = [each for each in members(hint) if not is_component(each)]
    if not written or (isinstance(value, Mapping) and not takes_mappings(hint)):
        return False
    if len(written) < len(members(hint)):
        return any(fits(each, value) for each in written)
    adapter = _adapter(hint)
    if adapter is None:
        return True
    try:
        adapter.validate_json(json.dumps(value))
    except ValueError:  # pydantic's, and a validator's of the user's own
        return False
    return True


def takes_mappings(hint: Any) -> bool:
    """Whether a mapping without `_target_` is among what the type allows."""
    return any(_is_mapping(each) for each in members(hint))


def _is_mapping(hint: Any) -> bool:
    if get_origin(hint) is Annotated:
        return takes_mappings(get_args(hint)[0])
    kind = get_origin(hint) or hint
    return kind in (Any, object) or (isinstance(kind, type) and issubclass(kind, Mapping))


def allowed(hint: Any) -> str:
    """What a value of this type may be, in words that follow `give`."""
    parts = [_one(each) for each in members(hint)]
    results = [part for part in parts if part != "null"]
    said = joined(results) if results else "null"
    return f"{said}, or null" if results and "null" in parts else said


def unit(hint: Any) -> str | None:
    """The unit that a number of this type has, if it says so."""
    results = (each.unit for each in _notes(hint) if isinstance(each, Unit))
    return next(results, None)


def words(hint: Any) -> list[str]:
    """The words that the type lists, for a guess at which was meant."""
    adapter = _adapter(hint)
    return [] if adapter is None else [*_listed_words(_schema(adapter))]


def members(hint: Any) -> list[Any]:
    """The types that a union is of; the type itself where it is none."""
    if get_origin(hint) in (Union, types.UnionType):
        return [inner for each in get_args(hint) for inner in members(each)]
    return [hint]


def components(hint: Any) -> tuple[type, ...]:
    """The classes among what a type allows that are made by `_target_`."""
    return tuple(each for each in members(hint) if is_component(each))


def is_component(hint: Any) -> bool:
    """Whether values of this type are made by `_target_` rather than written down."""
    if not isinstance(hint, type) or get_origin(hint) is not None:
        return False
    return hint not in (Any, object, type(None)) and not issubclass(hint, (*PLAIN, Mapping))


def is_plain(hint: Any) -> bool:
    """Whether everything that the type allows is a single value, written down as it is."""
    return all(_is_single(each) for each in members(hint))


def _is_single(hint: Any) -> bool:
    if get_origin(hint) is Annotated:
        return is_plain(get_args(hint)[0])
    single = isinstance(hint, type) and hint is not Any and issubclass(hint, SINGLE)
    return single or get_origin(hint) is Literal


@lru_cache(maxsize=4096)
def _cached(hint: Any) -> TypeAdapter[Any] | None:
    from pydantic import ConfigDict, TypeAdapter

    strict = ConfigDict(strict=True, allow_inf_nan=False, arbitrary_types_allowed=True)
    try:
        return TypeAdapter(hint, config=strict)
    except Exception:  # a hint of the user's that means nothing to pydantic checks nothing
        return None


def _adapter(hint: Any) -> TypeAdapter[Any] | None:
    try:
        return _cached(hint)
    except TypeError:  # not hashable
        return _cached.__wrapped__(hint)


def _schema(adapter: TypeAdapter[Any]) -> dict[str, Any]:
    try:
        return adapter.json_schema()
    except Exception:  # it takes what JSON does not have, such as a function
        return {}


def _notes(hint: Any) -> Iterator[Any]:
    """What `Annotated` says of a type or of the members of a union."""
    for each in members(hint):
        if get_origin(each) is Annotated:
            inner, *notes = get_args(each)
            yield from notes
            yield from _notes(inner)


def _one(hint: Any) -> str:
    if is_component(hint):
        article = "an" if hint.__name__[0] in "AEIO" else "a"
        return f"{article} {hint.__name__} (settings with _target_)"
    for note in _notes(hint):
        if isinstance(note, Predicate) and note.func.__doc__:
            return note.func.__doc__
    adapter = _adapter(hint)
    if adapter is None:
        return "anything"
    said = _said(_schema(adapter))
    return f"{said}, in {result}" if (result := unit(hint)) else said


def _said(schema: Mapping[str, Any]) -> str:
    """A JSON schema in words."""
    if "anyOf" in schema:
        return joined(_said(each) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return joined(map(str, schema.get("enum") or [schema["const"]]))
    match schema.get("type"):
        case "integer":
            return f"a whole number{_range(schema)}"
        case "number":
            return f"a number{_range(schema)}"
        case "boolean":
            return "true or false"
        case "null":
            return "null"
        case "string":
            return "a date such as 2024-01-01" if schema.get("format") == "date" else "text"
        case "array":
            return f"a list{_of(schema.get('items'))}"
        case "object":
            return f"a mapping{_of(schema.get('additionalProperties'))}"
    return "anything"


def _of(inner: Any) -> str:
    said = _said(inner) if isinstance(inner, Mapping) else "anything"
    return "" if said == "anything" else f", each {said}"


def _range(schema: Mapping[str, Any]) -> str:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    ends = []
    if low is not None:
        ends.append(f"from {_number(low)}")
    if above is not None:
        ends.append(f"above {_number(above)}")
    if high is not None:
        ends.append(f"to {_number(high)}" if low is not None else f"up to {_number(high)}")
    if below is not None:
        ends.append(f"below {_number(below)}")
    return f" {' and '.join(ends)}".replace(" and to ", " to ") if ends else ""


def _number(value: float) -> str:
    return f"{value:g}".replace("e+0", "e").replace("e+", "e")


def _listed_words(schema: Mapping[str, Any]) -> Iterator[str]:
    for each in schema.get("anyOf", ()):
        yield from _listed_words(each)
    for word in [*schema.get("enum", ()), schema.get("const")]:
        if isinstance(word, str):
            yield word
