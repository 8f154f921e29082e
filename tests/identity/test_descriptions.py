"""Descriptions: the same for what is the same, different for what is not, whatever the types."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from functools import partial
from math import inf, nan
from pathlib import Path
from typing import Annotated, Any

import pytest

from harness.errors import UserError
from harness.identity import canonical, description, identify


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    LARGE = 3


class Odd(Enum):
    PAIR = (1, 2)


@dataclass(frozen=True)
class Inner:
    depth: int = 1


@dataclass(frozen=True)
class Other:
    depth: int = 1


Share = Annotated[float, "a part"]


@dataclass(frozen=True)
class Thing:
    share: float = 0.5
    part: Share = 0.5
    many: tuple[float, ...] = ()
    anything: Any = None
    label: str = field(default="", compare=False)
    inner: Inner | Other = field(default_factory=Inner)


def same(one: Any, other: Any) -> bool:
    return canonical(description(one)) == canonical(description(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, 2), [1, 2]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a", "b"}, frozenset(("b", "a"))),
        (Colour.RED, "red"),
        (Size.LARGE, 3),
        (0.0, -0.0),
        (Path("a/b"), "a/b"),
        (Thing(share=1), Thing(share=1.0)),
        (Thing(part=1), Thing(part=1.0)),
        (Thing(many=(1, 2)), Thing(many=[1.0, 2.0])),  # type: ignore[arg-type]
        (Thing(label="this"), Thing(label="that")),
        ({1: "a", 2: "b"}, {2: "b", 1: "a"}),
    ],
)
def test_what_is_the_same(one: Any, other: Any) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, "1"),
        (1, True),
        (1, 1.0),
        (0, None),
        (0, False),
        ("", None),
        ([], {}),
        ([], None),
        ([1, [2]], [[1], 2]),
        (["a,b"], ["a", "b"]),
        ({1: "a"}, {"1": "a"}),
        ({"$set": [1]}, {1}),
        ({"$float": "inf"}, inf),
        ({"a": None}, {}),
        (inf, -inf),
        (nan, inf),
        (b"a", "a"),
        (Decimal("1"), 1),
        (date(2026, 1, 1), "2026-01-01"),
        (0.1 + 0.2, 0.3),
        (Thing(anything=1), Thing(anything=1.0)),
        (Thing(anything=True), Thing(anything=1)),
        (Thing(inner=Inner()), Thing(inner=Other())),
        (Odd.PAIR, 3),
        (partial(int, base=2), partial(int, base=3)),
        (len, max),
        (2**60, 2.0**60),
    ],
)
def test_what_is_not(one: Any, other: Any) -> None:
    assert not same(one, other)


class Plain:
    def __init__(self, k: int) -> None:
        self.k = k


def test_an_object_is_what_it_holds_and_not_where_it_lies() -> None:
    assert same(Plain(1), Plain(1))
    assert not same(Plain(1), Plain(2))


def test_what_cannot_be_told_from_its_like_is_refused() -> None:
    with pytest.raises(UserError, match="plain data"):
        description(object(), "pte.mine.what")
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(UserError, match="holds itself"):
        description(loop)


def test_functions_are_known_by_what_they_hold() -> None:
    def adding(number: int) -> Any:
        return lambda value: value + number

    assert same(adding(1), adding(1))
    assert not same(adding(1), adding(2))


def test_ids_are_versioned_and_named() -> None:
    assert identify(a=1, b=None) == identify(a=1)
    assert identify(a=1) != identify(b=1)
    assert identify(a=1) == "7dda9c31bd763062"
    assert identify(thing=[0.5, "é", None, {"b": True, "a": (1,)}]) == "6ef66bf857879188"
