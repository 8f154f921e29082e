"""Every sweep has an inference budget; the plan allots it and says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.plan.budget import Allotment
from harness.plan.cell import Cell
from harness.rehearsal.lengths import Lengths
from harness.stack import Stack
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from tests.rehearsing import pricer
from tests.toys import toy_model, toy_plan

PRICER = pricer()


def times(stack: Stack) -> float:
    """What a stack costs in multiples of the base."""
    base = PRICER.expected(Stack.of([]), False, Lengths())
    return PRICER.expected(stack, False, Lengths()).tokens / base.tokens


def cell(folder: Path, stack: list[PTE], **changes: Any) -> Cell:
    """The only cell of a sweep whose budget counts gross: what n votes cost is then n times."""
    settings = {"budget_cost": "gross"} | changes
    (made,) = toy_plan(folder, [stack], FakeConfig(), **settings)[0].cells
    return made


def test_a_pool_beyond_the_budget_is_cut_and_the_cell_says_so(tmp_path: Path) -> None:
    cut = cell(tmp_path, [SelfConsistency(1000)])
    assert cut.stack.pool == 100
    assert cut.gross_multiplier == pytest.approx(100)
    assert cut.notes == ("pool 1000 -> 100: 1000x the base, the budget is 100x (gross)",)


def test_a_cut_cell_is_the_cell_of_the_smaller_pool(tmp_path: Path) -> None:
    assert cell(tmp_path, [SelfConsistency(1000)]).id == cell(tmp_path, [SelfConsistency(100)]).id


def test_within_the_budget_nothing_is_cut_or_noted(tmp_path: Path) -> None:
    kept = cell(tmp_path, [SelfConsistency(100)])
    assert (kept.stack.pool, kept.notes) == (100, ())


def test_no_budget_is_no_cap(tmp_path: Path) -> None:
    kept = cell(tmp_path, [SelfConsistency(1000)], budget=None)
    assert (kept.stack.pool, kept.notes) == (1000, ())
    assert kept.gross_multiplier == pytest.approx(1000)


def test_all_members_of_the_pool_are_cut_together(tmp_path: Path) -> None:
    judge = ModelJudge(toy_model(tmp_path / "judge", "judge"), n=700)
    cut = cell(tmp_path, [SelfConsistency(900), judge, ChainOfThought()])
    assert len({pte.samples for pte in cut.stack.ptes if pte.samples > 1}) == 1
    assert cut.gross_multiplier <= 100
    assert "pool 900 -> " in cut.notes[0]


@given(st.integers(2, 5000), st.floats(3, 500), st.booleans())
def test_the_largest_pool_within_the_budget_is_taken(n: int, cap: float, thought: bool) -> None:
    alone = [ChainOfThought()] if thought else []
    stack = Stack.of([SelfConsistency(n), *alone])
    once = times(Stack.of(alone))
    allotment = Allotment(cap)
    allotment.fit([(stack, times)])
    got, note = allotment.of(stack, times)
    assert (note is None) == (n * once <= cap)
    assert (got.pool < n) <= (note is not None)
    if cap > 2 * once:
        assert got.pool * once <= cap * (1 + 1e-9)
        assert got.pool == n or (got.pool + 1) * once > cap * (1 - 1e-9)


def test_the_base_costs_once_the_base(tmp_path: Path) -> None:
    assert cell(tmp_path, []).gross_multiplier == 1.0


def test_a_vote_costs_n_times_what_it_votes_over(tmp_path: Path) -> None:
    one = cell(tmp_path, [ChainOfThought()]).price
    five = cell(tmp_path, [ChainOfThought(), SelfConsistency(5)]).price
    assert five.calls == pytest.approx(5 * one.calls)
    assert five.tokens == pytest.approx(5 * one.tokens)


@pytest.mark.parametrize(
    ("pte", "note"),
    [
        (ChainOfThought(), "a pool of 1 cannot be cut"),
        (SelfConsistency(2), "a pool of 2 cannot be cut"),
        (SelfConsistency(9), "pool 9 -> 2: 9x the base, the budget is 1.5x (gross); 2x are left"),
    ],
)
def test_what_stays_beyond_the_budget_is_noted(tmp_path: Path, pte: PTE, note: str) -> None:
    (result,) = cell(tmp_path, [pte], budget=1.5).notes
    assert note in result
