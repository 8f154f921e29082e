r"""When two mathematical answers are the same: their common form, and math-verify's judgement.

An answer is a list of items (`1, -2`, in any order, repeated items count once), a tuple
(`(2, 3)`, in order; assignments `x = 2, y = 3` are one too), or one item. What the authors of
math-verify leave to its user is settled here: it gets the whole item between dollars and nothing
else to look through, the target before the answer, and may compare relations with sets, so that
`x > 2` is `(2, \infty)`. Bases, times of day and words are compared here: `2516_{10}` is not
`2516_8`; digits without their base, and times without a.m. or p.m., are accepted. Units, currency
and percent signs are dropped. Lists have to agree whole: an item too many is wrong.

Each judgement is limited in time by an alarm signal, which Python allows in a main thread alone.
The harness calls slow tasks in a worker's main thread; elsewhere there is no limit, and
expressions that could take for ever are compared as text everywhere.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from functools import cache
from itertools import permutations
from typing import Any, TypeVar

import sympy
from latex2sympy2_extended.latex2sympy2 import NormalizationConfig
from math_verify import LatexExtractionConfig, parse, verify
from math_verify.errors import TimeoutException
from math_verify.grader import unwrap_fcs
from math_verify.utils import timeout

from benchmarks.latex import items_of, plain_latex, tuple_of
from benchmarks.numeric import canonical_number

T = TypeVar("T")

SECONDS = 5
_LATEX = LatexExtractionConfig(
    boxed_match_priority=-1,
    normalization_config=NormalizationConfig(
        basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none"
    ),
)
"""The item is the formula: units are gone, a box is opened, and no other number is looked for."""
_WORDS = re.compile(r"[A-Za-z][A-Za-z'’-]+(?: [A-Za-z0-9'’-]+)*")
_NUMBER = re.compile(r"-?(?:[0-9]+)?(?:\.[0-9]+)?(?:/[0-9]+)?")
_BASED = re.compile(r"(-?[0-9A-Fa-f.]*[0-9][0-9A-Fa-f.]*)_\{?\s*([0-9]+)\s*\}?")
_CLOCK = re.compile(r"0?([0-9]{1,2}):([0-9]{2})(?::00)? ?([ap]m)?|0?([0-9]{1,2}) ?([ap]m)")
_ASSIGNED = re.compile(r"\\?([A-Za-z]+(?:_\{?\w+\}?)?)\s*=(?!=)\s*([^=<>]+)")
_EXPONENT = re.compile(r"\^\s*\{?\s*-?([0-9]{2,})")
# Towers of powers, large powers and factorials, sums without end in sight, very long text.
_COSTLY = re.compile(
    r"\^\s*-?[0-9]+\s*\^|\^\s*\{\s*-?[0-9(][^{}]*\^|\^\s*\{?\s*-?[0-9]{4,}"
    r"|[)}]\s*\^\s*\{?\s*[0-9]{3,}|[0-9]{4,}\s*[)}]*!|!\s*[)}\]]*\s*!|\^[^!]*!|![^^]*\^"
    r"|\\(?:sum|prod|int|lim)\b|\\[dt]?binom[^0-9]*[0-9]{4,}|(?:[({\[]\s*){12}|^.{300}",
    re.S,
)
logging.getLogger("math_verify").setLevel(logging.ERROR)  # warns of every limit that is not its own


def canonical_math(text: str) -> str:
    """The answer's common form: exact numbers, items of a list in alphabetical order."""
    return _limited(lambda: _canonical(plain_latex(text))) or "".join(plain_latex(text).split())


def grade_math(target: str, answer: str) -> bool:
    """Whether the answer is the target, in another form or in the same."""
    if canonical_math(target) == canonical_math(answer):
        return True
    gold, given = plain_latex(target), plain_latex(answer)
    if not gold or not given:
        return False
    return bool(_limited(lambda: _same(gold, given)))


def _canonical(plain: str) -> str:
    inside = tuple_of(plain)
    if inside is not None:
        return f"{plain[0]}{', '.join(map(_canonical, inside))}{plain[-1]}"
    items = items_of(plain)
    if len(items) == 1:
        return _canonical_item(items[0])
    values = _assignments(items)
    if values is not None:
        return f"({', '.join(map(_canonical, values))})"
    region = _region(plain)
    if region is not None:
        return _shown(region)
    return ", ".join(sorted({part for each in items for part in _parts(each)}))


def _parts(item: str) -> list[str]:
    """Canonical forms of what an item stands for: two with a plus-minus sign, else one."""
    return _canonical_item(item).split(", ") if "\\pm" in item else [_canonical(item)]


def _canonical_item(item: str) -> str:
    short = _based(item) or _clock(item)
    if short is not None:
        return short
    if _NUMBER.fullmatch(item) and item:
        return canonical_number(item)
    if _WORDS.fullmatch(item) or len(item) == 1:
        return item.lower()
    parsed = _parsed(item)
    return "".join(item.split()) if parsed is None else _shown(_in_one_form(parsed))


def _same(gold: str, given: str) -> bool:
    one, other = tuple_of(gold), tuple_of(given)
    if one is not None and other is not None:
        closed = (gold[0] + gold[-1]) == (given[0] + given[-1])
        return closed and _all_same(one, other)
    if one is not None or other is not None:
        return _same_tuple(gold, given)
    ours, theirs = _distinct(items_of(gold)), _distinct(items_of(given))
    if len(ours) == len(theirs) == 1:
        return _same_item(ours[0], theirs[0])
    left, right = _region(gold), _region(given)
    if left is not None and right is not None:
        return bool(left == right)
    if len(ours) != len(theirs) or len(ours) > 8:
        # A thousands comma and a list's are told apart by nothing but the other answer.
        return "," in gold and len(ours) == 1 and _same(", ".join(gold.split(",")), given)
    return any(_all_same(ours, list(order)) for order in _orders(ours, theirs))


def _orders(ours: list[str], theirs: list[str]) -> Any:
    """Orders to try: those of equal canonical forms first, then all of a short list."""
    key = {each: _canonical_item(each) for each in (*ours, *theirs)}
    ranked = sorted(theirs, key=key.__getitem__)
    places = sorted(range(len(ours)), key=lambda place: key[ours[place]])
    ordered = [""] * len(ours)
    for place, each in zip(places, ranked, strict=True):
        ordered[place] = each
    yield ordered
    if len(ours) <= 4:
        yield from permutations(theirs)


def _same_tuple(gold: str, given: str) -> bool:
    inside = tuple_of(gold)
    plain, inside = (given, inside) if inside is not None else (gold, tuple_of(given))
    assert inside is not None
    items = items_of(plain)
    if len(items) != len(inside):
        left, right = _region(gold), _region(given)
        return left is not None and left == right
    values = _assignments(items)
    if values is None:
        return _all_same(inside, items)
    written = [match[2] for match in map(_ASSIGNED.fullmatch, items) if match]
    return _all_same(inside, values) or _all_same(inside, written)


def _all_same(ours: list[str], theirs: list[str]) -> bool:
    return len(ours) == len(theirs) and all(
        _same(one, other) for one, other in zip(ours, theirs, strict=True)
    )


def _same_item(gold: str, given: str) -> bool:
    if _canonical_item(gold) == _canonical_item(given):
        return True
    for read in (_based, _clock):
        one, other = read(gold), read(given)
        if one is not None or other is not None:
            bare = (one or "").split("_")[0].split(" ")[0]
            return other is None and _canonical_item(given) in (bare, bare.removesuffix(":00"))
    if _WORDS.fullmatch(gold) or _WORDS.fullmatch(given):
        return _same_words(gold.lower(), given.lower())
    left, right = _parsed(gold), _parsed(given)
    if left is None or right is None:
        return False
    return bool(verify(left, right, allow_set_relation_comp=True, timeout_seconds=None))


def _same_words(gold: str, given: str) -> bool:
    """Whether the answer is the word that is wanted, and what it says of it is no other choice."""
    if "".join(gold.split()) == "".join(given.split()):
        return True
    rest = given.removeprefix(gold + " ") if len(gold) > 1 else given
    return rest != given and not re.match(r"(?:or|and|nor|but|not)\b", rest)


def _distinct(items: list[str]) -> list[str]:
    """The items without those that say again what another said, a plus-minus sign taken apart."""
    spread = [sign for each in items for sign in _both_signs(each)]
    kept: dict[str, str] = {}
    for each in spread:
        kept.setdefault(_canonical_item(each), each)
    values: list[str] = []
    for each in kept.values():
        if not any(_same_item(other, each) or _same_item(each, other) for other in values):
            values.append(each)
    return values


def _both_signs(item: str) -> list[str]:
    if item.count("\\pm") != 1:
        return [item]
    return [item.replace("\\pm", "+").lstrip("+ "), item.replace("\\pm", "-")]


def _assignments(items: list[str]) -> list[str] | None:
    """The values of different variables, in the variables' order; None if that is not it."""
    found = [_ASSIGNED.fullmatch(item) for item in items]
    named = {match[1]: match[2].strip() for match in found if match}
    if len(items) < 2 or len(named) != len(items):
        return None
    return [named[name] for name in sorted(named)]


def _region(plain: str) -> Any:
    """The set in which an inequality, or several joined by `and` or `or`, holds; None if none."""
    items = items_of(plain)
    if not all(
        re.search(r"[<>]|\\(?:leq?|geq?|neq?|lt|gt)\b|\\cup|∞|\\infty|\\ne", item) for item in items
    ):
        return None
    sets = [_as_set(_parsed(item)) for item in items]
    if any(each is None for each in sets):
        return None
    either = sympy.Union(*sets)
    if len(sets) == 1 or re.search(r"\bor\b", plain):
        return either
    both = sympy.Intersection(*sets)
    return either if both is sympy.S.EmptySet else both


def _as_set(parsed: Any) -> Any:
    if isinstance(parsed, sympy.Set):
        return parsed
    if not isinstance(parsed, (sympy.Rel, sympy.And)) or isinstance(parsed, sympy.Eq):
        return None
    if parsed.has(sympy.Eq) or len(parsed.free_symbols) != 1:
        return None
    return unwrap_fcs(parsed).as_set()


def _based(item: str) -> str | None:
    found = _BASED.fullmatch(item)
    return f"{found[1].upper()}_{found[2]}" if found and int(found[2]) > 1 else None


def _clock(item: str) -> str | None:
    found = _CLOCK.fullmatch(item.lower().replace(".", ""))
    if not found or not (found[3] or found[5]):
        return None
    return f"{found[1] or found[4]}:{found[2] or '00'} {found[3] or found[5]}"


@cache
def _costly(item: str) -> bool:
    size = 1
    for exponent in _EXPONENT.findall(item):
        size *= int(exponent) if int(exponent) >= 20 else 1
    return size > 1_000_000 or bool(_COSTLY.search(item))


def _parsed(item: str) -> Any:
    """The item as math-verify reads it; None where it cannot, or could take for ever."""
    if not item or _costly(item):
        return None
    found = parse(f"${item}$", [_LATEX], "no_fallback", "first_match", parsing_timeout=None)  # type: ignore[arg-type]
    return found[0] if found else None


def _limited(function: Callable[[], T]) -> T | None:
    seconds = SECONDS if threading.current_thread() is threading.main_thread() else None
    try:
        result: T = timeout(seconds)(function)()
    except (TimeoutException, Exception):  # sympy raises errors of every class on odd input
        return None
    return result


def _in_one_form(parsed: Any) -> Any:
    if isinstance(parsed, sympy.Equality) and isinstance(parsed.lhs, sympy.Symbol):
        # x = 5 answers the same question as 5 does.
        parsed = parsed.rhs
    region = _as_set(parsed)
    if region is not None:
        return region
    parsed = parsed.doit()
    if isinstance(parsed, sympy.Float):
        parsed = sympy.nsimplify(parsed, rational=True)
    return sympy.expand(parsed) if isinstance(parsed, sympy.Expr) else parsed


def _shown(value: Any) -> str:
    if isinstance(value, sympy.Interval):
        ends = f"{_shown(value.start)}, {_shown(value.end)}"
        return f"{'(' if value.left_open else '['}{ends}{')' if value.right_open else ']'}"
    if isinstance(value, sympy.Union):
        return " U ".join(sorted(map(_shown, value.args)))
    if isinstance(value, sympy.FiniteSet):
        return ", ".join(sorted(_shown(_in_one_form(each)) for each in value.args))
    text = str(value)
    return canonical_number(text) if isinstance(value, sympy.Rational) else text
