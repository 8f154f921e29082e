"""Tests that the model writes itself: one signal a problem, shared by all PTEs of a stack.

Sample n is drawn in the role `test` at the problem's own address with selection index n, so a PTE
that wants ten samples uses the first ten of one that wants a hundred, if both show the same
examples. The model sees the header without its own examples, or it would copy them (CodeT, section
3), a remark that the function is to be checked, and the word `assert`, which it continues: the form
of CodeT's own data. In the readout `free` it is asked in a turn, and writes a block of assertions.
"""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.contracts.benchmark import FreeReply
from harness.contracts.draw import Draw
from harness.contracts.problem import Exemplar, Problem
from harness.contracts.program import FunctionStub, fenced, function_of
from harness.contracts.prompt import Demonstration, Prompt
from harness.contracts.rehearsal import RehearsalReply, RehearsalRequest
from harness.contracts.sampling import Sampling
from harness.solvers.free import speak
from harness.syntax import tree
from ptes.common.shots.tests import TestedFunction

ROLE = "test"
SAMPLING: Mapping[str, Sampling] = {ROLE: Sampling(0.8, top_p=0.95)}
"""As CodeT draws tests."""
INSTRUCTION = "Write assert statements that check the Python function."
FORM = (
    "Write them in one Python code block, a line each, without defining the function and without "
    "any explanation."
)
"""How they are to be written in a turn of its own."""
TOKENS = 300
"""Token limit of a sample, as in the paper."""
LEAD = "assert "
"""What a sample continues."""
REHEARSED = 4
"""Assertions that a rehearsed sample holds."""
STOPS = ("\ndef", "\nclass", "\nif", "\nfor", "\nprint", "\n```")

_STATEMENT = re.compile(r"^(?=assert\b)", re.MULTILINE)
_LISTED = re.compile(r"^[ \t]*(?:[-*>]|\d+[.)])?[ \t]*`*(assert\b.*?)`*[ \t]*$", re.MULTILINE)
"""An assertion's line in a reply: indented, in a list, or between back ticks."""
_CHECKED = re.compile(r"# check the correctness of (\w+)")
_LONGEST = 40
"""Lines of an assertion."""


async def own_tests(
    problem: Problem,
    draw: Draw,
    samples: int,
    each: int,
    shots: tuple[TestedFunction, ...] = (),
    free: FreeReply | None = None,
) -> tuple[tuple[str, ...], ...]:
    """The first `each` assertions of so many samples, in one form: equal ones are equal text.

    Args:
        problem: asks for a function.
        draw: the attempt's handle.
        samples: texts that are drawn.
        each: assertions taken of each.
        shots: functions with tests that are shown before; tests drawn with other ones are others.
        free: the task's limits where models answer in turns of their own.
    """
    drawn = await asyncio.gather(*(_sample(problem, draw, n, shots, free) for n in range(samples)))
    return tuple(asserts[:each] for asserts in drawn)


async def _sample(
    problem: Problem,
    draw: Draw,
    number: int,
    shots: tuple[TestedFunction, ...],
    free: FreeReply | None,
) -> tuple[str, ...]:
    function = function_of(problem)

    async def make(own: Draw) -> tuple[str, ...]:
        if free is not None:
            shown = own.show(asked_prompt(function, shots))
            limits = replace(free, reply_tokens=TOKENS)
            said, _ = await speak(shown, limits, own.at("selection", number))
            return asserts_in(_LISTED.sub(r"\1", said), function.entry_point)
        shown = own.show(test_prompt(function, shots))
        reply = await own.at("selection", number).complete(shown, TOKENS, STOPS)
        return asserts_in(f"{LEAD}{reply.text}", function.entry_point)

    after = " after examples" if shots else ""
    result: tuple[str, ...] = await draw.shared(f"{ROLE} {number}{after}", make)
    return result


def rehearsed_tests(asked: RehearsalRequest) -> RehearsalReply | None:
    """What a model writes in this role, for a plan's rehearsal: a few assertions, others in each
    sample."""
    if asked.role != ROLE:
        return None
    *_, name = _CHECKED.findall(asked.prompt)
    lines = [f"assert {name}({asked.number + n}) == {n}" for n in range(REHEARSED)]
    text = "\n".join(lines)
    return RehearsalReply(
        opens=text.removeprefix(LEAD) if asked.prompt.endswith(LEAD) else text, ends="\n"
    )


def test_prompt(function: FunctionStub, shots: tuple[TestedFunction, ...]) -> Prompt:
    """Asks for the rest of an assertion about the function, and for further ones."""
    solved = (
        Exemplar(shot.header, {"answer": "\n".join((_checked(shot.name), *shot.asserts))})
        for shot in shots
    )
    return Prompt(
        question=function.bare,
        instruction=INSTRUCTION,
        role=ROLE,
        exemplars=tuple(solved),
        header=f"{function.bare}\n{_checked(function.entry_point)}\n{LEAD}",
    )


def asked_prompt(function: FunctionStub, shots: tuple[TestedFunction, ...]) -> Prompt:
    """Asks for assertions about the function in a turn of its own."""
    solved = (
        Demonstration((_stub(shot.header, shot.name),), fenced("\n".join(shot.asserts)))
        for shot in shots
    )
    return Prompt(
        question=f"{INSTRUCTION} {FORM}",
        role=ROLE,
        transcript=(_stub(function.bare, function.entry_point),),
        demonstrations=tuple(solved),
    )


def _stub(header: str, name: str) -> str:
    return fenced(f"{header}\n{_checked(name)}")


def _checked(name: str) -> str:
    """An empty body, and the remark that the function is to be checked."""
    return f"    pass\n\n# check the correctness of {name}"


def asserts_in(text: str, name: str) -> tuple[str, ...]:
    """The assertions in a text that call the function of this name, repeated ones included."""
    return tuple(_asserts(text, name))


def _asserts(text: str, name: str) -> Iterator[str]:
    for part in _STATEMENT.split(text):
        lines = part.splitlines()[:_LONGEST]
        whole = (_parsed("\n".join(lines[:end])) for end in range(1, len(lines) + 1))
        node = next(filter(None, whole), None)
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
