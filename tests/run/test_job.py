"""How a job feeds its engine, and what it makes of failures."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.benchmark import Grade, Task
from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig, FakeEngine
from harness.engines.protocol import CompletionRequest, LoadRequest
from harness.errors import EngineError, EngineLostError
from harness.records.summary import summarise
from ptes.prompting.few_shot import FewShot
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import ToyBenchmark, toy_model, toy_run, toy_runner


def test_draws_of_one_prompt_reach_the_engine_side_by_side(tmp_path: Path) -> None:
    engine = FakeConfig()
    stacks: list[list[PTE]] = [[SelfConsistency(n=4)], [FewShot(k=2), SelfConsistency(n=4)]]
    toy_run(tmp_path, stacks, engine, ToyBenchmark(size=20))
    prompts = [request.ids.tobytes() for request in engine.asked]
    runs = [len(list(group)) for _, group in itertools.groupby(prompts)]
    assert runs == [4] * 40


def test_one_failed_attempt_is_recorded_and_the_sweep_goes_on(tmp_path: Path) -> None:
    def script(request: CompletionRequest, prompt: str) -> str:
        if request.tag.problem == "toy-3":
            raise EngineError("no answer from the engine")
        return " 4."

    frame = toy_run(tmp_path, [[]], FakeConfig(script), ToyBenchmark(size=6)).records.frame()
    failed = frame[frame["problem"] == "toy-3"].iloc[0]
    assert (len(frame), failed["status"], failed["failures"]) == (6, "error", 1)
    assert "no answer from the engine" in failed["error"]
    assert frame["score"].isna().sum() == 1

    again = FakeConfig()
    frame = toy_run(tmp_path, [[]], again, ToyBenchmark(size=6)).records.frame()
    assert [request.tag.problem for request in again.asked] == ["toy-3"]
    assert not frame["score"].isna().any()


def test_a_lost_engine_ends_the_run_and_keeps_what_was_drawn(tmp_path: Path) -> None:
    def script(request: CompletionRequest, prompt: str) -> str:
        if request.tag.problem == "toy-9":
            raise EngineLostError("the engine has died")
        return " 4."

    dying = FakeConfig(script, max_concurrency=1)
    with pytest.raises(EngineLostError):
        toy_run(tmp_path, [[]], dying, ToyBenchmark(size=12))
    again = FakeConfig()
    toy_run(tmp_path, [[]], again, ToyBenchmark(size=12))
    first = {request.tag.problem for request in dying.asked} - {"toy-9"}
    assert first
    assert len(again.asked) < 12  # what had been answered came from the journal
    assert {request.tag.problem for request in again.asked} | first == {
        f"toy-{n}" for n in range(12)
    }


@dataclass(frozen=True)
class Picky(FakeConfig):
    """An engine that one model does not load into."""

    async def load(self, request: LoadRequest) -> FakeEngine:
        if request.model.name == "broken":
            raise RuntimeError("weights are damaged")
        return await super().load(request)


def test_a_rung_that_cannot_be_loaded_does_not_cost_the_others(tmp_path: Path) -> None:
    models = [toy_model(tmp_path / name, name) for name in ("small", "broken", "large")]
    runner = toy_run(tmp_path, [[]], Picky(), ToyBenchmark(size=3), models=models)
    assert set(runner.records.frame()["model"]) == {"small", "large"}
    failed = [cell for cell in runner.tracker.cells.values() if cell.state == "failed"]
    assert [cell.model for cell in failed] == ["broken"]
    assert "weights are damaged" in str(failed[0].why)


def test_what_a_killed_session_spent_is_not_forgotten(tmp_path: Path) -> None:
    runner = toy_runner(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=3))
    cell = next(iter(runner.tracker.cells.values()))
    cell.spent = cell.spent.asked(100, 0, 7)
    runner.tracker.state = "running"
    runner.tracker.save()  # and then the process is gone
    toy_run(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=3))
    lines = (tmp_path / "run" / "spent" / "main.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert '"prompt_tokens": 100' in lines[0]


def test_lost_votes_are_told_and_not_paid_for(tmp_path: Path) -> None:
    def script(request: CompletionRequest, prompt: str) -> str:
        if request.tag.address["selection"] >= 2:
            raise EngineError("gone")
        return " 4."

    stacks = [[], [SelfConsistency(n=5)]]
    runner = toy_run(tmp_path, stacks, FakeConfig(script), ToyBenchmark(size=4))
    base, votes = summarise([runner.folder])
    assert (base["x base (gross)"], base["lost votes"]) == (1.0, 0)
    assert (votes["n"], votes["lost votes"], votes["x base (gross)"]) == (4, 12, None)
    assert sum(cell.failed for cell in runner.tracker.cells.values()) == 4


def test_a_grader_that_breaks_costs_one_attempt(tmp_path: Path) -> None:
    class Brittle(ToyBenchmark):
        def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
            if target == "2":
                raise ValueError("cannot compare")
            return super().grade(target, answer, scores)

    frame = toy_run(tmp_path, [[]], FakeConfig(), Brittle(size=6)).records.frame()
    failed = frame[frame["status"] == "error"]
    assert list(failed["problem"]) == ["toy-1"]
    assert "cannot compare" in failed["error"].iloc[0]


def test_other_runs_leave_every_multiplier_alone(tmp_path: Path) -> None:
    folders = []
    for limit in (1, 4):
        folder = tmp_path / str(limit)
        benchmark = ToyBenchmark(size=4, limit=limit)
        model = toy_model(tmp_path / "weights")
        stacks = [[], [SelfConsistency(n=3)]]
        folders.append(toy_run(folder, stacks, None, benchmark, models=[model]).folder)
    together = {row["cell"]: row["x base (gross)"] for row in summarise(folders)}
    alone = {
        row["cell"]: row["x base (gross)"] for folder in folders for row in summarise([folder])
    }
    assert together == alone
    assert sorted(together.values()) == pytest.approx([1, 1, 3, 3], rel=0.02)


def test_another_instruction_is_another_cell(tmp_path: Path) -> None:
    class Reworded(ToyBenchmark):
        def task(self) -> Task:
            return replace(super().task(), instruction="Add up.")

    ids = {
        toy_runner(tmp_path / str(n), [[]], FakeConfig(), benchmark).plan.cells[0].id
        for n, benchmark in enumerate((ToyBenchmark(), Reworded()))
    }
    assert len(ids) == 2


@dataclass(frozen=True)
class Overtaken(FakeConfig):
    """An engine that takes so long to load that another job has drawn everything meanwhile."""

    theirs: Path = Path()
    ours: Path = Path()

    async def load(self, request: LoadRequest) -> FakeEngine:
        for segment in self.theirs.glob("*.jsonl"):
            shutil.copy(segment, self.ours)
        return await super().load(request)


def test_what_another_job_drew_while_the_engine_loaded_is_not_asked_again(tmp_path: Path) -> None:
    model = toy_model(tmp_path / "weights")
    toy_run(tmp_path / "theirs", [[]], FakeConfig(), ToyBenchmark(size=5), models=[model])
    journals = (tmp_path / "theirs" / "journal", tmp_path / "ours" / "journal")
    engine = Overtaken(theirs=journals[0], ours=journals[1])
    runner = toy_run(tmp_path / "ours", [[]], engine, ToyBenchmark(size=5), models=[model])
    assert engine.asked == []
    assert len(runner.records.frame()) == 5


@dataclass(frozen=True)
class Interrupted(FakeConfig):
    """An engine that Ctrl-C ends while it blocks the loop by loading."""

    async def load(self, request: LoadRequest) -> FakeEngine:
        os.kill(os.getpid(), signal.SIGINT)
        raise RuntimeError("engine core initialization failed")


def test_ctrl_c_while_an_engine_loads_is_an_interruption(tmp_path: Path) -> None:
    runner = toy_run(tmp_path, [[]], Interrupted(), ToyBenchmark(size=2))
    assert runner.interrupted
    assert runner.tracker.state == "interrupted"
    assert not any(cell.why for cell in runner.tracker.cells.values())
