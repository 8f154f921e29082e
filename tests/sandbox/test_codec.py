"""Plain data comes back as it was; what a program made of it does not come along."""

from __future__ import annotations

import json
import math
from collections import Counter, OrderedDict
from enum import IntEnum
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sandbox.codec import NotPlainError, canonical, decode, encode

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters(codec=None))
    | st.binary()
)
hashable = st.recursive(scalars, lambda inner: st.tuples(inner) | st.frozensets(inner, max_size=3))
plain = st.recursive(
    hashable,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.sets(hashable, max_size=4)
    ),
)


def crossed(value: Any) -> Any:
    return decode(json.loads(json.dumps(encode(value))))


def same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and a == b


@given(plain)
def test_plain_data_crosses_unchanged(value: Any) -> None:
    assert same(crossed(value), value)
    assert canonical(crossed(value)) == canonical(value)


def test_floats_that_json_has_no_word_for() -> None:
    assert math.isnan(crossed(float("nan")))
    assert crossed([math.inf, -math.inf]) == [math.inf, -math.inf]
    assert math.copysign(1, crossed(-0.0)) == -1


def test_large_numbers_cross() -> None:
    assert crossed(7**100_000) == 7**100_000
    assert crossed(range(0, 2**70, 3)) == range(0, 2**70, 3)


class Colour(IntEnum):
    RED = 3


class Pair(NamedTuple):
    a: int
    b: int


class Everything(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


def test_subclasses_cross_as_what_they_hold() -> None:
    assert same(crossed(Pair(1, Colour.RED)), (1, 3))
    assert same(crossed(Counter("aab")), {"a": 2, "b": 1})
    assert same(crossed(OrderedDict(x=[Everything(5)])), {"x": [5]})
    assert crossed(Everything(5)) != 6


@pytest.mark.parametrize("value", [object(), iter([]), len, [print], {1: {2: lambda: 0}}, type])
def test_other_things_do_not_cross(value: Any) -> None:
    with pytest.raises(NotPlainError):
        encode(value)


def test_what_is_nested_too_deeply_does_not_cross() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NotPlainError, match="deep"):
        encode(deep)
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(NotPlainError):
        encode(endless)


def test_canonical_forms_do_not_know_how_a_value_came_about() -> None:
    assert canonical({2: 1, 1: 2}) == canonical({1: 2, 2: 1})
    assert canonical({8, 1, 16}) == canonical({16, 8, 1})
    assert canonical([1]) != canonical((1,))
    assert canonical(1) != canonical(1.0)
    assert canonical("1") != canonical(1)
