"""Arithmetic expressions of whole numbers: read as syntax and worked out exactly, never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from fractions import Fraction

from benchmarks.answer_lines import without_marks
from harness.solvers.replies import own_words
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
_TURNED = re.compile(r"[\s:]*[0-9]+\s*=\s*([-+*/×·÷−–()0-9 \t]{3,100})")
_SOLVED = re.compile(
    r"(?:^|(?<=[\s:]))([(0-9][-+*/×·÷−–()0-9 \t]{2,100}?)[ \t]*(?:=|\.?[ \t]*$)", re.MULTILINE
)
_COMMANDS = {"\\times": "*", "\\cdot": "*", "\\div": "/"}
PARTS = 4
"""Numbers of an expression that is more than a step on the way."""
_ALLOWED = re.compile(r"[-+*/()0-9 ]+")


def extract_expression(text: str) -> str | None:
    """The expression that an answer opens with, up to an equals sign or a word; after one where the
    result stands first (`24 = 3 * 8`)."""
    text = _framed(text)
    result = _WRITTEN.match(text)
    written = result[1].strip() if result else ""
    turned = _TURNED.match(text)
    if turned and any(sign in turned[1] for sign in "+-*/×÷·−"):
        written = turned[1].strip()
    return written if any(map(str.isdigit, written)) else None


def lenient_expression(text: str) -> str | None:
    """The expression of a reply that keeps to no form: the last with brackets or signs that stands
    before an equals sign, or alone on a line."""
    said = _framed(own_words(text))
    found = [each[1].strip() for each in _SOLVED.finditer(said)]
    whole = [each for each in found if len(re.findall(r"[0-9]+", each)) >= PARTS]
    return (whole or found or [None])[-1]


def _framed(text: str) -> str:
    """Without emphasis, and LaTeX's signs as characters."""
    for command, sign in _COMMANDS.items():
        text = text.replace(command, sign)
    return without_marks(text).replace("$", " ")


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
