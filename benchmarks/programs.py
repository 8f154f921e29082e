"""What benchmarks whose answers are programs share: one way of asking, one rule of reading.

The model continues a header (imports, signature, docstring) with the function's body, and stops
where a new definition or statement of the module begins (Chen et al. 2021, section 3.2); or it
writes the whole function in a turn of its own. What of its words is the program is told in
`program_reading`.
"""

from __future__ import annotations

import ast
import json
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from benchmarks import own_exemplars, statement
from benchmarks.base import TabularBenchmark
from benchmarks.fingerprint import LockedRecord
from benchmarks.program_reading import read_program
from harness.contracts.benchmark import AnswerKind, Grade, Task
from harness.contracts.problem import Problem
from harness.contracts.program import VISIBLE, FunctionStub
from harness.ranges import Tokens
from harness.syntax import tree

STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint", "\n```")


def extract_program(text: str) -> str | None:
    """A text that is a program as it stands, without white space at its end; None where there is
    none. What a model wrote is read by `read_program`."""
    return text.rstrip() or None


def canonical_program(text: str) -> str:
    """The program without comments, docstrings and layout; as it is where it does not parse."""
    try:
        module = tree(text)
        for node in ast.walk(module):
            _undocument(node)
        return ast.unparse(module)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text.strip()


@dataclass(frozen=True, kw_only=True)
class Programs(TabularBenchmark):
    """Functions to write, graded by running hidden tests in the sandbox."""

    reasoning_tokens: Tokens = 256
    answer_tokens: Tokens = 300
    reply_tokens: Tokens = 1024

    def asked(self, question_tokens: int) -> Task:
        """The task, with about so many tokens a header."""
        return Task(
            name=self.name,
            instruction="Complete the Python function.",
            answer_format="a Python function",
            extract=extract_program,
            canonical=canonical_program,
            extract_program=read_program,
            kind=AnswerKind.PROGRAM,
            cue="",
            reasoning_tokens=self.reasoning_tokens,
            answer_tokens=self.answer_tokens,
            stops=STOPS,
            exemplars=own_exemplars.programs("programs"),
            question_tokens=question_tokens,
            slow=True,
        )

    @abstractmethod
    def function(self, record: LockedRecord) -> FunctionStub:
        """What a solver sees of a record."""

    def problem(self, record: LockedRecord) -> Problem:
        function = self.function(record)
        return Problem(record.id, function.header, visible={VISIBLE: function})

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        raise NotImplementedError(f"{self.name} is graded by running its tests")


def shown(header: str, name: str) -> FunctionStub:
    """A function whose examples stand in its docstring."""
    result = statement.examples(statement.docstring_of(header, name), name)
    return FunctionStub(name, header, statement.without_examples(header, name), result)


def packed(**parts: Any) -> str:
    """A target as canonical text, which the lock file hashes."""
    return json.dumps(parts, sort_keys=True, separators=(",", ":"))


def _undocument(node: ast.AST) -> None:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
        return
    kept = [each for each in node.body if not _words(each)]
    node.body = kept or [ast.Pass()]


def _words(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
