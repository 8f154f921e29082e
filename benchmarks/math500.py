"""MATH-500: competition mathematics with answers in LaTeX, compared by math-verify.

math-verify limits its time by an alarm signal, which Python allows in a main thread alone. The
harness calls slow tasks in a worker's main thread; elsewhere there is no limit, and expressions
that could take for ever are compared as text everywhere.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import sympy
from math_verify import parse, verify
from math_verify.errors import TimeoutException
from math_verify.utils import timeout

from benchmarks import own_exemplars
from benchmarks.base import TabularBenchmark
from benchmarks.fingerprint import LockedRecord
from benchmarks.numeric import canonical_number, first_line
from benchmarks.sources import SourceRow
from harness.contracts.benchmark import Grade, Task
from harness.ranges import Tokens

T = TypeVar("T")

SECONDS = 5
_DOLLARS = re.compile(r"(?<!\\)\$([^$]+?)(?<!\\)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]")
_SENTENCE_END = re.compile(r"\.(?=\s+[A-Z])|\s+(?:because|since)\b")
_TEXT = re.compile(r"\\(?:text|mbox|textbf|mathrm)\{\s*\(?([A-Za-z][A-Za-z ]*)\)?\s*\}")
# Thin space in thousands; two backslashes are a matrix's new line.
_SPACE = re.compile(r"(?<!\\)\\!\s*")
_LETTER = re.compile(r"\(([A-Z])\)")
_WORD = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]+)*")
_NUMBER = re.compile(r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]+)?(?:/[0-9]+)?")
# Towers of powers, large powers and factorials, very long text.
_COSTLY = re.compile(
    r"\^\s*-?[0-9]+\s*\^|\^\s*\{\s*-?[0-9(][^{}]*\^"
    r"|\^\s*\{?\s*-?[0-9]{4,}|\)\s*\^\s*\{?\s*[0-9]{3,}"
    r"|[0-9]{4,}\s*[)}]*!|!\s*\)*!|^.{300}"
)


def extract_math(text: str) -> str | None:
    """The answer's LaTeX: the first box, else the first formula, else the first sentence."""
    line = first_line(text)
    boxed = _boxed(line)
    if boxed is not None:
        return boxed.strip() or None
    formula = _DOLLARS.search(line)
    if formula:
        return next(filter(None, formula.groups())).strip() or None
    line = _SENTENCE_END.split(line, maxsplit=1)[0]
    return line.removeprefix(":").strip().removesuffix(".").strip() or None


def canonical_math(text: str) -> str:
    """The parsed expression as text: exact numbers as decimals or fractions, sets in order."""
    plain = _plain(text)
    if _NUMBER.fullmatch(plain) and plain:
        return canonical_number(plain)
    if _WORD.fullmatch(plain) or len(plain) == 1:
        return plain.lower()
    parsed = _parsed(plain)
    if not parsed or isinstance(parsed[0], str):
        return "".join(plain.split())
    return _limited(_in_one_form, parsed[0]) or str(parsed[0])


def grade_math(target: str, answer: str) -> bool:
    """Whether math-verify, or the canonical form, takes the answer for the target."""
    if canonical_math(target) == canonical_math(answer):
        return True
    gold, given = _parsed(_plain(target)), _parsed(_plain(answer))
    if not gold or not given:
        return False
    return bool(verify(gold, given, timeout_seconds=_seconds()))


@dataclass(frozen=True, kw_only=True)
class Math500(TabularBenchmark):
    """The 500 problems of MATH that process supervision held out."""

    name: str = field(default="math500", init=False)
    task_type: str = field(default="math", init=False)
    reasoning_tokens: Tokens = 512
    answer_tokens: Tokens = 64
    reply_tokens: Tokens = 1024

    file: ClassVar[str] = "math/math500_test.jsonl"

    def task(self) -> Task:
        return Task(
            name=self.name,
            instruction="Solve the mathematics problem.",
            answer_format="a mathematical expression in LaTeX between dollar signs",
            extract=extract_math,
            canonical=canonical_math,
            reasoning_tokens=self.reasoning_tokens,
            answer_tokens=self.answer_tokens,
            exemplars=own_exemplars.plain("math500"),
            question_tokens=70,
            slow=True,
        )

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        return LockedRecord(row.text("unique_id"), row.text("problem"), row.text("answer"))

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        return Grade(float(answer is not None and grade_math(target, answer)))


def _seconds() -> int | None:
    return SECONDS if threading.current_thread() is threading.main_thread() else None


def _boxed(line: str) -> str | None:
    _, mark, rest = line.partition("\\boxed{")
    if not mark:
        return None
    depth = 1
    for place, character in enumerate(rest):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            return rest[:place]
    return rest


def _plain(text: str) -> str:
    text = _SPACE.sub("", text.strip()).replace("\\$", "")
    text = text.strip("$ ").removesuffix(".").strip()
    text = text.replace("−", "-").replace("\\left", "").replace("\\right", "")
    whole = _TEXT.fullmatch(text) or _LETTER.fullmatch(text)
    return whole[1].strip() if whole else text


def _parsed(plain: str) -> list[Any]:
    if _COSTLY.search(plain):
        return []
    return list(parse(f"${plain}$", parsing_timeout=_seconds()))


def _limited(function: Callable[[Any], T], argument: Any) -> T | None:
    try:
        result: T = timeout(_seconds())(function)(argument)
    except (TimeoutException, Exception):  # sympy raises errors of every class on odd input
        return None
    return result


def _in_one_form(expression: Any) -> str:
    if isinstance(expression, sympy.Equality) and isinstance(expression.lhs, sympy.Symbol):
        # x = 5 answers the same question as 5 does.
        expression = expression.rhs
    expression = expression.doit()
    if isinstance(expression, sympy.Float):
        expression = sympy.nsimplify(expression, rational=True)
    if isinstance(expression, sympy.Expr):
        expression = sympy.expand(expression)
    text = str(expression)
    return canonical_number(text) if isinstance(expression, sympy.Rational) else text
