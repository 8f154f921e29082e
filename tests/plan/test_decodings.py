"""Which arms decode greedily, and how older settings say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.benchmark import FreeReply
from harness.contracts.prompt import SOLVE
from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.protocol import Sampling
from harness.errors import UserError
from harness.models.spec import SiblingCheckpoint
from harness.plan.cell import Setting
from harness.plan.plan import make
from harness.plan.request import LoadedBenchmark
from harness.settings.composing import composed
from harness.settings.experiment import load, stored
from harness.settings.folder import run_folder
from ptes.data.instruct_sibling import InstructSibling
from ptes.prompting.few_shot import FewShot
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import ToyBenchmark, toy_model, toy_plan

TOY = ("ladder=pocket", "benchmark=pocket_arithmetic", "limit=4")
STACKS: list[list[PTE]] = [[], [FewShot(2)], [SelfConsistency(3)], [FewShot(2), SelfConsistency(3)]]
SAMPLED = ["base", "few_shot", "self_consistency", "few_shot+self_consistency"]


def labels(folder: Path, **changes: Any) -> list[str]:
    made, _ = toy_plan(folder, STACKS, FakeConfig(), **changes)
    return [cell.label for cell in made.cells]


@pytest.mark.parametrize(
    ("greedy", "further"),
    [("all", {"base (greedy)", "few_shot (greedy)"}), ("base", {"base (greedy)"}), ("none", set())],
)
def test_what_does_not_live_by_sampling_decodes_both_ways(
    tmp_path: Path, greedy: str, further: set[str]
) -> None:
    assert set(labels(tmp_path, greedy=greedy)) == {*SAMPLED, *further}


def test_a_greedy_arm_asks_its_own_draws_and_costs_one_more_run(tmp_path: Path) -> None:
    one, both = (toy_plan(tmp_path, STACKS[:2], FakeConfig(), greedy=g)[0] for g in ("none", "all"))
    assert both.distinct.calls == 2 * one.distinct.calls
    greedy = [cell for cell in both.cells if cell.greedy]
    assert all(cell.sampling(both.setting)[SOLVE].greedy for cell in greedy)
    assert {cell.id for cell in one.cells} < {cell.id for cell in both.cells}


def test_a_greedy_sweep_decodes_once(tmp_path: Path) -> None:
    setting = Setting("fake", {SOLVE: Sampling(0.0)}, 10_000, 0)
    assert labels(tmp_path, greedy="all", setting=setting) == ["base", "few_shot"]


def test_models_that_think_are_sampled_and_it_is_said(tmp_path: Path) -> None:
    toy = ToyBenchmark()
    thinking = replace(toy.task(), free=FreeReply(64, thinking_tokens=256))
    _, request = toy_plan(tmp_path, STACKS, FakeConfig(), greedy="none")
    benchmarks = {"toy": LoadedBenchmark(toy, thinking, toy.load())}
    made = make(replace(request, greedy="all", benchmarks=benchmarks))
    assert not any(cell.greedy for cell in made.cells)
    assert "thoughts are sampled" in made.refusals[0].reason


def test_one_model_that_must_sample_decides_for_all_rungs(tmp_path: Path) -> None:
    usual, other = (toy_model(tmp_path / name, name) for name in ("usual", "other"))
    models = [usual, replace(other, needs_sampling=True)]
    made, _ = toy_plan(tmp_path, STACKS, FakeConfig(), greedy="all", models=models)
    assert not any(cell.greedy for cell in made.cells)
    assert {r.reason for r in made.refusals} == {
        "other must sample (needs_sampling): the base is sampled"
    }


def test_a_greedy_sweep_of_models_that_must_sample_is_refused(tmp_path: Path) -> None:
    model = replace(toy_model(tmp_path, "other"), needs_sampling=True)
    setting = Setting("fake", {SOLVE: Sampling(0.0)}, 10_000, 0)
    with pytest.raises(UserError, match=r"temperature is 0, and on toy other must sample"):
        toy_plan(tmp_path, STACKS, FakeConfig(), models=[model], setting=setting)


def test_a_sibling_that_must_sample_decides_too(tmp_path: Path) -> None:
    sibling = SiblingCheckpoint("other", needs_sampling=True)
    model = replace(toy_model(tmp_path, "usual"), instruct_sibling=sibling)
    stacks: list[list[PTE]] = [[], [InstructSibling()]]
    made, _ = toy_plan(tmp_path, stacks, FakeConfig(), greedy="all", models=[model])
    assert not any(cell.greedy for cell in made.cells)
    assert made.refusals[0].reason.startswith("usual+instruct must sample")


@pytest.mark.parametrize(("old", "new"), [("true", "base"), ("false", "none")])
def test_the_older_setting_is_still_read(old: str, new: str) -> None:
    assert composed([*TOY, f"greedy_base={old}"]).greedy == new
    words = (f"greedy_base={old}", f"greedy={new}")
    assert len({run_folder(composed([*TOY, word])) for word in words}) == 1


def test_a_configuration_stored_before_means_what_it_meant() -> None:
    text = load([*TOY, "greedy=base"]).config
    before = text.replace("greedy: base", "greedy_base: true")
    before = before.replace("  cost: net\n", "").replace("  keep_full: true\n", "")
    assert not {"keep_full:", "greedy:"} & set(before.split())
    request = stored(before, TOY).request
    assert (request.greedy, request.budget_cost, request.keep_full) == ("base", "gross", False)
