"""Verdicts in words, wherever tests run."""

from __future__ import annotations

import ast

from harness.sandbox.contract import Verdict

VerdictAndDetail = tuple[str, str]
"""A verdict (or what stands in for one) and its detail."""

LONGEST = 1000
"""Characters of a detail."""

_MEANING = {
    "MemoryError": Verdict.MEMORY,
    "PermissionError": Verdict.REFUSED,
}


def raised(kind: str, message: str) -> VerdictAndDetail:
    """The verdict on a program that raised an exception of this type."""
    detail = f"{kind}: {message}" if message else kind
    return _MEANING.get(kind, Verdict.ERROR), detail[:LONGEST]


def failed(error: AssertionError, code: str, file: str) -> VerdictAndDetail:
    """The verdict on an AssertionError: failed if it is the tests' own, with the assertion."""
    last, line = "", 0
    trace = error.__traceback__
    while trace is not None:
        last = trace.tb_frame.f_code.co_filename
        line = trace.tb_lineno
        trace = trace.tb_next
    message = str(error)
    if last != file:
        return raised("AssertionError", message)
    text = _assertion_at(code, line)
    return Verdict.FAILED, (f"{text}  # {message}" if message else text)[:LONGEST]


def _assertion_at(code: str, line: int) -> str:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Assert) and node.lineno <= line <= (node.end_lineno or line):
            return ast.get_source_segment(code, node) or "assert"
    return "raise AssertionError"
