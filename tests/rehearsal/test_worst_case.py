"""The worst case bounds the expected one, and tells where the context window is too short."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.protocol import Sampling
from harness.plan.cell import Setting
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.scaffolding.react import ReAct
from ptes.scaffolding.reflexion import Reflexion
from ptes.selection.self_consistency import SelfConsistency
from tests.acting_toys import Pages, ToyHops
from tests.program_toys import ROLES, ToyPrograms
from tests.rehearsing import FAILING, PASSING, price, worst
from tests.toys import ToyBenchmark, toy_model, toy_plan

WINDOW = Setting("fake", dict.fromkeys(ROLES, Sampling()), 120, 0)


@pytest.mark.parametrize(
    "stack",
    [
        [],
        [FewShot(4)],
        [ChainOfThought()],
        [SelfConsistency(9)],
        [SelfConsistency(30, adaptive=True)],
        [Reflexion(trials=4), ChainOfThought()],
    ],
)
def test_nothing_costs_more_than_the_worst(stack: list[PTE]) -> None:
    most = worst(stack)
    for lengths in (FAILING, PASSING):
        result = price(stack, lengths=lengths)
        assert result.calls <= most.calls
        assert result.tokens < most.tokens
        assert result.longest <= most.longest


def test_every_generation_of_the_worst_runs_to_its_limit() -> None:
    assert worst([]).generated_tokens == ToyBenchmark().task().answer_tokens
    assert worst([ReAct(steps=5, tokens=40), Pages()], ToyHops()).generated_tokens == 5 * 40 + 80
    assert worst([Reflexion(trials=3)], ToyPrograms()).generated_tokens >= 3 * 300 + 2 * 150


def test_an_adaptive_vote_stops_only_where_answers_agree() -> None:
    stack = [SelfConsistency(40, adaptive=True)]
    assert price(stack, lengths=PASSING).calls < 8
    assert worst(stack).calls == 40


def test_a_stack_that_may_not_fit_the_window_is_told_with_the_mend(tmp_path: Path) -> None:
    made, _ = toy_plan(tmp_path, [[], [FewShot(8)]], FakeConfig(), setting=WINDOW)
    base, shots = made.cells
    assert base.notes == ()
    (note,) = shots.notes
    assert f"may take about {shots.worst.longest} tokens" in note
    assert "the context window is 120: set context_window=256" in note


def test_where_the_model_has_no_longer_window_that_is_told(tmp_path: Path) -> None:
    short = [toy_model(tmp_path / "short", "short", context_window=130)]
    made, _ = toy_plan(tmp_path, [[FewShot(8)]], FakeConfig(), setting=WINDOW, models=short)
    (note,) = made.cells[0].notes
    assert "short was trained for 130: lower what it is shown or may say" in note


def test_the_longest_question_decides_the_window(tmp_path: Path) -> None:
    class Uneven(ToyBenchmark):
        def load(self):  # type: ignore[no-untyped-def]
            from dataclasses import replace

            data = super().load()
            first = data.items[3]
            long = replace(first.problem, question=first.problem.question + " and 1" * 200)
            items = (*data.items[:3], replace(first, problem=long), *data.items[4:])
            return replace(data, items=items)

    assert worst([], Uneven()).longest > worst([]).longest + 250
    assert price([], Uneven()).prompt_tokens < worst([], Uneven()).prompt_tokens / 2
