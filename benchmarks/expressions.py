"""Arithmetic expressions of whole numbers: read as syntax and worked out exactly, never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from fractions import Fraction

from harness.syntax import tree

SIGNS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
LONGEST = 100
"""Characters of an expression that is looked at."""
_PLAIN = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"})
_WRITTEN = re.compile(r"[\s:$]*((?:[-+*/×·÷−–()0-9 \t]|\.(?=[0-9]))+)")
_ALLOWED = re.compile(r"[-+*/()0-9 ]+")


def extract_expression(text: str) -> str | None:
    """The expression that an answer opens with, up to an equals sign or a word."""
    result = _WRITTEN.match(text)
    written = result[1].strip() if result else ""
    return written if any(map(str.isdigit, written)) else None


def canonical_expression(text: str) -> str:
    """The expression with one sort of signs and a space between its parts."""
    return " ".join(re.findall(r"[0-9.]+|\S", text.translate(_PLAIN)))


def worked_out(text: str) -> tuple[tuple[int, ...], Fraction] | None:
    """The numbers that an expression uses, in order, and its value.

    None for what is no expression of whole numbers, brackets and the signs + - * / between two
    parts: no sign before a number, no powers, no other Python. None for a division by zero.
    """
    plain = text.strip().translate(_PLAIN)
    if len(plain) > LONGEST or not _ALLOWED.fullmatch(plain):
        return None
    try:
        (statement,) = tree(plain).body
        numbers: list[int] = []
        value = _value(statement, numbers)
    except (SyntaxError, ValueError, RecursionError, MemoryError, ZeroDivisionError):
        return None
    return tuple(numbers), value


def _value(node: ast.AST, numbers: list[int]) -> Fraction:
    match node:
        case ast.Expr(value=inner):
            return _value(inner, numbers)
        case ast.Constant(value=int(number)):
            numbers.append(number)
            return Fraction(number)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in SIGNS:
            return SIGNS[type(sign)](_value(left, numbers), _value(right, numbers))
    raise ValueError(f"{type(node).__name__} has no place in an expression")
