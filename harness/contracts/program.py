"""A function that a solver is asked to write."""

from __future__ import annotations

from dataclasses import dataclass

from harness.contracts.problem import Problem

VISIBLE = "function"
"""The name under which a problem's visible material holds the function."""
FENCE = "```"
"""What opens and closes a block of code within words."""


@dataclass(frozen=True, slots=True)
class FunctionStub:
    """What a solver sees of the function it writes; no hidden test (law 3)."""

    entry_point: str
    """Name of the function to be written."""
    header: str
    """Imports, helpers, signature and docstring, without white space at the end: what a reply
    continues with the function's body."""
    bare: str
    """The header without the examples of its docstring."""
    examples: tuple[str, ...]
    """The statement's own examples as `assert` statements on one line each."""


@dataclass(frozen=True, slots=True)
class ProgramReading:
    """The program that the benchmark's one rule reads in a text."""

    program: str
    """The function that was asked for and what it needs, as a module of its own."""
    start: int
    """Where in the text the answer begins, its fence included."""
    end: int
    """Where in the text it ends, its fence included."""
    open: bool
    """Whether more text could have belonged to the answer: where the text was ended by a token
    limit, the answer was cut."""
    block: bool
    """Whether it stands in a block of code that is closed."""


def function_of(problem: Problem) -> FunctionStub:
    """The function that a problem asks for.

    Raises:
        ValueError: the problem asks for none.
    """
    function = problem.visible.get(VISIBLE)
    if not isinstance(function, FunctionStub):
        raise ValueError(f"problem {problem.id} does not ask for a function")
    return function


def open_block(code: str) -> str:
    """Code as a block that is still open: what comes before a body in a reply of words."""
    return f"{FENCE}python\n{code}"


def fenced(code: str) -> str:
    """Code as a block of its own."""
    return f"{open_block(code)}\n{FENCE}"
