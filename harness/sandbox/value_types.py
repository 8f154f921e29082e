"""Values of Python's own library, and of numpy, that cross as what they are.

Each type stands here with what an instance is made of, in plain data, and with what makes one of
that. The side that makes it trusts nothing: it builds these types alone, by their own constructors.
"""

from __future__ import annotations

import importlib
import re
import sys
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from types import MappingProxyType
from typing import Any, NamedTuple

_NUMERIC = "?bhilqBHILQefdgFDGmMSU"
"""numpy's types of elements that hold their value in their bytes."""
_FACTORIES: Mapping[str, Any] = {
    each.__name__: each for each in (int, float, str, list, dict, set, tuple, bool)
}
_SINGLETONS: Mapping[str, Any] = {"Ellipsis": Ellipsis, "NotImplemented": NotImplemented}
_CLASSES: Mapping[str, type] = {
    each.__name__: each
    for each in (
        *(int, float, complex, bool, str, bytes, bytearray, list, tuple, dict, set, frozenset),
        *(object, type, range, slice, type(None), BaseException, Exception, ValueError, TypeError),
        *(KeyError, IndexError, ZeroDivisionError, AttributeError, RuntimeError, StopIteration),
    )
}


class ValueType(NamedTuple):
    """How one type crosses."""

    parts: Callable[[Any], list[Any]]
    """What an instance is made of."""
    made: Callable[..., Any]
    """An instance of those parts."""


def name_of(kind: type) -> str | None:
    """The name under which instances of exactly this type cross; None where they do not."""
    name = _KNOWN.get(kind)
    if name is not None:
        return name
    module = _ELSEWHERE.get(kind.__name__)
    held = None if module is None else getattr(sys.modules.get(module), kind.__name__, None)
    return kind.__name__ if held is kind else None


def parts_of(name: str, value: Any) -> list[Any]:
    """What a value is made of, in data that can cross."""
    return TYPES[name].parts(value)


def made_of(name: str, parts: list[Any]) -> Any:
    """The value that is made of these parts.

    Raises:
        ValueError, TypeError, KeyError, ArithmeticError, ImportError: they do not make one.
    """
    return TYPES[name].made(*parts)


CONTAINERS: Mapping[str, Callable[..., Any]] = {
    "deque": lambda most: deque(maxlen=most),
    "Counter": Counter,
    "OrderedDict": OrderedDict,
    "defaultdict": lambda factory: defaultdict(None if factory is None else _FACTORIES[factory]),
}
"""Empty ones of those that hold other values and can change; `TYPES` has how they are filled."""


def settings_of(name: str, value: Any) -> list[Any]:
    """What an empty one is made of."""
    if name == "deque":
        return [value.maxlen]
    if name == "defaultdict":
        factory = value.default_factory
        known = getattr(factory, "__name__", "")
        return [known if _FACTORIES.get(known) is factory else None]
    return []


def _library(module: str, name: str) -> Callable[..., Any]:
    """A type that is imported when the first value of it comes."""
    return lambda *parts: getattr(importlib.import_module(module), name)(*parts)


def _date_parts(value: Any) -> list[Any]:
    return [value.year, value.month, value.day]


def _time_parts(value: Any) -> list[Any]:
    return [value.hour, value.minute, value.second, value.microsecond, value.tzinfo]


def _time(*parts: Any) -> time:
    return time(*parts[:-1], fold=parts[-1])


def _datetime(*parts: Any) -> datetime:
    return datetime(*parts[:-1], fold=parts[-1])


def _zone_parts(value: Any) -> list[Any]:
    return [value.utcoffset(None), value.tzname(None)]


def _zone(offset: timedelta, name: str) -> timezone:
    plain = timezone(offset)
    return plain if plain.tzname(None) == name else timezone(offset, name)


def _scalar_parts(value: Any) -> list[Any]:
    if value.dtype.char not in _NUMERIC:
        raise TypeError(f"{type(value).__name__} is not plain data")
    return [value.dtype.str, value.tobytes()]


def _scalar(kind: str, data: bytes) -> Any:
    numpy = importlib.import_module("numpy")
    return numpy.frombuffer(data, _dtype(numpy, kind))[0]


def _array_parts(value: Any) -> list[Any]:
    if value.dtype.char == "O":
        return ["O", list(value.shape), list(value.flat)]
    if value.dtype.char not in _NUMERIC:
        raise TypeError("an array of records is not plain data")
    return [value.dtype.str, list(value.shape), value.tobytes()]


def _array(kind: str, shape: list[int], data: Any) -> Any:
    numpy = importlib.import_module("numpy")
    if kind == "O":
        made = numpy.empty(len(data), dtype=object)
        for place, each in enumerate(data):
            made[place] = each
        return made.reshape(shape)
    return numpy.frombuffer(data, _dtype(numpy, kind)).reshape(shape).copy()


def _dtype(numpy: Any, kind: str) -> Any:
    result = numpy.dtype(kind)
    if result.char not in _NUMERIC:
        raise ValueError(f"{kind!r} does not cross")
    return result


def _viewed(value: Any) -> list[Any]:
    return [dict(value.mapping)]


TYPES: Mapping[str, ValueType] = {
    "Decimal": ValueType(lambda v: [str(v)], _library("decimal", "Decimal")),
    "Fraction": ValueType(
        lambda v: [v.numerator, v.denominator], _library("fractions", "Fraction")
    ),
    "date": ValueType(_date_parts, date),
    "time": ValueType(lambda v: [*_time_parts(v), v.fold], _time),
    "datetime": ValueType(lambda v: [*_date_parts(v), *_time_parts(v), v.fold], _datetime),
    "timedelta": ValueType(lambda v: [v.days, v.seconds, v.microseconds], timedelta),
    "timezone": ValueType(_zone_parts, _zone),
    "ZoneInfo": ValueType(lambda v: [v.key], _library("zoneinfo", "ZoneInfo")),
    "UUID": ValueType(lambda v: [v.hex], _library("uuid", "UUID")),
    "PurePosixPath": ValueType(lambda v: [str(v)], _library("pathlib", "PurePosixPath")),
    "PosixPath": ValueType(lambda v: [str(v)], _library("pathlib", "PosixPath")),
    "IPv4Address": ValueType(lambda v: [str(v)], _library("ipaddress", "IPv4Address")),
    "IPv6Address": ValueType(lambda v: [str(v)], _library("ipaddress", "IPv6Address")),
    "slice": ValueType(lambda v: [v.start, v.stop, v.step], slice),
    "memoryview": ValueType(lambda v: [v.tobytes()], lambda data: memoryview(data)),
    "mappingproxy": ValueType(lambda v: [dict(v)], MappingProxyType),
    "dict_keys": ValueType(_viewed, lambda held: held.keys()),
    "dict_values": ValueType(lambda v: [list(v)], lambda held: dict(enumerate(held)).values()),
    "dict_items": ValueType(_viewed, lambda held: held.items()),
    "odict_keys": ValueType(_viewed, lambda held: OrderedDict(held).keys()),
    "odict_values": ValueType(
        lambda v: [list(v)], lambda held: OrderedDict(enumerate(held)).values()
    ),
    "odict_items": ValueType(_viewed, lambda held: OrderedDict(held).items()),
    "ellipsis": ValueType(lambda v: ["Ellipsis"], _SINGLETONS.__getitem__),
    "NotImplementedType": ValueType(lambda v: ["NotImplemented"], _SINGLETONS.__getitem__),
    "Pattern": ValueType(lambda v: [v.pattern, v.flags & ~re.DEBUG], re.compile),
    "array": ValueType(lambda v: [v.typecode, list(v)], array),
    "scalar": ValueType(_scalar_parts, _scalar),
    "ndarray": ValueType(_array_parts, _array),
    "type": ValueType(lambda v: [v.__name__], _CLASSES.__getitem__),
    "deque": ValueType(lambda v: [list(v)], deque.extend),
    "Counter": ValueType(
        lambda v: [[(k, v[k]) for k in v]], lambda held, pairs: held.update(dict(pairs))
    ),
    "OrderedDict": ValueType(lambda v: [[(k, v[k]) for k in v]], OrderedDict.update),
    "defaultdict": ValueType(lambda v: [[(k, v[k]) for k in v]], defaultdict.update),
}
"""By the names under which they cross; of `CONTAINERS` the parts are put in by `made`."""

_SAMPLES: tuple[Any, ...] = (
    *(slice(0), re.compile(""), memoryview(b""), MappingProxyType({}), ..., NotImplemented),
    *({}.keys(), {}.values(), {}.items()),
    *(OrderedDict().keys(), OrderedDict().values(), OrderedDict().items()),
    *(deque(), Counter(), OrderedDict(), defaultdict(), array("b")),
)
_KNOWN: Mapping[type, str] = {
    **{type(each): type(each).__name__ for each in _SAMPLES},
    **{each: each.__name__ for each in (date, time, datetime, timedelta, timezone)},
}
_ELSEWHERE: Mapping[str, str] = {
    "Decimal": "decimal",
    "Fraction": "fractions",
    "ZoneInfo": "zoneinfo",
    "UUID": "uuid",
    "PurePosixPath": "pathlib",
    "PosixPath": "pathlib",
    "IPv4Address": "ipaddress",
    "IPv6Address": "ipaddress",
    "ndarray": "numpy",
}
"""Types whose modules are imported only by programs that use them."""


def is_scalar_of_numpy(value: Any) -> bool:
    """Whether a value is a number, truth value or text of numpy's own types."""
    kind = type(value)
    return kind.__module__ == "numpy" and getattr(value, "shape", None) == ()


def is_class(value: Any) -> bool:
    """Whether a value is one of the built-in classes that cross."""
    return type(value) is type and _CLASSES.get(value.__name__) is value
