"""How calls are read and written within a text, and what exemplars with calls say."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from benchmarks import own_exemplars
from harness.contracts.attempt import Attempt
from harness.engines.fake import FakeConfig
from harness.engines.tokenizer import ByteTokenizer
from harness.solvers.direct import DirectPolicy
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.tools.calculator import CALCULATOR
from ptes.tools.call_syntax import InlineNotation, open_call, result, spoken
from ptes.tools.toolformer import Toolformer
from tests.refusals import refusal
from tests.rehearsing import worst
from tests.tool_toys import SETTING, Roomy, toy_attempt
from tests.toys import ToyBenchmark, toy_handle, toy_plan


def test_it_costs_its_manual_and_every_call() -> None:
    base, one, four = (
        worst(ptes, Roomy()) for ptes in ([], [Toolformer(calls=1)], [Toolformer(calls=4)])
    )
    assert base.prompt_tokens < one.prompt_tokens < four.prompt_tokens
    assert dict(four.shares)["solve"].calls == 1 + 4


def test_inline_text_is_parsed_as_written() -> None:
    names = ["calculator", "ask"]
    call = open_call("so [Calculator( 2 * (3) ", names)
    assert call is not None
    assert (call.name, call.argument, call.start, call.whole) == ("calculator", "2 * (3)", 3, True)
    assert open_call("[calculator(2) done", names) is None
    assert open_call("[other(2", names) is None
    assert spoken("a [ask(b (c)) → d] e [calculator(1)] f [calculator(2", names) == "a  e  f "
    assert spoken("a [calculator(1) = 2", names) == "a  = 2"
    assert result("a\n [b]  → c") == "a (b) - c"
    assert len(result("x" * 1000)) == 303


def test_the_exemplars_calls_are_right_and_leave_their_rationale() -> None:
    exemplars = own_exemplars.plain("word_problems")
    for exemplar in exemplars:
        called = exemplar.forms["calls"]
        assert InlineNotation().calls(called)
        said = " ".join(spoken(called, ["calculator"]).split())
        assert said == exemplar.forms["rationale"]


def test_where_it_has_no_place_it_is_refused(tmp_path: Path) -> None:
    choice = ToyBenchmark(readout="loglikelihood")
    plan, _ = toy_plan(
        tmp_path,
        [[Toolformer()], [Toolformer(), ChainOfThought()]],
        FakeConfig(),
        choice,
        setting=SETTING,
    )
    assert [cell.label for cell in plan.cells] == ["chain_of_thought+toolformer"]
    assert "needs chain_of_thought" in plan.refusals[0].reason
    assert "its.calls is 0: give a whole number from 1" in refusal(Toolformer, calls=0)


def test_a_search_that_edits_the_prompt_keeps_what_was_said(tmp_path: Path) -> None:
    """Without tokens, what has been said opens the reply to the new prompt."""
    said = iter([" [calculator(3 * 4)]", " 12."])
    engine = FakeConfig(lambda request, prompt: next(said))
    draw, task = toy_handle(tmp_path, engine), Roomy().task()
    policy = Toolformer().policy(DirectPolicy(task), task, (CALCULATOR,))

    async def go() -> Attempt:
        first = await policy.propose(toy_attempt(), draw)
        noted = replace(first.prompt, notes=("A lesson.",))
        return await policy.propose(replace(first, prompt=noted, context=None), draw)

    done = asyncio.run(go())
    shown = ByteTokenizer().decode(engine.asked[1].ids)
    assert shown.endswith(
        "A lesson.\n\nQuestion: What is 0 + 0?\nAnswer: The answer is [calculator(3 * 4) → 12]"
    )
    assert done.answer == "12"
