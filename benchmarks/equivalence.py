r"""When two mathematical answers are the same: their common form, and math-verify's judgement.

An answer is a list of items (`1, -2`, in any order, repeated items count once), a tuple
(`(2, 3)`, in order; assignments `x = 2, y = 3` are one too), or one item. What the authors of
math-verify leave to its user is settled here: it judges item by item, the target before the
answer, may compare relations with sets, so that `x > 2` is `(2, \infty)`, and rounds to so many
significant digits rather than decimals. Lists have to agree whole: an item too many is wrong.
What it gets wrong is compared here: bases (it drops them: `2516_{10}` is not `2516_8`; digits
without their base are accepted), times of day and words.

Each judgement has so much CPU time (`harness.cpu_time`), which can be told in a main thread alone.
The harness calls slow tasks in a worker's main thread, and ends the worker where a single operation
on huge numbers does not come back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import permutations
from math import floor, log10
from typing import Any, TypeVar

from math_verify import verify

from benchmarks.answer_parts import assigned, items_of, signs_apart, tuple_of, tuple_worked_out
from benchmarks.latex import plain_latex
from benchmarks.symbolic import WORDS, based, canonical_item, clock, parsed_item, region, shown
from harness.cpu_time import OutOfCpuTimeError, within

T = TypeVar("T")

SECONDS = 5.0
"""CPU seconds of one judgement."""
LONGEST = 2000
"""Characters of an answer beyond which it is no more than its text."""
LONGEST_LIST = 8
"""Items up to which those of two lists are matched by math-verify; longer ones by their texts."""
ROUNDING = 6
"""Digits of a number in decimals that have to agree, from its first one, and at least so many
decimals (as math-verify has it)."""


def canonical_math(text: str) -> str:
    """The answer's common form: exact numbers, items of a list in alphabetical order."""
    plain = tuple_worked_out(plain_latex(text[:LONGEST]))
    return _limited(lambda: _canonical(plain)) or "".join(plain.split())


def grade_math(target: str, answer: str) -> bool:
    """Whether the answer is the target, in another form or in the same."""
    if canonical_math(target) == canonical_math(answer):
        return True
    gold, given = (tuple_worked_out(plain_latex(said[:LONGEST])) for said in (target, answer))
    if not gold or not given:
        return False
    return bool(_limited(lambda: _same(gold, given)))


def _canonical(plain: str) -> str:
    inside = tuple_of(plain)
    if inside is not None:
        return f"{plain[0]}{', '.join(map(_canonical, inside))}{plain[-1]}"
    items = items_of(plain)
    if len(items) == 1:
        return canonical_item(items[0])
    values = assigned(items)
    if values is not None:
        return f"({', '.join(_canonical(value) for _, value in sorted(values.items()))})"
    where = region(plain)
    if where is not None:
        return shown(where)
    return ", ".join(sorted({part for each in items for part in _parts(each)}))


def _parts(item: str) -> list[str]:
    """Canonical forms of what an item stands for: two with a plus-minus sign, else one."""
    return canonical_item(item).split(", ") if "\\pm" in item else [_canonical(item)]


def _same(gold: str, given: str) -> bool:
    one, other = tuple_of(gold), tuple_of(given)
    if one is not None and other is not None:
        closed = (gold[0] + gold[-1]) == (given[0] + given[-1])
        return closed and _all_same(one, other)
    if one is not None:
        return _same_as_tuple(one, gold, given)
    if other is not None:
        return _same_as_tuple(other, given, gold)
    ours, theirs = items_of(gold), items_of(given)
    if len(ours) == len(theirs) == 1 and "\\pm" not in gold + given:
        return _same_item(ours[0], theirs[0])
    left, right = region(gold), region(given)
    if left is not None and right is not None:
        return bool(left == right)
    return _same_list(ours, theirs)


def _same_list(ours: list[str], theirs: list[str]) -> bool:
    left, right = _distinct(ours), _distinct(theirs)
    if len(left) != len(right) or len(left) > LONGEST_LIST:
        return False
    return any(_all_same(left, list(order)) for order in _orders(left, right))


def _orders(ours: list[str], theirs: list[str]) -> Iterator[list[str]]:
    """Orders to try: those of equal canonical forms first, then all of a short list."""
    places = sorted(range(len(ours)), key=lambda place: canonical_item(ours[place]))
    ranked = sorted(theirs, key=canonical_item)
    yield [each for _, each in sorted(zip(places, ranked, strict=True))]
    if len(ours) <= 4:
        yield from map(list, permutations(theirs))


def _same_as_tuple(inside: list[str], bracketed: str, bare: str) -> bool:
    """Whether items without brackets, or assignments, are a tuple; or an inequality an interval."""
    items = items_of(bare)
    if len(items) != len(inside):
        left, right = region(bracketed), region(bare)
        return left is not None and bool(left == right)
    values = assigned(items)
    if values is None:
        return _all_same(inside, items)
    in_order = [value for _, value in sorted(values.items())]
    return _all_same(inside, in_order) or _all_same(inside, list(values.values()))


def _all_same(ours: list[str], theirs: list[str]) -> bool:
    return len(ours) == len(theirs) and all(
        _same(one, other) for one, other in zip(ours, theirs, strict=True)
    )


def _same_item(gold: str, given: str) -> bool:
    if canonical_item(gold) == canonical_item(given):
        return True
    if based(gold) or clock(gold) or based(given) or clock(given):
        return _same_but_for_its_mark(gold, given)
    if WORDS.fullmatch(gold) or WORDS.fullmatch(given):
        return _same_words(gold.lower(), given.lower())
    if re.fullmatch(r"[A-Z]", gold) and re.match(rf"\(?{gold}[).:]", given):
        return True  # an option's letter before what it says
    left, right = parsed_item(gold), parsed_item(given)
    if left is None or right is None:
        return False
    return bool(
        verify(left, right, _decimals(left), allow_set_relation_comp=True, timeout_seconds=None)
    )


def _decimals(value: Any) -> int:
    """Decimals to round to, so that small numbers keep as many digits as others."""
    if not getattr(value, "is_number", False) or not value.is_real or not value:
        return ROUNDING
    return max(ROUNDING, ROUNDING - 1 - floor(log10(abs(float(value)))))


def _same_but_for_its_mark(gold: str, given: str) -> bool:
    """Digits without the base that is wanted, times without a.m. or p.m., either side of a sum."""
    if any(canonical_item(gold) == canonical_item(side.strip()) for side in given.split("=")):
        return True
    wanted = based(gold) or clock(gold)
    if wanted is None or "_" in given:
        return False
    bare = wanted.split("_")[0].split(" ")[0]
    return given.upper() == bare or canonical_item(given) in (bare, bare.removesuffix(":00"))


def _same_words(gold: str, given: str) -> bool:
    """Whether the answer is the word that is wanted, and what it says of it is no other choice."""
    if "".join(gold.split()) == "".join(given.split()):
        return True
    rest = given.removeprefix(gold + " ") if len(gold) > 1 else given
    return rest != given and not re.match(r"(?:or|and|nor|but|not)\b", rest)


def _distinct(items: list[str]) -> list[str]:
    """The items without those that say again what another said, a plus-minus sign taken apart."""
    kept: dict[str, str] = {}
    for item in items:
        for each in signs_apart(item):
            kept.setdefault(canonical_item(each), each)
    values: list[str] = []
    for each in kept.values():
        known = len(kept) <= LONGEST_LIST and any(
            _same_item(other, each) or _same_item(each, other) for other in values
        )
        if not known:
            values.append(each)
    return values


def _limited(function: Callable[[], T]) -> T | None:
    try:
        return within(SECONDS, function)
    except (OutOfCpuTimeError, Exception):  # sympy raises errors of every class on odd input
        return None
