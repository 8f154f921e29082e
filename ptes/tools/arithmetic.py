"""Arithmetic by a parser of its own: numbers and operators, nothing else, and bounded work."""

from __future__ import annotations

import re
from fractions import Fraction

from ptes.tools.quantities import (
    CONSTANTS,
    FUNCTIONS,
    OPERATORS,
    ArithmeticSyntaxError,
    Number,
    bounded,
    power,
)

LONGEST = 1000
"""Characters of an expression."""
DEEPEST = 50
"""Brackets within brackets."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|\.\d+)"
    r"|(?P<name>[A-Za-z]+)|(?P<sign>\*\*|//|[-+*/^%(),]))"
)
_SAME = str.maketrans(
    {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "[": "(", "]": ")", "π": "pi"}
)
_MONEY = re.compile(r"[$€£_]")


def evaluate(text: str) -> Number:
    """The value of an expression: + - * / // % ^, brackets, percent, and a few functions.

    Raises:
        ArithmeticSyntaxError: it is no expression, or too large a one.
        ZeroDivisionError: it divides by zero.
    """
    if len(text) > LONGEST:
        raise ArithmeticSyntaxError("the expression is too long")
    plain = _MONEY.sub("", text.translate(_SAME)).strip().rstrip("=?").strip()
    try:
        return _Parser(_tokens(plain)).whole()
    except OverflowError as error:
        raise ArithmeticSyntaxError("the number is too large") from error


def _tokens(text: str) -> list[tuple[str, str]]:
    result, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ArithmeticSyntaxError(f"{text[place:].strip()[:20]!r} is no part of arithmetic")
        kind = str(match.lastgroup)
        result.append((kind, match[kind]))
        place = match.end()
    return result


class _Parser:
    """Recursive descent: sums of products of signed powers of numbers, brackets and functions."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def whole(self) -> Number:
        value = self._sum()
        if self._place < len(self._tokens):
            raise ArithmeticSyntaxError(f"{self._next()!r} is not expected here")
        return value

    def _next(self) -> str:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def _takes(self, *signs: str) -> str | None:
        sign = self._next()
        if sign not in signs or not sign:
            return None
        self._place += 1
        return sign

    def _sum(self) -> Number:
        value = self._product()
        while sign := self._takes("+", "-"):
            value = bounded(OPERATORS[sign](value, self._product()))
        return value

    def _product(self) -> Number:
        value = self._signed()
        while sign := self._takes("*", "/", "//", "%", "x", "X", "of"):
            value = bounded(OPERATORS[sign.lower()](value, self._signed()))
        return value

    def _signed(self) -> Number:
        negative = False
        while sign := self._takes("+", "-"):
            negative ^= sign == "-"
        value = self._power()
        return -value if negative else value

    def _power(self) -> Number:
        base = self._percent()
        if not self._takes("^", "**"):
            return base
        self._deeper()
        value = power(base, self._signed())
        self._depth -= 1
        return value

    def _percent(self) -> Number:
        value = self._atom()
        while self._next() == "%" and not self._operand_after():
            self._place += 1
            value = value / 100
        return value

    def _operand_after(self) -> bool:
        """Whether the sign at this place stands between two operands: `7 % 3`, not `7%`."""
        after = self._tokens[self._place + 1 : self._place + 2]
        if not after or after[0][1] == "of":
            return False
        return after[0][0] in ("number", "name") or after[0][1] == "("

    def _atom(self) -> Number:
        kind, text = self._tokens[self._place] if self._next() else ("", "")
        if self._takes("("):
            self._deeper()
            value = self._sum()
            self._close()
            return value
        if kind == "number":
            self._place += 1
            return bounded(Fraction(text.replace(",", "")))
        if kind == "name" and text.lower() in CONSTANTS:
            self._place += 1
            return CONSTANTS[text.lower()]
        if kind == "name" and text.lower() in FUNCTIONS:
            self._place += 1
            return self._function(text.lower())
        raise ArithmeticSyntaxError(f"{text!r} is not expected here" if text else "it is cut short")

    def _function(self, name: str) -> Number:
        if not self._takes("("):
            raise ArithmeticSyntaxError(f"{name} needs brackets")
        self._deeper()
        given = [self._sum()]
        while self._takes(","):
            given.append(self._sum())
        self._close()
        try:
            return bounded(FUNCTIONS[name](*given))
        except TypeError as error:
            raise ArithmeticSyntaxError(f"{name} cannot take {len(given)} numbers") from error
        except ArithmeticSyntaxError:
            raise
        except ValueError as error:
            raise ArithmeticSyntaxError(f"{name} has no value there") from error

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ArithmeticSyntaxError("the brackets are nested too deeply")

    def _close(self) -> None:
        self._depth -= 1
        if not self._takes(")"):
            raise ArithmeticSyntaxError("a bracket is not closed")
