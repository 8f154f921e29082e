r"""One item of an answer as an expression, by math-verify, and as the text that equal items share.

math-verify gets the whole item between dollars and nothing else to look through. Units and boxes
are gone by then (`latex.plain_latex`), so its own search for them, which would take a later number
for the answer, is off.

What could take for ever, or so long that a busy machine decides, is compared as text: it is known
by its looks, so that an item's text is the same on every machine.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from math import comb
from typing import Any

import sympy
from latex2sympy2_extended.latex2sympy2 import NormalizationConfig
from latex2sympy2_extended.logic import And
from math_verify import LatexExtractionConfig, parse
from math_verify.grader import unwrap_fcs

from benchmarks.answer_parts import items_of
from benchmarks.number_words import words_as_digits
from benchmarks.numeric import canonical_number

_LATEX = LatexExtractionConfig(
    boxed_match_priority=-1,
    normalization_config=NormalizationConfig(
        basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none"
    ),
)
WORDS = re.compile(r"[A-Za-z][A-Za-z'’-]+(?: [A-Za-z0-9'’-]+)*")
_ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\w)", re.I)
_NUMBER = re.compile(r"-?(?:[0-9]+)?(?:\.[0-9]+)?(?:/[0-9]+)?")
_BASED = re.compile(
    r"[({\[]?(-?[0-9A-Fa-f.]*[0-9][0-9A-Fa-f.]*)[)}\]]?\s*_\s*\{?\s*([0-9]{1,2})\s*\}?"
)
_CLOCK = re.compile(r"0?([0-9]{1,2}):([0-9]{2})(?::00)? ?([ap]m)?|0?([0-9]{1,2}) ?([ap]m)")
_EQUALS = re.compile(r"(?<![<>!=\\])=(?!=)")
_INEQUALITY = re.compile(r"[<>]|\\(?:leq?|geq?|neq?)(?![A-Za-z])")
_SET = re.compile(r"[<>]|\\(?:leq?|geq?|neq?|cup|infty)(?![A-Za-z])")
_EXPONENT = re.compile(r"\^\s*\{?\s*-?([0-9]{2,})")
# Towers of powers, large powers (`1E9999999` too) and factorials, sums without end in sight, very
# long text.
_COSTLY = re.compile(
    r"\^\s*-?[0-9]+\s*\^|\^\s*\{\s*-?[0-9(][^{}]*\^|\^\s*\{?\s*-?[0-9]{4,}"
    r"|[)}]\s*\^\s*\{?\s*[0-9]{3,}|[0-9]{4,}\s*[)}]*!|!\s*[)}\]]*\s*!|\^[^!]*!|![^^]*\^"
    r"|[0-9.]\s*[eE]\s*[-+]?\s*[0-9]{4,}|\\(?:sum|prod|int|lim)\b|\\[dt]?binom[^0-9]*[0-9]{4,}|(?:[({\[]\s*){12}|^.{300}",
    re.S,
)
MOST_TERMS = 500
"""Terms up to which products are multiplied out."""
logging.getLogger("math_verify").setLevel(logging.ERROR)  # warns of every limit that is not its own


def canonical_item(item: str) -> str:
    """The item's text: exact numbers, reduced and multiplied out; what cannot be read, as it is."""
    short = based(item) or clock(item)
    if short is not None:
        return canonical_number(short[:-3]) if short.endswith("_10") else short
    if _NUMBER.fullmatch(item) and item:
        return canonical_number(item)
    if WORDS.fullmatch(item) or len(item) == 1:
        number, _, unit = words_as_digits(item.lower()).partition(" ")
        counted = _NUMBER.fullmatch(number) and re.fullmatch(r"[a-z ]*", unit)
        return canonical_number(number) if counted else _ARTICLE.sub("", item).lower()
    value = _value(item)
    parsed = parsed_item(item)
    if parsed is None:
        return "".join(item.split())
    return shown(in_one_form(parsed)) if value == item else canonical_item(value)


def _value(item: str) -> str:
    """What the item comes to: the last side of a sum or chain, the value of a variable."""
    if _INEQUALITY.search(item):
        return item
    sides = [side.strip() for side in _EQUALS.split(item)]
    if len(sides) < 2 or not all(sides):
        return item
    worked_out = len(sides) > 2 or not re.search(r"(?<!\\)[A-Za-z]", sides[0])
    return sides[-1] if worked_out else item


def based(item: str) -> str | None:
    """Digits with their base (`2516_8`); None for anything else."""
    found = _BASED.fullmatch(item)
    return (
        f"{found[1].upper().lstrip('0') or '0'}_{found[2]}" if found and int(found[2]) > 1 else None
    )


def clock(item: str) -> str | None:
    """A time of day with a.m. or p.m.; None for anything else."""
    found = _CLOCK.fullmatch(item.lower().replace(".", ""))
    if not found or not (found[3] or found[5]):
        return None
    return f"{found[1] or found[4]}:{found[2] or '00'} {found[3] or found[5]}"


@lru_cache(maxsize=256)
def parsed_item(item: str) -> Any:
    """The item as math-verify reads it; None where it cannot, or could take for ever."""
    if not item or _costly(item):
        return None
    found = parse(f"${item}$", [_LATEX], "no_fallback", "first_match", parsing_timeout=None)
    return found[0] if found else None


def _costly(item: str) -> bool:
    size = 1
    for exponent in _EXPONENT.findall(item):
        size *= int(exponent) if int(exponent) >= 20 else 1
    return size > 1_000_000 or bool(_COSTLY.search(item))


def region(plain: str) -> Any:
    """The set in which an inequality, or several joined by `and` or `or`, holds; None if none."""
    items = items_of(plain)
    if not all(_SET.search(item) for item in items):
        return None
    sets = [_as_set(parsed_item(item)) for item in items]
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
    relation = unwrap_fcs(parsed)
    if not _soon_solved(relation):
        return None
    found = relation.as_set()
    return sympy.Interval(-sympy.oo, sympy.oo) if found is sympy.S.UniversalSet else found


def _soon_solved(relation: Any) -> bool:
    """Whether an inequality is linear, quadratic or of absolute values: others can take minutes."""
    parts = [part for part in sympy.preorder_traversal(relation) if part.free_symbols]
    powers = [part.exp for part in parts if isinstance(part, sympy.Pow)]
    called = [part for part in parts if isinstance(part, sympy.Function)]
    return all(power == 2 for power in powers) and all(isinstance(f, sympy.Abs) for f in called)


def in_one_form(parsed: Any) -> Any:
    """The expression worked out: a variable's value alone, an inequality's set, exact numbers."""
    if isinstance(parsed, sympy.Equality) and isinstance(parsed.lhs, sympy.Symbol):
        # x = 5 answers the same question as 5 does.
        parsed = parsed.rhs
    found = _as_set(parsed)
    if found is not None:
        return found
    if isinstance(parsed, And):  # which latex2sympy cannot work out
        return parsed
    parsed = parsed.doit()
    if isinstance(parsed, sympy.Float):
        parsed = sympy.nsimplify(parsed, rational=True)
    if isinstance(parsed, sympy.Expr) and _terms(parsed) <= MOST_TERMS:
        return sympy.expand(parsed)
    return parsed


def _terms(value: Any) -> int:
    """How many terms the expression has once multiplied out, at most."""
    if isinstance(value, sympy.Add):
        return sum(map(_terms, value.args))
    if isinstance(value, sympy.Pow) and value.exp.is_Integer:
        terms = _terms(value.base)
        return comb(abs(int(value.exp)) + terms - 1, terms - 1)
    size = 1
    for each in value.args:
        size *= _terms(each)
    return size


def shown(value: Any) -> str:
    """An expression's text; lists in the order of their texts."""
    if isinstance(value, sympy.Interval):
        ends = ", ".join(shown(in_one_form(end)) for end in (value.start, value.end))
        return f"{'(' if value.left_open else '['}{ends}{')' if value.right_open else ']'}"
    if isinstance(value, sympy.Union):
        return " U ".join(sorted(map(shown, value.args)))
    if isinstance(value, sympy.FiniteSet):
        return ", ".join(sorted(shown(in_one_form(each)) for each in value.args))
    text = str(value)
    return canonical_number(text) if isinstance(value, sympy.Rational) else text
