"""Tests that the model writes itself: one signal a problem, shared by all PTEs of a stack.

Sample n is drawn in the role `test` at the problem's own address with selection index n, so a PTE
that wants ten samples uses the first ten of one that wants a hundred, if both show the same
examples. The model sees the header without its own examples, or it would copy them (CodeT, section
3), and continues with an assertion.
"""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.contracts.draw import Draw
from harness.contracts.problem import Exemplar, Problem
from harness.contracts.program import FunctionStub, function_of
from harness.contracts.prompt import Prompt
from harness.contracts.rehearsal import RehearsalReply, RehearsalRequest
from harness.contracts.sampling import Sampling
from harness.syntax import tree

ROLE = "test"
SAMPLING: Mapping[str, Sampling] = {ROLE: Sampling(0.8, top_p=0.95)}
"""As CodeT draws tests."""
INSTRUCTION = "Write assert statements that check the Python function."
TOKENS = 300
"""Token limit of a sample, as in the paper."""
REHEARSED = 4
"""Assertions that a rehearsed sample holds."""
STOPS = ("\ndef", "\nclass", "\nif", "\nfor", "\nprint", "\n```")

_STATEMENT = re.compile(r"^(?=assert\b)", re.MULTILINE)


async def own_tests(
    problem: Problem, draw: Draw, samples: int, each: int, shots: tuple[Exemplar, ...] = ()
) -> tuple[tuple[str, ...], ...]:
    """The first `each` assertions of so many samples, in one form: equal ones are equal text.

    Args:
        problem: whose function is tested.
        draw: of the attempt.
        samples: replies that are drawn.
        each: assertions taken of a reply.
        shots: functions with tests that are shown before; tests drawn with other ones are others.
    """
    drawn = await asyncio.gather(*(_sample(problem, draw, n, shots) for n in range(samples)))
    return tuple(asserts[:each] for asserts in drawn)


async def _sample(
    problem: Problem, draw: Draw, number: int, shots: tuple[Exemplar, ...]
) -> tuple[str, ...]:
    function = function_of(problem)

    async def make(own: Draw) -> tuple[str, ...]:
        shown = own.show(replace(test_prompt(function), exemplars=shots))
        reply = await own.at("selection", number).complete(shown, TOKENS, STOPS)
        return asserts_in(f"{_opening(function)}{reply.text}", function.entry_point)

    after = " after examples" if shots else ""
    result: tuple[str, ...] = await draw.shared(f"{ROLE} {number}{after}", make)
    return result


def rehearsed_tests(asked: RehearsalRequest) -> RehearsalReply | None:
    """What a model writes in this role, for a plan's rehearsal: a few assertions, others in each
    sample."""
    if asked.role != ROLE:
        return None
    name = asked.prompt.rpartition("assert ")[2].strip()
    lines = [f"{name}({asked.number + n}) == {n}" for n in range(REHEARSED)]
    return RehearsalReply(opens="\nassert ".join(lines).removeprefix(name), ends="\n")


def test_prompt(function: FunctionStub) -> Prompt:
    """Asks for the rest of an assertion about the function, and for further ones."""
    name = function.entry_point
    check = f"# Check {name} on different inputs.\n{_opening(function)}"
    return Prompt(
        question=function.bare,
        instruction=INSTRUCTION,
        role=ROLE,
        header=f"{function.bare}\n    pass\n\n\n{check}",
    )


def _opening(function: FunctionStub) -> str:
    return f"assert {function.entry_point}"


def asserts_in(text: str, name: str) -> tuple[str, ...]:
    """The assertions in a text that call the function of this name, repeated ones included."""
    return tuple(_asserts(text, name))


def _asserts(text: str, name: str) -> Iterator[str]:
    for part in _STATEMENT.split(text):
        node = _parsed(part) or _parsed(part.partition("\n")[0])
        if node is not None and first_call(node, name) is not None:
            yield ast.unparse(ast.Assert(node.test))  # without the message, which tests nothing


def _parsed(text: str) -> ast.Assert | None:
    """The assertion that a text opens with; None where it is none, or not whole."""
    try:
        body = tree(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return body[0] if body and isinstance(body[0], ast.Assert) else None


def first_call(node: ast.AST, name: str) -> str | None:
    """The first call of the function within a statement, as text."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == name:
            return ast.unparse(each)
    return None


def calls_in(asserts: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The calls that assertions make, each once: inputs without the values expected of them."""
    results = (first_call(tree(line), name) for line in asserts)
    return tuple(dict.fromkeys(call for call in results if call is not None))
