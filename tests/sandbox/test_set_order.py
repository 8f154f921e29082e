"""A set that crosses between a program and its tests comes in the order that it had."""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Iterator
from itertools import permutations
from random import Random
from typing import Any

import pytest

from harness.sandbox.codec import decode, encode
from harness.sandbox.set_order import arranged, places, refill
from tests.sandbox.conftest import Box


def crossed(value: Any) -> Any:
    return decode(json.loads(json.dumps(encode(value))))


def histories(random: Random) -> Iterator[Any]:
    """Sets as programs come by them."""
    size = random.choice([1, 2, 3, 4, 5, 6, 8, 12, 20, 40, 100])
    kinds: list[list[Any]] = [
        [random.randrange(10 * size + 1) for _ in range(size)],
        [random.randrange(3 * size + 1) * 8 for _ in range(size)],
        [random.choice("abcdefgh") * random.randrange(1, 4) for _ in range(size)],
        [(random.randrange(5), random.randrange(20)) for _ in range(size)],
        [random.choice([-1, -2, 0, 1.5, None, True, "x", 10**20]) for _ in range(size)],
        [random.randrange(-size, size) * random.choice([1, 16]) for _ in range(size)],
    ]
    items, others = random.sample(kinds, 2)
    yield set(items)
    yield set(items).copy()
    yield set(dict.fromkeys(items))
    yield {each for each in items if random.random() < 0.7}
    yield set(items) | set(others)
    yield set(items) - set(others)
    yield set(items) & {*items[:3], *others}
    grown = set(items)
    grown.update(others)
    grown.difference_update(items[: len(items) // 2])
    yield grown
    yield frozenset(set(items))


def test_sets_of_all_histories_keep_their_order_and_room() -> None:
    random = Random(7)
    total = other = 0
    for _ in range(300):
        for held in histories(random):
            total += 1
            again = crossed(held)
            assert (type(again), again) == (type(held), held)
            other += (list(again), places(again)) != (list(held), places(held))
            filled: set[Any] = {"what was there before"}
            refill(filled, set(held))
            assert filled == held
    # Tables that are crowded with what was taken out: 1 to 7 of 2,700, as the hashes fall.
    assert other / total < 0.01


@pytest.mark.parametrize("kind", [set, frozenset])
def test_whatever_order_a_small_set_was_made_in_is_kept(kind: type[Any]) -> None:
    for items in ([0, 8, 16, 24], [1, 9, 3, 17], [7, 15, 23], [-1, -2, 6, 7], [3, 11, 19, 27]):
        for order in permutations(items):
            held = kind(order)
            assert list(crossed(held)) == list(held)
        for order in permutations([*items, 40]):
            held = kind(order)
            assert list(crossed(held)) == list(held)


def test_what_was_taken_out_leaves_its_mark() -> None:
    for order in permutations([0, 8, 16, 24]):
        for gone in order:
            held = set(order)
            held.discard(gone)
            assert list(crossed(held)) == list(held)


def test_what_is_put_in_later_comes_as_in_one_process() -> None:
    random = Random(3)
    for _ in range(200):
        held = {random.randrange(200) for _ in range(random.randrange(40))}
        again = crossed(held)
        more = [random.randrange(200) for _ in range(30)]
        held.update(more)
        again.update(more)
        assert list(again) == list(held)


class Tagged(set):  # type: ignore[type-arg]
    """Has a mind of its own."""

    def __iter__(self) -> Iterator[Any]:
        return iter(["forged"])


def test_nested_sets_and_kinds_of_dicts_keep_their_order() -> None:
    order = OrderedDict.fromkeys("abc")
    order.move_to_end("a")
    held = [{"x": {24, 16, 8}}, (frozenset([16, 8, 0]), {frozenset([8, 0]): [{9, 1}]}), order]
    again = crossed(held)
    assert [*again[0]["x"]] == [*held[0]["x"]]  # type: ignore[index]
    assert repr(again[1]) == repr(held[1])
    assert list(again[2]) == ["b", "c", "a"]
    assert list(crossed(Counter("cab"))) == ["c", "a", "b"]
    tagged = Tagged([16, 8, 0])
    assert (type(crossed(tagged)), list(crossed(tagged))) == (set, list(set.__iter__(tagged)))


@pytest.mark.parametrize("size", [0, -8, 3, 12, 1 << 40])
def test_a_forged_size_is_harmless(size: int) -> None:
    assert arranged(set, [1, 2, 3], size) == {1, 2, 3}
    assert arranged(frozenset, [], size) == frozenset()


@pytest.mark.parametrize(
    "code",
    [
        "def f(xs):\n    return set(xs)",
        "def f(xs):\n    return frozenset(xs)",
        "def f(xs):\n    s = set(xs) | {99}\n    s.discard(99)\n    return s",
        "def f(xs):\n    return {str(x) for x in xs}",
        "def f(xs):\n    return {x: {x, 8, 0} for x in set(xs)}",
    ],
)
def test_a_test_sees_the_tuple_that_it_would_see_in_one_process(box: Box, code: str) -> None:
    """The tests compute the right order in their own process, which has the program's hashes."""
    own = code.replace("def f(", "def own(")
    for xs in (
        [16, 8, 0],
        [0, 8, 16],
        [24, 3, 11, 16, 40, 8],
        ["b", "a", "c"],
        list(range(50, 9, -3)),
    ):
        same = f"assert repr(f({xs})) == repr(own({xs})), repr(f({xs}))"
        tuples = f"assert tuple(f({xs})) == tuple(own({xs}))"
        outcome = box.check(code, same, tuples, setup=own)
        assert outcome.passed, outcome.detail


def test_a_set_that_a_program_is_given_has_the_order_of_the_tests(box: Box) -> None:
    code = "def f(s):\n    return list(s)"
    for xs in ([16, 8, 0], [0, 8, 16], ["b", "a"]):
        assert box.check(code, f"s = set({xs})\nassert f(s) == list(s)").passed


def test_a_set_that_a_program_changes_has_the_order_that_it_left(box: Box) -> None:
    code = "def f(s):\n    s.add(0)\n    s.add(24)\n    s.discard(8)"
    asserts = (
        "s, t = {16, 8}, {16, 8}\nf(s)\nt.add(0)\nt.add(24)\nt.discard(8)\n"
        "assert list(s) == list(t), list(s)"
    )
    outcome = box.check(code, asserts)
    assert outcome.passed, outcome.detail


def test_a_set_that_a_program_leaves_alone_is_left_alone(box: Box) -> None:
    asserts = "s = {16, 8, 0}\nbefore = list(s)\nassert f(s) == 3\nassert list(s) == before"
    assert box.check("def f(s):\n    return len(s)", asserts).passed
