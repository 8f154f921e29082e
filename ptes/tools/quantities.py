"""Numbers as a calculator holds them: exact fractions wherever they can be, bounded in size.

Only roots, powers with fractions as exponents, and functions of them, are floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

Number = Fraction | float

LARGEST_BITS = 4096
"""Most bits of a numerator or denominator: more than a thousand digits are nobody's answer."""
DIGITS = 12
"""Significant digits shown of a number that no short decimal writes exactly."""


class ArithmeticSyntaxError(ValueError):
    """What is wrong with an expression, in words for the model."""


def shown(value: Number) -> str:
    """A number as an answer writes it: `12`, `0.25`, `0.333333333333`."""
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if value.denominator == 1:
        return str(value.numerator)
    left = value.denominator
    for prime in (2, 5):
        while left % prime == 0:
            left //= prime
    if left == 1 and value.denominator < 10**DIGITS:
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        if Fraction(exact) == value:
            return f"{exact:f}"
    return f"{_float(value):.{DIGITS}g}"


def power(base: Number, exponent: Number) -> Number:
    """A power: exact for whole exponents, else a float.

    Raises:
        ArithmeticSyntaxError: too large, or not a real number.
    """
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        bits = max(abs(base.numerator), base.denominator).bit_length()
        if bits > 1 and (bits - 1) * abs(exponent) > LARGEST_BITS:
            raise ArithmeticSyntaxError("the number is too large")
        return Fraction(base**exponent.numerator)
    try:
        value: float | complex = _float(base) ** _float(exponent)
    except OverflowError as error:
        raise ArithmeticSyntaxError("the number is too large") from error
    if isinstance(value, complex):
        raise ArithmeticSyntaxError("it is not a real number")
    return value


def _float(value: Number) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise ArithmeticSyntaxError("the number is too large") from error


def bounded(value: Number) -> Number:
    """The number, if it is not too large to be worked on.

    Raises:
        ArithmeticSyntaxError: it is.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ArithmeticSyntaxError("the number is too large")
        return value
    if max(abs(value.numerator), value.denominator).bit_length() > LARGEST_BITS:
        raise ArithmeticSyntaxError("the number is too large")
    return value


def _root(value: Number) -> Number:
    """The square root, exact where it is a fraction."""
    if isinstance(value, Fraction) and value >= 0:
        over, under = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if Fraction(over**2, under**2) == value:
            return Fraction(over, under)
    return math.sqrt(_float(value))


def _rounded(value: Number, digits: Number = Fraction(0)) -> Number:
    places = int(digits)
    if abs(places) > 50:
        raise ValueError("no such place")
    return Fraction(round(Fraction(value), places))


OPERATORS: dict[str, Callable[[Number, Number], Number]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "x": lambda a, b: a * b,
    "of": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: Fraction(a // b),
    "%": lambda a, b: a % b,
}
CONSTANTS: dict[str, Number] = {"pi": math.pi, "e": math.e}
FUNCTIONS: dict[str, Callable[..., Number]] = {
    "sqrt": _root,
    "abs": abs,
    "min": min,
    "max": max,
    "round": _rounded,
    "floor": lambda value: Fraction(math.floor(value)),
    "ceil": lambda value: Fraction(math.ceil(value)),
    "log": lambda value, base=math.e: math.log(_float(value), _float(base)),
    "exp": lambda value: power(math.e, value),
    "sin": lambda value: math.sin(_float(value)),
    "cos": lambda value: math.cos(_float(value)),
    "tan": lambda value: math.tan(_float(value)),
}
