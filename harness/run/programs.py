"""The sandbox in a run: one that solvers may use, and another for the grader's hidden tests."""

from __future__ import annotations

import ast
import asyncio
import platform
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from harness.contracts.attempt import Attempt
from harness.contracts.benchmark import AnswerKind, Grade, HiddenTests
from harness.errors import NotGradedError
from harness.identity import key_text
from harness.plan.cell import Cell
from harness.plan.request import LoadedBenchmark
from harness.sandbox.contract import PER_ITEM, CheckCode, Limits, Oracle, Program, RunAs
from harness.sandbox.pool import Sandbox
from harness.sandbox.script import CALL, as_program
from harness.sandbox.script import LIMITS as PER_SCRIPT

LIMITED = (
    *("cpu_seconds", "wall_seconds", "memory_bytes", "threads", "file_bytes", "output_bytes"),
    "timeouts",
)
"""Limits that every key of an execution holds."""


def runs_programs(cell: Cell, loaded: LoadedBenchmark) -> bool:
    """Whether a cell's answers are programs or its PTEs run code, so that it needs a sandbox."""
    return loaded.task.kind is AnswerKind.PROGRAM or any(p.executes for p in cell.stack.ptes)


class SolversSandbox:
    """What solvers' programs run in (`harness.draws.executor`). Solvers reach it, so it has
    workers of its own, which never hold a hidden test (law 3)."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box

    @property
    def identity(self) -> str:
        """Containment, limits and Python: a journalled outcome holds for these alone."""
        limits = f"{_limits(PER_ITEM)}|{_limits(PER_SCRIPT)}"
        return f"{self._box.tier}|{limits}|Python {platform.python_version()}"

    async def asserts(self, code: str, asserts: Sequence[str]) -> list[bool]:
        """Whether each assertion holds."""
        return [outcome.passed for outcome in await self._box.asserts(code, asserts)]

    async def values(self, code: str, expressions: Sequence[str]) -> list[str]:
        """The value of each expression, or how it ended in brackets."""
        values = await self._box.values(code, expressions)
        return [
            value.text if value.verdict == "passed" else f"<{value.verdict}: {value.text}>"
            for value in values
        ]

    async def printed(self, code: str) -> str:
        """What a script prints and its last expression's value, or how it ended in brackets."""
        (value,) = await self._box.values(as_program(code), [CALL], PER_SCRIPT)
        if value.verdict == "passed":
            return str(ast.literal_eval(value.text))
        return f"<{value.verdict}: {value.text}>"


def _limits(limits: Limits) -> str:
    """The limits as keys of the journal hold them; one that came later is there only where it
    differs from its default, which went without saying."""
    said = {
        each.name: value
        for each in fields(limits)
        if (value := getattr(limits, each.name)) != each.default or each.name in LIMITED
    }
    return key_text.record_text("Limits", said)


class ProgramGrader:
    """Grades submitted programs by their hidden tests, each distinct one once a problem."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._known: dict[tuple[Any, ...], asyncio.Task[Grade]] = {}

    async def grade(self, loaded: LoadedBenchmark, target: Any, attempt: Attempt) -> Grade:
        """1 for a program that passes every test; no program is wrong.

        Raises:
            UserError: the tests themselves are broken.
            NotGradedError: what ran it was ended by something else, time and again.
        """
        if attempt.answer is None:
            return Grade(0.0)
        key = (loaded.benchmark, attempt.problem.id, attempt.canonical)
        if key not in self._known:
            tests = loaded.benchmark.tests(target)
            self._known[key] = asyncio.ensure_future(self._run(attempt.answer, tests))
        try:
            return await asyncio.shield(self._known[key])
        except NotGradedError:
            self._known.pop(key, None)  # whoever asks again has it tried again
            raise

    async def _run(self, code: str, tests: HiddenTests) -> Grade:
        oracle = Oracle.SPLIT if tests.plain else Oracle.IN_PROCESS
        suite = CheckCode(tests.code, tests.setup, oracle)
        program = Program(code, tests.entry_point, RunAs(tests.run_as))
        outcome = await self._box.check(program, suite)
        return Grade(float(outcome.passed), verdict=outcome.verdict, tier=outcome.tier)
