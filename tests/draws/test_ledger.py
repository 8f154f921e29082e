"""Law 4: what an attempt costs by itself, whoever asked first and whatever a cache served."""

from __future__ import annotations

from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from harness.errors import EngineError
from harness.ledger import Cost, Spent, cost_of
from harness.records.summary import summarise
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import ScoringConfig, ToyBenchmark, toy_model, toy_run

counts = st.integers(0, 10**9)
COUNTED = ("calls", "prompt_tokens", "generated_tokens", "own_prefix_tokens")
costs = st.builds(
    Cost,
    **dict.fromkeys(COUNTED, counts),
    flop=counts.map(float),
    own_prefix_flop=counts.map(float),
)
ONE = ToyBenchmark(size=1)
LEDGER = [f.name for f in fields(Cost)]


def row(folder: Path, stack: list[PTE], engine: FakeConfig, **changes: Any) -> dict[Any, Any]:
    benchmark = changes.pop("benchmark", ONE)
    frame = toy_run(folder, [stack], engine, benchmark, **changes).records.frame()
    (only,) = frame.to_dict("records")
    return only


def no_cue(request: CompletionRequest, prompt: str) -> str:
    return "Well, well." if request.max_tokens > 64 else " 7."


@given(costs, costs)
def test_costs_add_field_by_field(one: Cost, other: Cost) -> None:
    assert astuple(one + other) == tuple(
        a + b for a, b in zip(astuple(one), astuple(other), strict=True)
    )
    assert one + Cost() == one


@given(counts, counts, counts)
def test_a_call_costs_two_flop_a_parameter_and_token(shown: int, said: int, own: int) -> None:
    cost = cost_of(shown, said, own, flop_per_token=2e6)
    assert cost == Cost(
        calls=1,
        prompt_tokens=shown,
        generated_tokens=said,
        own_prefix_tokens=own,
        flop=(shown + said) * 2e6,
        own_prefix_flop=own * 2e6,
    )


def test_spent_adds_field_by_field() -> None:
    one, other = (
        Spent(
            requests=1,
            prompt_tokens=2,
            cached_tokens=3,
            generated_tokens=4,
            journal_hits=5,
            journal_tokens=6,
        ),
        Spent(
            requests=10,
            prompt_tokens=20,
            cached_tokens=30,
            generated_tokens=40,
            journal_hits=50,
            journal_tokens=60,
        ),
    )
    assert one + other == Spent(
        requests=11,
        prompt_tokens=22,
        cached_tokens=33,
        generated_tokens=44,
        journal_hits=55,
        journal_tokens=66,
    )
    assert Spent().asked(7, 3, 2).spared(9) == Spent(
        requests=1,
        prompt_tokens=7,
        cached_tokens=3,
        generated_tokens=2,
        journal_hits=1,
        journal_tokens=9,
    )


def test_a_single_call_has_no_own_prefix(tmp_path: Path) -> None:
    engine = FakeConfig()
    base = row(tmp_path, [], engine)
    (request,) = engine.asked
    assert base["calls"] == 1
    assert base["own_prefix_tokens"] == 0
    assert base["prompt_tokens"] == len(request.ids)
    assert base["flop"] == (base["prompt_tokens"] + base["generated_tokens"]) * 2e6


def test_every_vote_after_the_first_has_the_prompt_as_its_own_prefix(tmp_path: Path) -> None:
    engine = FakeConfig()
    voted = row(tmp_path, [SelfConsistency(5)], engine)
    shown = len(engine.asked[0].ids)
    assert voted["prompt_tokens"] == 5 * shown
    assert voted["own_prefix_tokens"] == 4 * shown
    assert voted["own_prefix_flop"] == 4 * shown * 2e6


def test_a_continuation_has_all_it_extends_as_its_own_prefix(tmp_path: Path) -> None:
    engine = FakeConfig(no_cue)
    thought = row(tmp_path, [ChainOfThought()], engine)
    first, second = engine.asked
    assert thought["calls"] == 2
    assert thought["prompt_tokens"] == len(first.ids) + len(second.ids)
    assert thought["own_prefix_tokens"] == len(first.ids) + len("Well, well.")


def test_votes_and_continuations_discount_together(tmp_path: Path) -> None:
    engine = FakeConfig(no_cue)
    thought = row(tmp_path, [ChainOfThought(), SelfConsistency(3)], engine)
    shown, said = min(len(r.ids) for r in engine.asked), len("Well, well.")
    assert thought["own_prefix_tokens"] == 2 * shown + 3 * (shown + said)


def test_options_after_the_first_have_the_context_as_their_own_prefix(tmp_path: Path) -> None:
    engine = ScoringConfig()
    chosen = row(tmp_path, [], engine, benchmark=replace(ONE, readout="loglikelihood"))
    shown = len(engine.asked[0].ids)
    assert chosen["calls"] == 2
    assert chosen["prompt_tokens"] == 2 * shown + len(" one") + len(" two")
    assert chosen["own_prefix_tokens"] == shown
    assert chosen["generated_tokens"] == 0


def test_cost_alone_is_the_same_whoever_asked_first(tmp_path: Path) -> None:
    """Base draws served from the journal cost the base what they would cost it alone."""
    alone = toy_run(tmp_path / "a", [[]]).records.frame()
    toy_run(tmp_path / "b", [[SelfConsistency(4)]])
    engine = FakeConfig()
    after = toy_run(tmp_path / "b", [[]], engine).records.frame()
    assert not engine.asked
    after = after[after["stack"] == "base"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone[LEDGER], after[LEDGER])


@pytest.mark.parametrize("votes", [2, 7])
def test_the_multiplier_of_the_base_is_one_and_of_n_votes_n(tmp_path: Path, votes: int) -> None:
    toy_run(tmp_path, [[], [SelfConsistency(votes)]], FakeConfig(lambda r, p: " 4."))
    times = {line["stack"]: line["x base (gross)"] for line in summarise([tmp_path / "run"])}
    assert times == {"base": 1.0, "self_consistency": float(votes)}


def test_the_multiplier_compares_rungs_with_their_own_base(tmp_path: Path) -> None:
    models = [
        toy_model(tmp_path / "small", "small"),
        toy_model(tmp_path / "large", "large", parameters=9e6),
    ]
    engine = FakeConfig(lambda r, p: " 4.")
    toy_run(tmp_path, [[], [SelfConsistency(3)]], engine, models=models)
    lines = summarise([tmp_path / "run"])
    assert {(line["model"], line["stack"]): line["x base (gross)"] for line in lines} == {
        ("small", "base"): 1.0,
        ("small", "self_consistency"): 3.0,
        ("large", "base"): 1.0,
        ("large", "self_consistency"): 3.0,
    }


def test_the_multiplier_leaves_out_problems_that_an_arm_failed_on(tmp_path: Path) -> None:
    def script(request: CompletionRequest, prompt: str) -> str:
        hard = request.tag.problem == "toy-1"
        if hard and request.max_tokens > 64:
            raise EngineError("no answer")
        return " 4, I am sure" if hard else " The answer is 4."

    engine = FakeConfig(script)
    runner = toy_run(tmp_path, [[], [ChainOfThought()]], engine, ToyBenchmark(size=3))
    frame = runner.records.frame()
    both = frame[frame["problem"] != "toy-1"].groupby("stack")["flop"].mean()
    (line,) = [r for r in summarise([tmp_path / "run"]) if r["stack"] == "chain_of_thought"]
    assert line["failed"] == 1
    assert line["x base (gross)"] == round(both["chain_of_thought"] / both["base"], 2)
    every = frame.groupby("stack")["flop"].mean()
    assert line["x base (gross)"] != round(every["chain_of_thought"] / every["base"], 2)
