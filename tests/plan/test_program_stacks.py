"""Stacks that run programs: which combine, what they cost, and how the budget cuts them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.protocol import Sampling
from harness.errors import UserError
from harness.plan.cell import Cell, Setting
from harness.plan.plan import Plan
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.scaffolding.codet import CodeT
from ptes.scaffolding.parsel import Parsel
from ptes.scaffolding.reflexion import Reflexion
from ptes.selection.alphacode import AlphaCode
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from tests.program_toys import ROLES, ToyPrograms
from tests.toys import ToyBenchmark, toy_model, toy_plan

SETTING = Setting("fake", dict.fromkeys(ROLES, Sampling()), 100_000, 0)


def plan(folder: Path, *stacks: list[PTE], **changes: Any) -> Plan:
    settings: dict[str, Any] = {"setting": SETTING, "benchmark": ToyPrograms()} | changes
    benchmark = settings.pop("benchmark")
    return toy_plan(folder, stacks, FakeConfig(), benchmark, **settings)[0]


def cell(folder: Path, *ptes: PTE, **changes: Any) -> Cell:
    (made,) = plan(folder, list(ptes), **changes).cells
    return made


@pytest.mark.parametrize("one", [CodeT(), AlphaCode(), Parsel()])
def test_none_of_them_works_where_no_program_is_asked_for(tmp_path: Path, one: PTE) -> None:
    with pytest.raises(UserError, match=f"{one.name} runs programs, and toy asks for none"):
        plan(tmp_path, [one], benchmark=ToyBenchmark())


@pytest.mark.parametrize("one", [CodeT(), AlphaCode()])
def test_a_vote_adds_nothing_to_them(tmp_path: Path, one: PTE) -> None:
    made = plan(tmp_path, [one, SelfConsistency(5)], [])
    (refused,) = made.refusals
    assert refused.reason == f"{one.name} already does what self_consistency does"


def test_all_others_combine(tmp_path: Path) -> None:
    judge = ModelJudge(toy_model(tmp_path / "judge", "judge"))
    everything = [FewShot(1), ChainOfThought(), Parsel(), Reflexion(), CodeT(), AlphaCode(), judge]
    pairs = [[a, b] for n, a in enumerate(everything) for b in everything[n + 1 :]]
    assert not plan(tmp_path, *pairs, everything).refusals


def test_tests_of_its_own_are_paid_for_once_a_problem(tmp_path: Path) -> None:
    codet, both = CodeT(10, 10), AlphaCode(10, 4)
    alone = cell(tmp_path, codet, budget=None).price
    assert [(role, share.calls) for role, share in alone.shares] == [("solve", 10), ("test", 10)]
    assert cell(tmp_path, codet, both, budget=None).price == alone
    assert cell(tmp_path, both, budget=None).price.calls == 14


def test_trials_reflections_and_longer_prompts_are_in_the_price(tmp_path: Path) -> None:
    base = cell(tmp_path).worst
    tried = cell(tmp_path, Reflexion(trials=4), budget=None).worst
    assert tried.calls == 4 + 3 + 1
    assert 4 * base.generated_tokens + 3 * 150 < tried.generated_tokens
    assert tried.generated_tokens <= 4 * base.generated_tokens + 3 * 150 + 300
    by_role = dict(tried.shares)
    assert by_role["solve"].prompt_tokens > 4 * base.prompt_tokens


def test_implementations_of_every_function_are_in_the_price(tmp_path: Path) -> None:
    written = cell(tmp_path, Parsel(k=5, functions=3), budget=None).worst
    assert written.calls == 5 + 1 + 2 * 5 + 1


def test_search_over_policy_over_pool_multiply(tmp_path: Path) -> None:
    stack = (Parsel(k=2, functions=2), Reflexion(trials=3), CodeT(5, 5))
    calls = cell(tmp_path, *stack, budget=None).worst.calls
    assert calls == 5 * (3 * (2 + 1 + 2) + 2) + 5


@pytest.mark.parametrize(
    "stack",
    [
        [CodeT()],
        [CodeT(), Reflexion()],
        [CodeT(), Parsel()],
        [Parsel(), Reflexion()],
        [FewShot(1), Parsel(), Reflexion(), CodeT(), AlphaCode()],
    ],
)
def test_pool_trials_and_implementations_share_the_budget(tmp_path: Path, stack: list[PTE]) -> None:
    cut = cell(tmp_path, *stack)
    assert 60 < cut.net_multiplier <= 100
    (note,) = cut.notes
    for pte in cut.stack.ptes:
        if isinstance(pte, Reflexion):
            assert 2 <= pte.trials < 10
            assert f"reflexion.trials 10 -> {pte.trials}" in note
        if isinstance(pte, Parsel):
            assert 2 <= pte.k < 8
            assert f"parsel.k 8 -> {pte.k}" in note


def test_within_the_budget_nothing_is_cut(tmp_path: Path) -> None:
    kept = cell(tmp_path, Reflexion(trials=10))
    assert (kept.notes, kept.net_multiplier < 100) == ((), True)


def test_each_role_needs_its_sampling(tmp_path: Path) -> None:
    bare = Setting("fake", {"solve": Sampling()}, 100_000, 0)
    with pytest.raises(UserError, match="in the role decompose, and there is no sampling"):
        plan(tmp_path, [Parsel()], setting=bare)
