"""Sets whose elements come in the order in which they came on the other side.

A set gives its elements by their places in a table: by their hashes, the size of the table, and who
was there first. Hashes are alike on both sides, which are forks of one process. So a set crosses as
its elements in order with the size of its table, and is built here to the same order. What was
taken out of it is not known, and matters to elements that are put in later alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import permutations
from typing import Any

SMALLEST = 8
"""Places of the smallest table."""
_ENTRY = struct.calcsize("Pn")
_NEIGHBOURS = 9
"""Places that are tried right after one that is taken (CPython's `LINEAR_PROBES`)."""
_SHIFT = 5
_FURTHEST = 40
"""Places that are tried for one element."""
_MOST = 20_000
"""Elements of a set that is laid out place by place; a larger one that comes out otherwise stays
so."""
_ROOM = 5
"""Keys of a dict from which on room is made for all of them."""
_GROWN = 32
"""Places of a table that began as the smallest and has grown once."""
_WORD = (1 << 64) - 1

AnySet = set[Any] | frozenset[Any]


def places(held: AnySet) -> int:
    """Places in a set's table."""
    kind: Any = set if isinstance(held, set) else frozenset
    beyond = int(kind.__sizeof__(held)) - type(held).__basicsize__
    return beyond // _ENTRY or SMALLEST


def arranged(kind: type[Any], items: Sequence[Any], size: int) -> Any:
    """A set or frozenset of these elements that gives them in this order.

    Args:
        kind: `set` or `frozenset`.
        items: the elements in order.
        size: places in its table, a power of two.
    """
    fallback = None
    for made in _attempts(kind, items, size):
        if _same(made, items):
            if places(made) == size:
                return made
            fallback = made if fallback is None else fallback
    return kind(items) if fallback is None else fallback


def refill(held: set[Any], now: set[Any]) -> None:
    """Give a set the elements of another one, in that one's order."""
    items, size = list(now), places(now)
    held.clear()
    for steps, spare in _ways(items, size):
        for step in steps:
            held.update(step)
        for each in spare:
            held.discard(each)
        if _same(held, items) and places(held) == size:
            return
        held.clear()
    held.update(now)


def _attempts(kind: type[Any], items: Sequence[Any], size: int) -> Iterator[Any]:
    yield kind(items)
    for steps, spare in _ways(items, size):
        if spare and kind is frozenset:
            continue
        made = kind().union(*steps)
        for each in spare:
            made.discard(each)
        yield made


Way = tuple[list[Iterable[Any]], Sequence[int]]
"""What is put in, step by step, and numbers among it that are taken out at the end."""


def _ways(items: Sequence[Any], size: int) -> Iterator[Way]:
    """Ways to fill an empty set that may give this order, the usual ones first.

    A dict that is put in makes room for all of its keys at once; elements one by one make the table
    four times as large whenever it is 3/5 full.
    """
    if len(items) > _MOST or size & (size - 1) or size > max(1024, 64 * len(items)):
        yield [items], ()
        yield [dict.fromkeys(items)], ()
        return
    for order in (items, items[::-1]):
        yield [order], ()
        yield [dict.fromkeys(order)], ()
    laid = _laid_out(items, size)
    if laid is None:
        return
    order, spare = laid
    if not spare:
        yield [order], ()
        yield [dict.fromkeys(order)], ()
        if size == _GROWN:  # the table has grown once, by what its first five were in it
            for first in permutations(order[:5]):
                yield [(*first, *order[5:])], ()
    yield _roomy(items, order, spare, size)


def _roomy(items: Sequence[Any], order: Sequence[Any], spare: Sequence[int], size: int) -> Way:
    """In this order into a table that has its final size from the start."""
    filled, numbers = list(order), list(spare)
    if size == SMALLEST:
        return [filled], numbers
    taken = {each for each in items if isinstance(each, int | float | complex)} | set(spare)
    number = 1
    while len(filled) < max(_ROOM, size // 4):  # numbers that come last are in nobody's way
        if number not in taken:
            filled.append(number)
            numbers.append(number)
        number += 1
    first = min(len(filled), max(size // 2 - 1, 0))
    return [dict.fromkeys(filled[:first]), filled[first:]], numbers


def _laid_out(items: Sequence[Any], size: int) -> tuple[list[Any], list[int]] | None:
    """An order in which the elements end at ascending places of a table; None where there is none.

    Where an element has to find a place taken that no other element takes, a number is put there
    first, to be taken out again.
    """
    chosen = _places(items, size)
    if chosen is None:
        return None
    owner = {place: n for n, (place, _) in enumerate(chosen)}
    before: dict[Any, set[Any]] = {}
    spare: dict[int, int] = {}
    taken = {each for each in items if isinstance(each, int | float | complex)}
    for n, (_, passed) in enumerate(chosen):
        before[n] = set()
        for place in passed:
            if place not in owner and place not in spare:
                spare[place] = _number(place, size, taken)
                before[("spare", place)] = set()
            before[n].add(owner.get(place, ("spare", place)))
    try:
        order: list[Any] = list(TopologicalSorter(before).static_order())
    except CycleError:
        return None
    # What no other meets comes first: it is in nobody's way while the table grows.
    met = {each for those in before.values() for each in those}
    order.sort(key=lambda each: bool(each in met or before[each]))
    filled = [spare[each[1]] if isinstance(each, tuple) else items[each] for each in order]
    return filled, list(spare.values())


def _number(place: int, size: int, taken: set[Any]) -> int:
    """A number whose place in an empty table this is, and which is no element."""
    number = place + size
    while number in taken:
        number += size
    taken.add(number)
    return number


def _places(items: Sequence[Any], size: int) -> list[tuple[int, tuple[int, ...]]] | None:
    """Ascending places for the elements, each with the places that it found taken, as few as can
    be; None where there are none."""
    best: list[tuple[int, int, int]] = [(-1, 0, -1)]
    layers: list[list[tuple[int, int, int]]] = [best]
    tried: list[list[int]] = []
    for item in items:
        path = list(_path(hash(item), size))
        tried.append(path)
        layer: list[tuple[int, int, int]] = []
        for depth, place in enumerate(path):
            fits = [
                (cost + depth, n) for n, (last, cost, _) in enumerate(layers[-1]) if last < place
            ]
            if fits:
                cost, parent = min(fits)
                layer.append((place, cost, parent))
        if not layer:
            return None
        layers.append(layer)
    at = min(range(len(layers[-1])), key=lambda n: layers[-1][n][1])
    result = []
    for layer, path in zip(reversed(layers[1:]), reversed(tried), strict=True):
        place, _, parent = layer[at]
        result.append((place, tuple(path[: path.index(place)])))
        at = parent
    return result[::-1]


def _path(value: int, size: int) -> Iterator[int]:
    """Places that an element is tried at, in order (CPython's `set_add_entry`)."""
    mask = size - 1
    perturb = value & _WORD
    place = perturb & mask
    seen: set[int] = set()
    for _ in range(_FURTHEST):
        run = _NEIGHBOURS if place + _NEIGHBOURS <= mask else 0
        for each in range(place, place + run + 1):
            if each not in seen:
                seen.add(each)
                yield each
        if len(seen) >= min(size, _FURTHEST):
            return
        perturb >>= _SHIFT
        place = (place * 5 + 1 + perturb) & mask


def _same(made: AnySet, items: Sequence[Any]) -> bool:
    return len(made) == len(items) and all(a is b for a, b in zip(made, items, strict=True))
