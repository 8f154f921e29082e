"""Shards of a cell, whoever runs them and in whatever order, make the records of one process."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import pytest

from harness.contracts.benchmark import Task
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from harness.errors import EngineError
from harness.plan.shard import Shard
from harness.records.parts import Parts
from harness.records.store import PARTS
from harness.run.runner import Runner
from ptes.prompting.few_shot import FewShot
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import ToyBenchmark, toy_model, toy_run

STACKS: list[list[Any]] = [[], [FewShot(k=2)], [FewShot(k=2), SelfConsistency(n=3)]]
ELEVEN = ToyBenchmark(size=11)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the checkout were clean: records of a dirty one are always made anew."""
    for module in ("runner", "folder"):
        monkeypatch.setattr(f"harness.run.{module}.git_commit", lambda: "commit")


def frame(runner: Runner) -> pd.DataFrame:
    return runner.records.frame()


def parts(runner: Runner) -> list[str]:
    return sorted(path.name for path in (runner.records.folder / PARTS).rglob("*"))


def shard(
    folder: Path, index: int, count: int, engine: FakeConfig | None = None, **changes: Any
) -> Runner:
    return toy_run(folder, STACKS, engine, ELEVEN, shard=Shard(index, count), **changes)


@pytest.mark.parametrize("count", [2, 4, 13])
def test_shards_in_any_order_make_the_records_of_one_process(tmp_path: Path, count: int) -> None:
    models = [toy_model(tmp_path / "weights")]
    one = toy_run(tmp_path / "one", STACKS, None, ELEVEN, models=models)
    order = random.Random(count).sample(range(count), count)
    for done, index in enumerate(order):
        runner = shard(tmp_path / "many", index, count, models=models)
        whole = set(order[: done + 1]) >= set(range(min(count, 11)))
        assert len(list(runner.records.folder.glob("*.parquet"))) == 3 * whole
    pd.testing.assert_frame_equal(frame(runner), frame(one))
    assert parts(runner) == []


def test_a_finished_shard_is_kept_and_a_finished_cell_by_every_shard(tmp_path: Path) -> None:
    shard(tmp_path, 0, 2)
    engine = FakeConfig()
    runner = shard(tmp_path, 0, 2, engine)
    assert not engine.asked
    assert {cell.state for cell in runner.tracker.cells.values()} == {"kept"}
    shard(tmp_path, 1, 2)
    runner = shard(tmp_path, 1, 2, engine)
    assert [(cell.state, cell.done) for cell in runner.tracker.cells.values()] == [("kept", 5)] * 3
    assert not engine.asked


def test_another_number_of_shards_starts_from_the_journal_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    shard(tmp_path, 0, 3)
    shard(tmp_path, 1, 3)
    engine = FakeConfig()
    for index in range(2):
        runner = shard(tmp_path, index, 2, engine)
    assert {request.tag.problem for request in engine.asked} == {"toy-2", "toy-5", "toy-8"}
    assert len(frame(runner)) == 33
    assert parts(runner) == []


def test_failed_attempts_are_mended_shard_by_shard(tmp_path: Path) -> None:
    def script(request: CompletionRequest, prompt: str) -> str:
        if request.tag.problem == "toy-3":
            raise EngineError("gone")
        return " 4."

    for index in range(2):
        runner = shard(tmp_path, index, 2, FakeConfig(script))
    assert frame(runner)["score"].isna().sum() == 3
    assert parts(runner).count("1-of-2.parquet") == 3  # to be gone on with
    engine = FakeConfig(lambda request, prompt: " 4.")
    runner = shard(tmp_path, 1, 2, engine)  # the one that had failures
    assert {request.tag.problem for request in engine.asked} == {"toy-3"}
    assert not frame(runner)["score"].isna().any()
    assert parts(runner) == []


@dataclass(frozen=True)
class Seldom(PTE):
    """Changes the prompts of some problems alone."""

    digit: str
    name: ClassVar[str] = "seldom"
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        touched = f"is {self.digit} +" in prompt.question
        return replace(prompt, instruction="Do add.") if touched else prompt


@pytest.mark.parametrize(("digit", "why"), [("0", None), ("9", "seldom was never invoked")])
def test_whether_a_pte_was_idle_is_judged_over_the_whole_cell(
    tmp_path: Path, digit: str, why: str | None
) -> None:
    for index in range(2):
        benchmark = ToyBenchmark(size=4)
        runner = toy_run(tmp_path, [[Seldom(digit)]], None, benchmark, shard=Shard(index, 2))
        [cell] = runner.tracker.cells.values()
        assert cell.why == (why if index else None)
    assert frame(runner)["cell_error"].dropna().tolist() == ([why] * 4 if why else [])


def test_two_that_assemble_at_once_write_the_same_bytes(tmp_path: Path) -> None:
    def script(request: CompletionRequest, prompt: str) -> str:
        raise EngineError("so that the parts stay")

    for index in range(3):
        runner = shard(tmp_path, index, 3, FakeConfig(script))
    cell = runner.plan.cells[0]
    path = runner.records.path(cell.id)
    first = path.read_bytes()
    whole = Parts(
        records=runner.records,
        cell=cell.id,
        problems=11,
        count=3,
        role_models=runner._role_models_now(cell),
        commit="commit",
    )
    outcomes: list[bool] = []
    racers = [
        threading.Thread(target=lambda: outcomes.append(whole.assemble(lambda invoked: None)))
        for _ in range(4)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert outcomes == [True] * 4
    assert path.read_bytes() == first


def test_parts_that_other_code_made_are_not_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard(tmp_path, 0, 2)
    monkeypatch.setattr("harness.run.runner.git_commit", lambda: "later")
    runner = shard(tmp_path, 1, 2)
    assert not list(runner.records.folder.glob("*.parquet"))
    runner = shard(tmp_path, 0, 2)
    assert set(frame(runner)["git_commit"]) == {"later"}
