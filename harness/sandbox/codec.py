"""Plain data to JSON and back: what may pass between a program and its tests.

Plain are None, bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset
and range, nested.
An instance of a subclass of one of them (a namedtuple, a Counter, an IntEnum) crosses as the plain
value it holds, so no method that a program wrote, such as an `__eq__` that is always true, ever
runs on the other side. What has an order keeps it, sets too (`set_order`): tests see the same
tuple of a set, and of a dict's keys, as in one process with the program.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from harness.sandbox.set_order import arranged, places

DEEPEST = 100
_EXACT = 2**63
"""Larger integers cross in hexadecimal: decimal digits of huge ones take quadratic time."""


class NotPlainError(TypeError):
    """A value that cannot cross; the message names its type."""


def encode(value: Any, depth: int = 0) -> Any:
    """The value as JSON can hold it.

    Raises:
        NotPlainError: the value, or one inside it, is not plain data, or is nested too deeply.
    """
    kind = type(value)
    if value is None or kind is bool or kind is str or kind is float:
        return value
    if kind is int:
        return value if -_EXACT < value < _EXACT else {"i": hex(value)}
    if depth > DEEPEST:
        raise NotPlainError(f"a value nested more than {DEEPEST} deep")
    if kind is list:
        return [encode(item, depth + 1) for item in value]
    coder = _ENCODERS.get(kind) or next((_ENCODERS[s] for s in _SETS if isinstance(value, s)), None)
    if coder is not None:
        return coder(value, depth + 1)
    return encode(_base(value), depth + 1)


def decode(value: Any) -> Any:
    """The value that `encode` was given, or its plain base.

    Raises:
        ValueError, TypeError, KeyError: this is not what `encode` makes.
    """
    kind = type(value)
    if kind is list:
        return [decode(item) for item in value]
    if kind is dict:
        ((tag, held),) = value.items()
        return _DECODERS[tag](held)
    return value


def canonical(value: Any) -> str:
    """A text that is equal for equal plain values of the same types, whatever their history.

    Raises:
        NotPlainError: the value is not plain data.
    """
    return _canonical(decode(encode(value)))


def _canonical(value: Any) -> str:
    kind = type(value)
    if kind is dict:
        pairs = sorted((_canonical(k), _canonical(v)) for k, v in value.items())
        return "{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}"
    if kind in (set, frozenset):
        return f"{kind.__name__}({', '.join(sorted(map(_canonical, value)))})"
    if kind is list:
        return "[" + ", ".join(map(_canonical, value)) + "]"
    if kind is tuple:
        return "(" + ", ".join(map(_canonical, value)) + ",)"
    if kind is int and not -_EXACT < value < _EXACT:
        return hex(value)
    return repr(value)


def _items(tag: str) -> Callable[[Any, int], Any]:
    return lambda value, depth: {tag: [encode(item, depth) for item in value]}


def _set(tag: str, kind: Any) -> Callable[[Any, int], Any]:
    """Elements in order, and the size of the table."""
    return lambda value, depth: {
        tag: [places(value), [encode(item, depth) for item in kind.__iter__(value)]]
    }


_ENCODERS: dict[type, Callable[[Any, int], Any]] = {
    tuple: _items("t"),
    set: _set("s", set),
    frozenset: _set("z", frozenset),
    dict: lambda value, depth: {
        "d": [[encode(k, depth), encode(v, depth)] for k, v in value.items()]
    },
    bytes: lambda value, depth: {"b": value.hex()},
    bytearray: lambda value, depth: {"y": value.hex()},
    complex: lambda value, depth: {"c": [value.real, value.imag]},
    range: lambda value, depth: {"r": [encode(n) for n in (value.start, value.stop, value.step)]},
}
_DECODERS: dict[str, Callable[[Any], Any]] = {
    "i": lambda held: int(held, 16),
    "t": lambda held: tuple([decode(item) for item in held]),
    "s": lambda held: arranged(set, [decode(item) for item in held[1]], int(held[0])),
    "z": lambda held: arranged(frozenset, [decode(item) for item in held[1]], int(held[0])),
    "d": lambda held: {decode(k): decode(v) for k, v in held},
    "b": bytes.fromhex,
    "y": bytearray.fromhex,
    "c": lambda held: complex(held[0], held[1]),
    "r": lambda held: range(*[decode(n) for n in held]),
}
_BASES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (int, lambda value: int.__index__(value)),
    (float, float.__float__),
    (str, str.__str__),
    (list, lambda value: list(list.__iter__(value))),
    (tuple, lambda value: tuple(tuple.__iter__(value))),
    (OrderedDict, lambda value: dict(OrderedDict.items(value))),
    (dict, lambda value: dict(dict.items(value))),
)
_SETS = (set, frozenset)


def _base(value: Any) -> Any:
    """The plain value that an instance of a subclass holds."""
    for base, convert in _BASES:
        if isinstance(value, base):
            return convert(value)
    kind = type(value)
    if kind.__module__ == "numpy" and getattr(value, "shape", None) == ():
        return value.item()
    raise NotPlainError(f"{kind.__name__} is not plain data")
