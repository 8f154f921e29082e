"""What the budget cuts, it cuts in every arm of a benchmark, and no more of the plan for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.contracts.pte import PTE, Slot
from harness.engines.fake import FakeConfig
from harness.errors import UserError
from harness.plan.plan import make
from harness.stack import Stack, parameters
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.scaffolding.reflexion import Reflexion
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from tests.plan.test_program_stacks import SETTING
from tests.toys import toy_model, toy_plan

AS_ONE: dict[str, Any] = {"budget_cost": "gross", "keep_full": False}
"""A budget under which n votes cost n times, and that leaves one setting of each PTE."""


def settings(plan: Any) -> dict[str, set[str]]:
    """By PTE, every setting that it has in some arm."""
    result: dict[str, set[str]] = {}
    for cell in plan.cells:
        for pte in cell.stack.ptes:
            result.setdefault(pte.name, set()).add(str(parameters(pte)))
    return result


def test_a_pool_is_the_same_in_all_arms(tmp_path: Path) -> None:
    vote, thought, shots = SelfConsistency(80), ChainOfThought(), FewShot(4)
    stacks: list[list[PTE]] = [
        [],
        [vote],
        [thought, vote],
        [shots, vote],
        [thought, shots, vote],
        [thought],
    ]
    made, _ = toy_plan(tmp_path, stacks, FakeConfig(), **AS_ONE)
    assert all(len(each) == 1 for each in settings(made).values())
    by_label = {cell.stack.label: cell for cell in made.cells}
    largest = by_label["few_shot+chain_of_thought+self_consistency"]
    assert largest.gross_multiplier <= 100
    assert "x the base, the budget is 100x (gross)" in largest.notes[0]
    alone = by_label["self_consistency"]
    assert alone.stack.pool == largest.stack.pool < 80
    assert "the same in all arms, as few_shot+chain_of_thought+self_consistency costs" in str(
        alone.notes
    )
    assert by_label["chain_of_thought"].notes == ()


def test_rungs_have_one_setting_too(tmp_path: Path) -> None:
    """A judge costs a small model more of its own compute than a large one."""
    judge = ModelJudge(toy_model(tmp_path / "judge", "judge", parameters=1e9), n=50)
    models = [
        toy_model(tmp_path / name, name, parameters=size)
        for name, size in (("small", 1e8), ("large", 1e9))
    ]
    made, _ = toy_plan(tmp_path, [[], [judge]], FakeConfig(), models=models, **AS_ONE)
    small, large = (cell for cell in made.cells if cell.stack.ptes)
    assert small.stack.pool == large.stack.pool < 50
    assert large.gross_multiplier < small.gross_multiplier <= 100


def test_trials_are_the_same_in_all_arms(tmp_path: Path) -> None:
    tries, vote = Reflexion(trials=10), SelfConsistency(20)
    stacks: list[list[PTE]] = [[], [tries], [tries, ChainOfThought()], [tries, vote], [vote]]
    made, _ = toy_plan(tmp_path, stacks, FakeConfig(), setting=SETTING, **AS_ONE)
    assert all(len(each) == 1 for each in settings(made).values())
    assert max(cell.gross_multiplier for cell in made.cells) <= 100


@dataclass(frozen=True)
class Stubborn(PTE):
    """Trials that its own check keeps from being few."""

    trials: int = 400

    name: ClassVar[str] = "stubborn"
    category: ClassVar[str] = "x"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})

    def __post_init__(self) -> None:
        if self.trials < 300:
            raise UserError("at least 300")

    @property
    def samples(self) -> int:
        return self.trials

    def with_samples(self, samples: int) -> PTE:
        return replace(self, trials=samples)


def test_a_cut_that_its_pte_refuses_is_not_made_and_said(tmp_path: Path) -> None:
    (cell,) = toy_plan(tmp_path, [[Stubborn()]], FakeConfig(), **AS_ONE)[0].cells
    assert cell.stack.pool == 400
    assert cell.notes == ("400x the base, the budget is 100x (gross): a pool of 400 cannot be cut",)


@dataclass(frozen=True)
class AtLeast(SelfConsistency):
    """A vote that is refused below ten."""

    def applies_to(self, site: Any) -> str | None:
        return "ten votes or none" if self.n < 10 else super().applies_to(site)


def test_a_cut_never_makes_an_illegal_stack(tmp_path: Path) -> None:
    (cell,) = toy_plan(tmp_path, [[AtLeast(50)]], FakeConfig(), budget=5.0, **AS_ONE)[0].cells
    assert cell.stack.pool == 50
    assert "not cut, as then ten votes or none" in cell.notes[0]


def test_without_a_budget_nothing_is_cut(tmp_path: Path) -> None:
    made, _ = toy_plan(tmp_path, [[SelfConsistency(500)], []], FakeConfig(), budget=None)
    assert {cell.stack.pool for cell in made.cells} == {500, 1}


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_stacks_changes_nothing(tmp_path: Path, order: int) -> None:
    stacks: list[list[PTE]] = [[], [SelfConsistency(70)], [SelfConsistency(70), ChainOfThought()]]
    stacks = stacks[::order]
    _, request = toy_plan(tmp_path, stacks, FakeConfig(), **AS_ONE)
    assert sorted(cell.stack.pool for cell in make(request).cells)[:1] == [1]
    pools = {cell.stack.label: cell.stack.pool for cell in make(request).cells}
    assert pools["self_consistency"] == pools["chain_of_thought+self_consistency"]


def test_what_fits_as_asked_is_kept_beside_the_arm_of_its_lattice(tmp_path: Path) -> None:
    """60 votes alone fit, 60 votes over chains of thought do not: the pair has its own single."""
    vote, thought = SelfConsistency(60), ChainOfThought()
    made, _ = toy_plan(
        tmp_path, [[], [vote], [thought], [thought, vote]], FakeConfig(), budget_cost="gross"
    )
    pools: dict[str, list[int]] = {}
    for cell in made.cells:
        pools.setdefault(cell.stack.label, []).append(cell.stack.pool)
    (pair,) = pools["chain_of_thought+self_consistency"]
    assert pools["self_consistency"] == [pair, 60]
    assert pair < 60
    full = next(cell for cell in made.cells if cell.stack.pool == 60)
    assert full.notes[0].startswith("as asked, which fits the budget")
    assert f"is compared with the arm of pool 60 -> {pair}" in full.notes[0]
    votes = [cell for cell in made.cells if cell.stack.label == "self_consistency"]
    assert len(made.drawing(votes)) == 1  # the smaller number of votes costs nothing new


def test_a_budget_that_counts_net_leaves_more(tmp_path: Path) -> None:
    """Votes over a long prompt: what they share is computed once."""
    stacks: list[list[PTE]] = [[FewShot(4), SelfConsistency(400)]]
    net, gross = (
        toy_plan(tmp_path / cost, stacks, FakeConfig(), budget_cost=cost)[0].cells[0]
        for cost in ("net", "gross")
    )
    assert net.net_multiplier <= 100 < net.gross_multiplier
    assert gross.gross_multiplier <= 100
    assert net.stack.pool > 2 * gross.stack.pool
    larger = Stack.of([FewShot(4), SelfConsistency(net.stack.pool + 1)])
    (more,) = toy_plan(tmp_path / "more", [larger.ptes], FakeConfig(), budget=None)[0].cells
    assert net.stack.pool == 400 or more.net_multiplier > 100
