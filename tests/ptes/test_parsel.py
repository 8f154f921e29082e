"""Parsel decomposes, writes each function several times, and finds the combination that works."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from ptes.prompting.few_shot import FewShot
from ptes.scaffolding.decomposition import combinations, components, parsed
from ptes.scaffolding.parsel import Parsel
from ptes.scaffolding.reflexion import Reflexion
from tests.program_toys import (
    LARGEST,
    RIGHT,
    UNSORTED,
    program_rows,
    prompts_of,
    scripted,
)
from tests.refusals import refusal

PLAN = " the middle item\n    ordered(xs): the items in order of size\n    half(n): n halved\n"
TESTS = "middle([3, 1, 2]) == 2\nassert middle([5, 4, 9, 1, 2]) == 4"
CALLS = "\n    return ordered(xs)[half(len(xs))]\n"
HELPERS = {
    "ordered": ["\n    return xs\n", "\n    return sorted(xs)\n"],
    "half": ["\n    return n / 2\n", "\n    return n // 2\n"],
}


def engine(
    roots: Sequence[str], plan: str = PLAN, helpers: Mapping[str, Sequence[str]] = HELPERS
) -> FakeConfig:
    def solve(request: CompletionRequest, prompt: str) -> str:
        return roots[request.tag.address["policy"] % len(roots)]

    def implement(request: CompletionRequest, prompt: str) -> str:
        (name,) = [name for name in helpers if f"def {name}(" in prompt]
        return helpers[name][request.tag.address["policy"]]

    return scripted(solve=solve, implement=implement, decompose=plan, test=[TESTS])


def run(folder: Path, config: FakeConfig, **settings: Any) -> Mapping[str, Any]:
    (row,) = program_rows(folder, [[Parsel(**({"k": 2} | settings))]], config)
    return row


def test_the_one_combination_that_works_is_found(tmp_path: Path) -> None:
    row = run(tmp_path, engine([LARGEST, CALLS]))
    assert row["score"] == 1.0
    assert "return sorted(xs)" in row["answer"]
    assert "return n // 2" in row["answer"]
    assert row["answer"].index("def middle") < row["answer"].index("def ordered")


def test_it_fails_where_the_right_combination_is_beyond_the_cap(tmp_path: Path) -> None:
    """It takes the second implementation of all three functions: the last combination of eight."""
    row = run(tmp_path, engine([LARGEST, CALLS]), combinations=4)
    assert row["score"] == 0.0


def test_it_fails_where_no_implementation_is_right(tmp_path: Path) -> None:
    helpers = HELPERS | {"ordered": ["\n    return xs\n", "\n    return xs[::-1]\n"]}
    assert run(tmp_path, engine([CALLS], helpers=helpers))["score"] == 0.0


def test_a_function_with_constraints_is_settled_by_itself(tmp_path: Path) -> None:
    """With an assertion for `half` two functions are left to combine: four combinations do."""
    plan = f"{PLAN}    assert half(5) == 2\n"
    row = run(tmp_path, engine([LARGEST, CALLS], plan), combinations=4)
    assert row["score"] == 1.0


def test_without_helpers_the_best_of_k_programs_is_taken(tmp_path: Path) -> None:
    row = run(tmp_path, engine([UNSORTED, RIGHT], " is easy enough."))
    assert row["score"] == 1.0
    assert {role["role"] for role in row["roles"]} == {"solve", "decompose", "test"}


def test_programs_that_were_not_written_are_no_answer(tmp_path: Path) -> None:
    row = run(tmp_path, engine([""]))
    assert (row["status"], row["score"]) == ("no_answer", 0.0)


def test_callers_are_told_of_what_they_may_call(tmp_path: Path) -> None:
    config = engine([CALLS])
    run(tmp_path, config)
    prompts = prompts_of(config)
    assert all("# ordered(xs): the items in order of size" in each for each in prompts["solve"])
    assert all(each.startswith("def ") for each in prompts["implement"])
    assert "candidate" not in str(prompts)


def test_with_few_shot_the_given_functions_programs_follow_exemplars(tmp_path: Path) -> None:
    config = engine([CALLS])
    (row,) = program_rows(tmp_path, [[Parsel(k=2), FewShot(1)]], config)
    assert row["score"] == 1.0
    prompts = prompts_of(config)
    assert all("def twice" in each for each in prompts["solve"])
    assert not any("def twice" in each for each in prompts["implement"] + prompts["decompose"])


def test_with_reflexion_each_trial_is_decomposed_anew(tmp_path: Path) -> None:
    def decompose(request: CompletionRequest, prompt: str) -> str:
        return PLAN if request.tag.address["search"] else " at once."

    config = engine([CALLS])
    config = scripted(
        solve=config.script,
        implement=config.script,
        test=config.script,
        decompose=decompose,
        reflect="Write the helpers.",
    )
    (row,) = program_rows(tmp_path, [[Parsel(k=2), Reflexion(trials=2)]], config)
    assert row["score"] == 1.0
    assert len(prompts_of(config)["test"]) == 1


class TestDecomposition:
    def test_indentation_says_who_calls_whom(self) -> None:
        text = "f(x): all\n    g(x): a\n        h(x): b\n    h\n"
        functions = parsed(text, "f", 9)
        assert {name: each.calls for name, each in functions.items()} == {
            "f": ("g", "h"),
            "g": ("h",),
            "h": (),
        }
        assert functions["g"].line == "g(x): a"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "f(x): all",
            "Sure! Here it is:\nf(x): all\n",
            "f(x): all\n  g(x y): no signature\n",
        ],
    )
    def test_what_says_nothing_is_passed_over(self, text: str) -> None:
        assert list(parsed(text, "f", 9)) == ["f"]

    def test_there_are_no_more_functions_than_allowed(self) -> None:
        text = "f(x): all\n" + "".join(f"    g{n}(x): part\n" for n in range(9))
        assert list(parsed(text, "f", 3)) == ["f", "g0", "g1"]

    def test_a_description_cannot_leave_its_docstring(self) -> None:
        functions = parsed('f(x): all\n    g(x): """; import os; """ \\\n', "f", 9)
        assert "import" in functions["g"].header
        compiled: dict[str, Any] = {}
        exec(f"{functions['g'].header}\n    pass", compiled)
        assert "os" not in compiled

    def test_functions_without_constraints_are_settled_with_their_callers(self) -> None:
        text = "f(x): all\n    g(x): a\n        h(x): b\n        assert h(1) == 1\n"
        assert components(parsed(text, "f", 9), "f") == [("h",), ("f", "g")]

    def test_functions_that_call_each_other_are_settled_together(self) -> None:
        text = (
            "f(x): all\n    odd(x): a\n    assert odd(1)\n        even(x): b\n"
            "        assert even(2)\n            odd\n"
        )
        assert components(parsed(text, "f", 9), "f") == [("odd", "even"), ("f",)]

    def test_combinations_come_by_how_late_their_parts_were_drawn(self) -> None:
        assert combinations((2, 3), 99) == [(0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (1, 2)]
        assert combinations((2, 3), 2) == [(0, 0), (0, 1)]
        assert len(combinations((8, 8, 8, 8), 100)) == 100
        assert len(set(combinations((4, 4, 4), 999))) == math.prod((4, 4, 4))


def test_nothing_to_write_is_refused() -> None:
    assert "its.k is 0: give a whole number from 1" in refusal(Parsel, k=0)
