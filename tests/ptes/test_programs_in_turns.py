"""Where models answer in turns of their own, everything that is asked of them is asked in turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.benchmark import FreeReply, Task
from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from ptes.scaffolding.codet import CodeT
from ptes.scaffolding.parsel import Parsel
from ptes.scaffolding.reflexion import Reflexion
from ptes.selection.alphacode import AlphaCode
from tests.program_toys import ToyPrograms, program_rows, prompts_of, scripted
from tests.toys import toy_model


@dataclass(frozen=True)
class InTurns(ToyPrograms):
    """The toy function, asked for in a turn."""

    def task(self) -> Task:
        return replace(super().task(), free=FreeReply(600))


def block(code: str) -> str:
    return f"Here you go (it's easy):\n\n```python\n{code}\n```\n\nThat is all."


RIGHT = block("def middle(xs):\n    return sorted(xs)[len(xs) // 2]\n\nprint(middle(input()))")
LARGEST = block("def middle(xs):\n    return max(xs)")
LISTED = "1. `assert middle([3, 1, 2]) == 2`\n2. `assert middle([5, 4, 9, 1, 2]) == 4`\n3. Done."
INSIDE = block(
    "def test_middle():\n    assert middle([3, 1, 2]) == 2\n"
    "    assert middle(\n        [1, 5, 3]\n    ) == 3"
)


def run(folder: Path, stack: Sequence[PTE], engine: FakeConfig) -> dict[Any, Any]:
    models = [toy_model(folder / "chat", chat=True)]
    (row,) = program_rows(folder, [stack], engine, InTurns(), models=models)
    assert all(
        prompt.endswith("<assistant>\n")
        for prompts in prompts_of(engine).values()
        for prompt in prompts
    )
    return row


def test_a_base_is_read_in_its_own_reply(tmp_path: Path) -> None:
    row = run(tmp_path, [], scripted(solve=[RIGHT]))
    assert (row["score"], row["answer"]) == (1.0, row["answer_strict"])
    assert "input" not in row["answer"]


@pytest.mark.parametrize(
    "tests",
    [
        LISTED,
        INSIDE,
        block("assert middle([3, 1, 2]) == 2\nassert middle([5, 4, 9, 1, 2]) == 4"),
        "assert middle([3, 1, 2]) == 2\nassert middle([5, 4, 9, 1, 2]) == 4, 'four'\nI hope so.",
        "```python\nassert middle([3, 1, 2]) == 2\nassert middle([5, 4, 9, 1, 2]) == 4\nassert mid",
    ],
)
def test_tests_are_read_wherever_they_stand_in_a_reply(tmp_path: Path, tests: str) -> None:
    engine = scripted(solve=[LARGEST, RIGHT, RIGHT], test=tests)
    row = run(tmp_path, [CodeT(n=3, tests=1)], engine)
    assert row["score"] == 1.0
    assert row["candidates"][0]["weight"] == 0.0
    (prompt,) = prompts_of(engine)["test"]
    assert ">>>" not in prompt
    assert "Write assert statements that check the Python function." in prompt


def test_invented_inputs_are_those_of_such_tests(tmp_path: Path) -> None:
    engine = scripted(solve=[LARGEST, RIGHT, RIGHT], test=LISTED)
    assert run(tmp_path, [AlphaCode(n=3, inputs=1)], engine)["score"] == 1.0


def test_reflexion_looks_at_such_tests(tmp_path: Path) -> None:
    def solve(request: CompletionRequest, prompt: str) -> str:
        return [LARGEST, RIGHT][request.tag.address["search"]]

    row = run(tmp_path, [Reflexion(2)], scripted(solve=solve, test=LISTED, reflect="Sort them."))
    assert row["score"] == 1.0


def test_parsel_s_functions_are_whole_functions_in_blocks(tmp_path: Path) -> None:
    plan = (
        "It can be broken down so:\n\nmiddle(xs): the middle item\n"
        "    ordered(xs): the items in order of size\n    half(n): n halved\n"
    )
    bodies = {
        "ordered": ["return xs", "return sorted(xs)"],
        "half": ["return n / 2", "return n // 2"],
    }

    def implement(request: CompletionRequest, prompt: str) -> str:
        (name,) = [name for name in bodies if f"def {name}(" in prompt]
        argument = {"ordered": "xs", "half": "n"}[name]
        code = bodies[name][request.tag.address["policy"]]
        return block(f"def {name}({argument}):\n    {code}\n\nassert {name}(0) is None")

    calls = block("def middle(xs):\n    return ordered(xs)[half(len(xs))]")
    engine = scripted(solve=calls, test=LISTED, decompose=plan, implement=implement)
    row = run(tmp_path, [Parsel(k=2)], engine)
    assert row["score"] == 1.0
    assert "assert" not in row["answer"]
    assert (row["finish"], row["cut"]) == ("stop", False)
    asked = prompts_of(engine)
    assert "Break the Python function" in asked["decompose"][0]
    assert all("Write the whole function" in prompt for prompt in asked["implement"])


def test_a_helper_that_was_not_written_is_one_that_does_nothing(tmp_path: Path) -> None:
    plan = "middle(xs): the middle item\n    ordered(xs): the items in order of size\n"
    calls = block("def middle(xs):\n    return ordered(xs)[len(xs) // 2]")
    engine = scripted(solve=calls, test=LISTED, decompose=plan, implement="I cannot.")
    row = run(tmp_path, [Parsel(k=2)], engine)
    assert (row["score"], row["status"]) == (0.0, "answered")
