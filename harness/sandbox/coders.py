"""The two sides of a crossing: values to JSON and back.

Plain are None, bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset
and range, nested; and the values of Python's own library in `value_types` (decimals, fractions,
dates, counters, arrays, views of dicts, numbers of numpy) cross as what they are too. What has an
order keeps it, sets too (`set_order`): tests see the same tuple of a set, and of a dict's keys, as
in one process with the program.

No object of a program's own ever crosses, so no method that it wrote, such as an `__eq__` that is
always true, runs on the other side. By itself, an instance of a subclass of plain data crosses as
the plain value it holds and everything else not at all. In a call (`remote_calls`) both go by
reference, and lists and dicts that are the same object on one side are so on the other.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

from harness.sandbox import value_types
from harness.sandbox.set_order import arranged, places, refill

DEEPEST = 100
EXACT = 2**63
"""Larger integers cross in hexadecimal: decimal digits of huge ones take quadratic time."""


class NotPlainError(TypeError):
    """A value that cannot cross; the message names its type."""


class Encoder:
    """Makes JSON of values.

    Args:
        refer: what stands for an object that is no plain data, `{"@": ...}`, given it and the
            plain value that it holds, encoded, if it is a subclass of plain data; None refuses the
            former and takes the latter for its value.
        shared: containers that both sides hold, by their places here; whatever else of that kind
            crosses is added, in the order in which the other side meets it. None copies each.
    """

    def __init__(
        self,
        refer: Callable[[Any, Any], Any] | None = None,
        shared: list[Any] | None = None,
    ) -> None:
        self._refer = refer
        self._shared = shared
        self._places = {id(each): place for place, each in enumerate(shared or ())}

    def __call__(self, value: Any, depth: int = 0) -> Any:
        """The value as JSON can hold it.

        Raises:
            NotPlainError: it, or a value inside it, cannot cross, or is nested too deeply.
        """
        kind = type(value)
        if value is None or kind is bool or kind is str or kind is float:
            return value
        if kind is int:
            return value if -EXACT < value < EXACT else {"i": hex(value)}
        if depth > DEEPEST:
            raise NotPlainError(f"a value nested more than {DEEPEST} deep")
        if kind in _CHANGEABLE and self._shared is not None:
            place = self._places.get(id(value))
            if place is not None:
                return {"=": place}
            self._places[id(value)] = len(self._shared)
            self._shared.append(value)
        return self.content(value, depth)

    def content(self, value: Any, depth: int = 0) -> Any:
        """What a value holds, be it known to the other side already or not."""
        kind = type(value)
        if kind is list:
            return [self(item, depth + 1) for item in value]
        coder = _ENCODERS.get(kind)
        if coder is not None:
            return coder(self, value, depth + 1)
        name = self._name(value)
        if name is not None:
            return self._of_library(name, value, depth + 1)
        held = _base(value)
        if self._refer is not None:
            return self._refer(value, None if held is None else held(self, depth + 1))
        if held is None:
            raise NotPlainError(f"{kind.__name__} is not plain data")
        return held(self, depth + 1)

    def _name(self, value: Any) -> str | None:
        """The name of a type of `value_types`; by itself, a container crosses as a plain one."""
        if self._refer is not None and value_types.is_class(value):
            return "type"
        if value_types.is_scalar_of_numpy(value):
            return "scalar"
        name = value_types.name_of(type(value))
        return None if self._refer is None and name in value_types.CONTAINERS else name

    def _of_library(self, name: str, value: Any, depth: int) -> Any:
        try:
            settings = value_types.settings_of(name, value)
            parts = value_types.parts_of(name, value)
        except TypeError as error:
            raise NotPlainError(str(error)) from error
        return {"v": [name, settings, [self._once(part, depth) for part in parts]]}

    def _once(self, part: Any, depth: int) -> Any:
        """A part that is there for the crossing alone: the other side does not keep it."""
        return self.content(part, depth + 1) if type(part) in _CHANGEABLE else self(part, depth)


class Decoder:
    """Makes values of JSON; the counterpart of `Encoder`.

    Args:
        resolve: gives what a reference stands for, given it and this decoder; None takes none.
        shared: the containers that both sides hold.
    """

    def __init__(
        self,
        resolve: Callable[[Any, Decoder], Any] | None = None,
        shared: list[Any] | None = None,
    ) -> None:
        self._resolve = resolve
        self._shared = shared

    def __call__(self, value: Any) -> Any:
        """The value that was encoded.

        Raises:
            ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError,
                ImportError, RecursionError: this is not what an `Encoder` makes.
        """
        kind = type(value)
        if kind is list:
            made: list[Any] = []
            self._keep(made)
            made.extend([self(item) for item in value])
            return made
        if kind is not dict:
            return value
        ((tag, held),) = value.items()
        if tag == "=":
            return self._known(held)
        if tag == "d":
            filled: dict[Any, Any] = {}
            self._keep(filled)
            filled.update({self(k): self(v) for k, v in held})
            return filled
        return self._tagged(tag, held)

    def content(self, value: Any) -> Any:
        """What `Encoder.content` was given, in a new container that nobody keeps."""
        kind = type(value)
        if kind is list:
            return [self(item) for item in value]
        if kind is dict and "d" in value:
            return {self(k): self(v) for k, v in value["d"]}
        if kind is dict and "v" in value:
            return self._of_library(*value["v"], kept=False)
        if kind is dict and ("s" in value or "y" in value):
            ((tag, held),) = value.items()
            return _DECODERS[tag](self, held)
        return self(value)

    def _tagged(self, tag: str, held: Any) -> Any:
        if tag == "v":
            return self._of_library(*held)
        if tag == "@":
            if self._resolve is None:
                raise ValueError("a reference, where none is taken")
            return self._resolve(held, self)
        made = _DECODERS[tag](self, held)
        if type(made) in _CHANGEABLE:
            self._keep(made)
        return made

    def _of_library(self, name: str, settings: Any, parts: Any, *, kept: bool = True) -> Any:
        if name in value_types.CONTAINERS:
            made = value_types.CONTAINERS[name](*settings)
            if kept:
                self._keep(made)
            value_types.made_of(name, [made, *map(self.content, parts)])
            return made
        return value_types.made_of(name, list(map(self.content, parts)))

    def _keep(self, made: Any) -> None:
        if self._shared is not None:
            self._shared.append(made)

    def _known(self, place: Any) -> Any:
        if self._shared is None or not 0 <= place < len(self._shared):
            raise ValueError("a container that is not known")
        return self._shared[place]


def put_into(held: Any, now: Any) -> None:
    """Give a container the content of another of its type; nothing where the types differ."""
    if type(held) is not type(now):
        return
    if isinstance(held, set):
        refill(held, now)
    elif isinstance(held, dict):
        held.clear()
        held.update(now)
    elif isinstance(held, deque):
        held.clear()
        held.extend(now)
    else:
        held[:] = now


Coder = Callable[[Encoder, Any, int], Any]


def _items(tag: str) -> Coder:
    return lambda encoder, value, depth: {tag: [encoder(item, depth) for item in value]}


def _set(tag: str, kind: Any) -> Coder:
    """Elements in order, and the size of the table."""
    return lambda encoder, value, depth: {
        tag: [places(value), [encoder(item, depth) for item in kind.__iter__(value)]]
    }


_ENCODERS: Mapping[type, Coder] = {
    tuple: _items("t"),
    set: _set("s", set),
    frozenset: _set("z", frozenset),
    dict: lambda encoder, value, depth: {
        "d": [[encoder(k, depth), encoder(v, depth)] for k, v in value.items()]
    },
    bytes: lambda encoder, value, depth: {"b": value.hex()},
    bytearray: lambda encoder, value, depth: {"y": value.hex()},
    complex: lambda encoder, value, depth: {"c": [value.real, value.imag]},
    range: lambda encoder, value, depth: {
        "r": [encoder(n) for n in (value.start, value.stop, value.step)]
    },
    type(None): lambda encoder, value, depth: None,
    bool: lambda encoder, value, depth: value,
    int: lambda encoder, value, depth: encoder(value),
    float: lambda encoder, value, depth: value,
    str: lambda encoder, value, depth: value,
}
_DECODERS: Mapping[str, Callable[[Decoder, Any], Any]] = {
    "i": lambda decoder, held: int(held, 16),
    "t": lambda decoder, held: tuple([decoder(item) for item in held]),
    "s": lambda decoder, held: arranged(set, [decoder(item) for item in held[1]], int(held[0])),
    "z": lambda decoder, held: arranged(
        frozenset, [decoder(item) for item in held[1]], int(held[0])
    ),
    "b": lambda decoder, held: bytes.fromhex(held),
    "y": lambda decoder, held: bytearray.fromhex(held),
    "c": lambda decoder, held: complex(held[0], held[1]),
    "r": lambda decoder, held: range(*[decoder(n) for n in held]),
}
_CHANGEABLE = frozenset((list, dict, set, bytearray, deque, Counter, OrderedDict, defaultdict))
_BASES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (int, lambda value: int.__index__(value)),
    (float, float.__float__),
    (complex, complex.__complex__),
    (str, str.__str__),
    (bytes, bytes.__bytes__),
    (bytearray, lambda value: bytearray(bytearray.__getitem__(value, slice(None)))),
    (list, lambda value: list(list.__iter__(value))),
    (tuple, lambda value: tuple(tuple.__iter__(value))),
    (OrderedDict, lambda value: dict(OrderedDict.items(value))),
    (dict, lambda value: dict(dict.items(value))),
)


def _base(value: Any) -> Callable[[Encoder, int], Any] | None:
    """Encodes the plain value that an instance of a subclass holds; None where it is of none."""
    for kind in (set, frozenset):
        if isinstance(value, kind):
            return lambda encoder, depth: _ENCODERS[kind](encoder, value, depth)
    for base, convert in _BASES:
        if isinstance(value, base):
            held = convert(value)
            return lambda encoder, depth: encoder.content(held, depth)
    return None
