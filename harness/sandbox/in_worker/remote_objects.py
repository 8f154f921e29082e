"""Objects that are no plain data, across a split oracle: they stay where they are.

What crosses is a reference. Tests hold a proxy in place of a generator, a match or an instance of a
program's class, which has the program do what tests do with it: go through it, call it, take its
length, its text or an attribute. Every answer is plain data or another proxy, and tests compare it
by themselves.

What no proxy does is to hand a value of the tests over to be judged: whether an object of the
program's own class equals, contains or is less than it. That class could say yes to everything. So
such a comparison decides the verdict at once, as an error. An instance of a subclass of plain data
compares as the plain value that it holds. Of the tests' own objects a program may call functions
and take the next value of iterators, and nothing else.
"""

from __future__ import annotations

import builtins
import itertools
import re
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.sandbox.coders import Decoder

_TOLD = 80
"""Characters of a class's name."""

# fmt: off
_DONE = (
    "__iter__", "__next__", "__len__", "__bool__", "__str__", "__repr__", "__format__", "__int__",
    "__float__", "__index__", "__complex__", "__bytes__", "__abs__", "__neg__", "__pos__",
    "__invert__", "__round__", "__floor__", "__ceil__", "__trunc__", "__reversed__", "__call__",
    "__getitem__", "__setitem__", "__delitem__", "__enter__", "__exit__", "__fspath__", "__await__",
)
# fmt: on
"""What a proxy has the program do, where its class can."""
# fmt: off
_JUDGED = (
    "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__",
    *(f"__{side}{name}__" for side in ("", "r") for name in (
        "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "lshift",
        "rshift", "and", "xor", "or",
    )),
)
# fmt: on
"""What hands over the value that an object is compared or reckoned with."""
_PLAIN = frozenset((int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset))
_SPECIAL = frozenset(("__name__", "__qualname__", "__doc__", "__dict__", "__module__"))
"""Attributes with underscores that tests may look at; Python itself asks for others."""


def _is_exception(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


_KNOWN: Mapping[str, type] = {
    f"{kind.__module__}.{kind.__qualname__}": kind
    for kind in (
        *(types.GeneratorType, types.CoroutineType, types.FunctionType, types.MethodType),
        *(types.BuiltinFunctionType, types.ModuleType, re.Match, re.Pattern),
        *(map, filter, zip, enumerate, reversed, type(iter([])), type(iter(()))),
        *(type(iter("")), type(iter({})), type(iter(range(0))), type(iter(set()))),
        *(type(iter({}.values())), type(iter({}.items())), type(iter(int, 0))),
        *(each for each in vars(itertools).values() if isinstance(each, type)),
        *(each for each in vars(builtins).values() if _is_exception(each)),
    )
}
"""Classes of which a proxy says that it is an instance."""


class Exported:
    """A program's objects that its tests hold references to."""

    def __init__(self) -> None:
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}

    def refer(self, value: Any, held: Any) -> dict[str, Any]:
        """A reference to an object: its number, its class's name and that of the class that tests
        may know, what it can do, what it leaves undecided (of its own kind alone, or of all), and
        the plain value that it holds."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
        kind = type(value)
        base = object if held is None else next(each for each in kind.__mro__ if each in _PLAIN)
        done = [name for name in _DONE if _own(kind, base, name)]
        judged = [name for name in _JUDGED if held is None and _own(kind, base, name)]
        known = f"{kind.__module__}.{kind.__qualname__}"
        return {"@": [number, kind.__name__, known, done, judged, _of_data_class(kind), held]}

    def object(self, reference: Any, _: Decoder | None = None) -> Any:
        """The object of a number."""
        return self._objects[reference[0]]

    def do(self, number: int, what: str, arguments: list[Any], named: dict[str, Any]) -> Any:
        """What an object does, asked by its tests."""
        held = self._objects[number]
        if what == "__getattr__":
            return getattr(held, *arguments)
        method = _method(type(held), what)
        return method.__get__(held, type(held))(*arguments, **named)


def _of_data_class(kind: type) -> bool:
    """Whether a class compares as data classes are made to: with its own kind alone."""
    method = getattr(kind, "__eq__", None)
    code = getattr(getattr(method, "__wrapped__", method), "__code__", None)
    return hasattr(kind, "__dataclass_fields__") and getattr(code, "co_filename", "") == "<string>"


def _own(kind: type, base: type, name: str) -> bool:
    """Whether a class has a method that its plain base has not."""
    method = _method(kind, name)
    return method is not None and method is not _method(base, name)


def _method(kind: type, name: str) -> Any:
    """A class's own or inherited method, as it stands there: not one of the class's own class."""
    return next((vars(each)[name] for each in kind.__mro__ if name in vars(each)), None)


Ask = Callable[[int, str, tuple[Any, ...], dict[str, Any]], Any]
"""Has the program do something with the object of a number."""


class Proxies:
    """The tests' stand-ins for a program's objects.

    Args:
        ask: has the program do something.
        undecided: makes what is raised where an object of the program's own would have to decide.
    """

    def __init__(self, ask: Ask, undecided: Callable[[str], BaseException]) -> None:
        self._ask = ask
        self._undecided = undecided
        self._made: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self.opaque = ""
        """The name of the last class of which an instance came that is no plain data."""

    def resolve(self, reference: Any, decoder: Decoder) -> Any:
        """The proxy of an object, always the same one."""
        number, name, known, done, judged, kin, held = reference
        number, name = int(number), str(name)[:_TOLD]
        if number not in self._made:
            inside = () if held is None else (decoder.content(held),)
            body = self._body(number, name, _KNOWN.get(str(known)), done, bool(inside))
            body |= self._comparisons(name, judged, kin is True)
            made = self._instance(name, body, inside)
            self._made[number] = made
            self._numbers[id(made)] = number
        if held is None:
            self.opaque = name
        return self._made[number]

    def number(self, value: Any) -> int | None:
        """The number of the object that a proxy stands for; None for what is no proxy."""
        number = self._numbers.get(id(value))
        return number if number is not None and self._made[number] is value else None

    @staticmethod
    def _instance(name: str, body: dict[str, Any], inside: tuple[Any, ...]) -> Any:
        base = type(inside[0]) if inside else object
        kind = type(name, (base,), body)
        made = base.__new__(kind, *inside) if base.__init__ is object.__init__ else kind(*inside)
        return made

    def _body(
        self,
        number: int,
        name: str,
        known: type | None,
        done: list[str],
        plain: bool,
    ) -> dict[str, Any]:
        """The methods of a proxy's class."""
        wanted = frozenset(map(str, done))
        body: dict[str, Any] = {what: self._does(number, what) for what in _DONE if what in wanted}
        if not plain:
            body["__hash__"] = object.__hash__
            body |= {what: self._does(number, what) for what in ("__setattr__", "__delattr__")}
        ask = self._ask

        def get(_: Any, attribute: str) -> Any:
            if attribute.startswith("__") and attribute not in _SPECIAL:
                raise AttributeError(f"'{name}' object has no attribute '{attribute}'")
            return ask(number, "__getattr__", (attribute,), {})

        body["__getattr__"] = get
        if known is not None:
            body["__class__"] = property(lambda _: known)
        return body

    def _does(self, number: int, what: str) -> Callable[..., Any]:
        ask = self._ask
        return lambda _, *arguments, **named: ask(number, what, arguments, named)

    def _comparisons(self, name: str, judged: list[str], kin: bool) -> dict[str, Any]:
        wanted = frozenset(map(str, judged))
        return {what: self._leaves(name, what, kin) for what in _JUDGED if what in wanted}

    def _leaves(self, name: str, what: str, kin: bool) -> Callable[..., Any]:
        def undecided(_: Any, *others: Any) -> Any:
            if kin and not any(self.number(other) is not None for other in others):
                return NotImplemented
            raise self._undecided(
                f"{name} is not plain data, and its own {what} does not decide for tests"
            )

        return undecided


class Lent:
    """The tests' own functions and iterators that a program was given."""

    def __init__(self) -> None:
        self._objects: list[Any] = []

    def refer(self, value: Any) -> list[Any] | None:
        """A reference to a function or an iterator; None for anything else."""
        iterates = isinstance(value, Iterator)
        if not iterates and not callable(value):
            return None
        self._objects.append(value)
        return [-len(self._objects), iterates]

    def do(self, number: int, arguments: list[Any], named: dict[str, Any]) -> Any:
        """Call a function, or take an iterator's next value."""
        held = self._objects[-number - 1]
        return next(held) if isinstance(held, Iterator) else held(*arguments, **named)


class Borrowed:
    """What a program holds in place of an iterator of its tests."""

    def __init__(self, take: Callable[[], Any]) -> None:
        self._take = take

    def __iter__(self) -> Borrowed:
        return self

    def __next__(self) -> Any:
        return self._take()
