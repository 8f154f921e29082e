"""The calculator's parser: right, exact, bounded, and never Python."""

from __future__ import annotations

import time
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptes.tools.arithmetic import evaluate
from ptes.tools.quantities import ArithmeticSyntaxError, shown


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3 * (4 + 5)", "27"),
        ("2 + 3 * 4", "14"),
        ("10 - 4 - 3", "3"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "0.333333333333"),
        ("1 / 3 * 3", "1"),
        ("7 // 2", "3"),
        ("7 % 4", "3"),
        ("15%", "0.15"),
        ("15% of 80", "12"),
        ("80 * 15%", "12"),
        ("5% + 1", "1.05"),
        ("1,234,567 + 1", "1234568"),
        ("$1,200.50 * 2", "2401"),
        ("-2 ^ 2", "-4"),
        ("2 ^ -2", "0.25"),
        ("2 ^ 3 ^ 2", "512"),
        ("(-2) ** 3", "-8"),
        ("3 × 4 ÷ 2 − 1", "5"),
        ("3 x 4", "12"),
        ("12 * 12 =", "144"),
        ("sqrt(2.25)", "1.5"),
        ("sqrt(2)", "1.41421356237"),
        ("max(3, 5, 4) - min(2, 1)", "4"),
        ("round(2.345, 2)", "2.34"),
        ("floor(-1.5)", "-2"),
        ("log(8, 2)", "3"),
        (".5 + 2.", "2.5"),
        ("1.5e3", "1500"),
        ("2 * pi", "6.28318530718"),
        ("--3", "3"),
    ],
)
def test_expressions_come_to_their_values(text: str, value: str) -> None:
    assert shown(evaluate(text)) == value


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "cut short"),
        ("3 +", "cut short"),
        ("(3", "not closed"),
        ("3)", "not expected"),
        ("3 4", "not expected"),
        ("apples + 3", "not expected"),
        ("__import__('os')", "no part of arithmetic"),
        ("(1).__class__", "no part of arithmetic"),
        ("9 ^ 9 ^ 9", "too large"),
        ("2 ^ 100000", "too large"),
        ("0.5 ^ 100000", "too large"),
        ("exp(100000)", "too large"),
        ("10 ^ 400 + 0.5 ^ 0.5", "too large"),
        ("(-8) ^ 0.5", "not a real number"),
        ("sqrt(-1)", "no value there"),
        ("log(0)", "no value there"),
        ("sqrt(1, 2)", "cannot take 2"),
        ("(" * 60 + "1" + ")" * 60, "too deeply"),
        ("2 ^ " * 60 + "1", "too deeply"),
        ("1 + " * 400 + "1", "too long"),
        ("1" * 1500, "too long"),
    ],
)
def test_what_is_no_expression_or_too_large_is_told(text: str, complaint: str) -> None:
    with pytest.raises(ArithmeticSyntaxError, match=complaint):
        evaluate(text)


def test_division_by_zero_is_itself() -> None:
    for text in ("1 / 0", "1 % 0", "0 ^ -1", "1 / (2 - 2.0)"):
        with pytest.raises(ZeroDivisionError):
            evaluate(text)


@given(st.text(alphabet="0123456789+-*/^%().,x eE", max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_answered_at_once(text: str) -> None:
    start = time.process_time()
    with suppress(ArithmeticSyntaxError, ZeroDivisionError):
        shown(evaluate(text))
    assert time.process_time() - start < 1.0


@given(st.lists(st.integers(-999, 999), min_size=1, max_size=6), st.data())
@settings(max_examples=100, deadline=None)
def test_it_agrees_with_exact_fractions(numbers: list[int], data: st.DataObject) -> None:
    text, value = f"({numbers[0]})", Fraction(numbers[0])
    for number in numbers[1:]:
        sign = data.draw(st.sampled_from("+-*"))
        text = f"({text} {sign} {number})"
        value = {"+": value + number, "-": value - number, "*": value * number}[sign]
    assert evaluate(text) == value
