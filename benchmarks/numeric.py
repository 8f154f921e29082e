"""Answers that are numbers: the one rule that reads them and the form in which they are equal.

A line is read up to its end. If it opens with a sum (`3 + 4 = 7`), the number after the last equals
sign counts, else the first number. Currency signs and thousands commas are dropped, fractions
and mixed numbers are read, number words are not. A unit, also a percent sign, is ignored.
"""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from fractions import Fraction

_DECIMAL = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
NUMBER = re.compile(
    rf"(?P<sign>(?<![\w)\]])[-−–])?[$£€(\\]*"
    rf"(?:(?P<whole>[0-9]+)\x20(?=[0-9]+/[0-9]))?"
    rf"(?P<number>{_DECIMAL})(?:\s?/\s?(?P<divisor>[0-9]+))?"
)
_SUM = re.compile(r"[\s:(]*(?:[-−+*/×÷x%().,$\s0-9]+=)+")

EXACT_DIGITS = 30
"""Fractions written with more digits are compared as they are written."""


def first_line(text: str) -> str:
    """The first line with anything on it, without white space around it."""
    return text.strip().split("\n", 1)[0].strip()


def after_sum(line: str) -> str:
    """What follows the last equals sign of a sum that opens the line; the line where none does."""
    opening = _SUM.match(line)
    if opening and NUMBER.search(line, opening.end()):
        return line[opening.end() :]
    return line


def extract_number(text: str) -> str | None:
    """The number in an answer, without currency and commas (`-1000`, `2.50`, `3/4`, `2 1/2`)."""
    result = NUMBER.search(after_sum(first_line(text)))
    return _written(result) if result else None


def canonical_number(text: str) -> str:
    """The shortest decimal, or a reduced fraction where there is none; other text in lower case."""
    result = NUMBER.search(text)
    if not result:
        return " ".join(text.split()).casefold()
    sign = "-" if result["sign"] else ""
    number = result["number"].replace(",", "")
    if result["divisor"] is None:
        return _signed(sign, _shortest(number))
    return _signed(sign, _quotient(result["whole"] or "0", number, result["divisor"]))


def _written(result: re.Match[str]) -> str:
    whole = f"{result['whole']} " if result["whole"] else ""
    divisor = f"/{result['divisor']}" if result["divisor"] else ""
    sign = "-" if result["sign"] else ""
    return f"{sign}{whole}{result['number'].replace(',', '')}{divisor}"


def _signed(sign: str, value: str) -> str:
    return value if value == "0" else sign + value


def _shortest(number: str) -> str:
    # On the text, not on a number: exact for any length.
    whole, _, decimals = number.partition(".")
    decimals = decimals.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


def _quotient(whole: str, number: str, divisor: str) -> str:
    divisor = divisor.lstrip("0")
    if not divisor or len(whole + number + divisor) > EXACT_DIGITS:
        lead = "" if whole == "0" else f"{whole} "
        return f"{lead}{_shortest(number)}/{divisor or 0}"
    value = int(whole) + Fraction(number) / int(divisor)
    return _decimal(value) or f"{value.numerator}/{value.denominator}"


def _decimal(value: Fraction) -> str | None:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return None
    with localcontext(prec=200):  # enough for every divisor of EXACT_DIGITS digits
        return _shortest(format(Decimal(value.numerator) / Decimal(value.denominator), "f"))
