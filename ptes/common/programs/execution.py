"""Runs the programs of a pool, each distinct one once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from harness.contracts.attempt import Attempt
from harness.contracts.benchmark import AnswerKind
from harness.contracts.draw import Draw
from harness.contracts.pte import StackContext

T = TypeVar("T")


async def passes(
    attempts: Sequence[Attempt], asserts: Sequence[str], draw: Draw
) -> list[tuple[bool, ...]]:
    """Which assertions each attempt's program passes, by attempt."""
    return await _each(attempts, lambda program: draw.check(program, asserts))


async def behaviours(
    attempts: Sequence[Attempt], expressions: Sequence[str], draw: Draw
) -> list[tuple[str, ...]]:
    """What the expressions come to after each attempt's program, by attempt."""
    return await _each(attempts, lambda program: draw.behaviour(program, expressions))


async def _each(attempts: Sequence[Attempt], run: Callable[[str], Awaitable[T]]) -> list[T]:
    """Programs that differ in comments and layout alone are equal."""
    programs: dict[str | None, str] = {}
    for attempt in attempts:
        programs.setdefault(attempt.canonical, attempt.answer or "")
    ran = await asyncio.gather(*(run(program) for program in programs.values()))
    outcomes = dict(zip(programs, ran, strict=True))
    return [outcomes[attempt.canonical] for attempt in attempts]


def asks_no_program(name: str, site: StackContext) -> str | None:
    """Why a PTE that runs programs cannot work there, or None if it can."""
    if site.task.kind is AnswerKind.PROGRAM:
        return None
    return f"{name} runs programs, and {site.task.name} asks for none"
