"""Trying a stack in a test of one's own."""

from __future__ import annotations

import pytest

from benchmarks.pocket.arithmetic import PocketArithmetic
from harness import Sampling, UserError, tried_on
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.scaffolding.reflexion import Reflexion
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import CallTool

TWO = PocketArithmetic(limit=2)


def test_rows_are_records_and_prompts_are_what_was_shown() -> None:
    tried = tried_on(TWO, [SelfConsistency(3), ChainOfThought()], lambda request, prompt: " 7.")
    assert [row["answer"] for row in tried.rows] == ["7", "7"]
    assert {row["stack"] for row in tried.rows} == {"chain_of_thought+self_consistency"}
    assert set(tried.prompts) == {"solve"}
    assert "step by step" in tried.prompts["solve"][0]


def test_without_a_script_it_says_what_is_plausible_in_every_role() -> None:
    tried = tried_on(TWO, [Reflexion(trials=2, certain=1.0)])
    assert {"solve", "reflect"} <= set(tried.prompts)
    assert all(row["status"] in ("answered", "no_answer") for row in tried.rows)


def test_roles_have_the_sampling_that_is_given_or_declared() -> None:
    seen: dict[str, Sampling] = {}

    def says(request: object, prompt: str) -> str:
        seen[request.tag.role] = request.sampling  # type: ignore[attr-defined]
        return " 7."

    tried_on(TWO, [Reflexion(trials=2, certain=1.0)], says, {"solve": Sampling(0.1)})
    assert (seen["solve"], seen["reflect"]) == (Sampling(0.1), Sampling(0.7))


def test_a_refusal_and_a_failure_are_errors() -> None:
    with pytest.raises(UserError, match="call_tool requires adder"):
        tried_on(TWO, [CallTool()])

    def fails(request: object, prompt: str) -> str:
        raise ZeroDivisionError("in the script")

    with pytest.raises(UserError, match="in the script"):
        tried_on(TWO, [], fails)
