"""What a run's folder tells of it, whoever wrote it and whether they still live."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.engines.fake import FakeConfig
from harness.errors import UserError
from harness.ledger import Cost, Spent
from harness.plan.plan import Plan
from harness.run.folder import rebuild
from harness.run.heartbeats import wait_for_others
from harness.run.monitor import RunMonitor
from harness.run.state import CellState, ProcessState, RunState
from harness.run.tracker import Tracker, gpus
from harness.run.view import troubles
from harness.run.work_unit import Division, WorkUnit, read_division
from ptes.prompting.few_shot import FewShot
from tests.run.conftest import Divided
from tests.toys import ToyBenchmark, toy_run

TOY = ("model=toy_model", "benchmark=toy", "engine=scripted", "greedy_base=false", "limit=8")
HOUR = 3600.0


def tracker(folder: Path, name: str, plan: Plan, division: str, **changes: Any) -> Tracker:
    """A process that has said something of itself."""
    made = Tracker(plan.cells, folder, name, division)
    made.state = "running"
    for key, value in changes.items():
        setattr(made, key, value)
    return made


@pytest.fixture
def halves(divided: Divided) -> tuple[Path, Plan, Division]:
    """A run of one cell of eight problems, in two work units that nobody has begun."""
    folder = divided(2, *TOY)
    division = read_division(folder)
    assert division is not None
    return folder, rebuild(folder).plan, division


def begin(halves: tuple[Path, Plan, Division], index: int, done: int) -> Tracker:
    folder, plan, division = halves
    work_unit: WorkUnit = division.work_units[index]
    made = tracker(folder, work_unit.name, work_unit.plan(plan), division.id)
    [cell] = made.cells.values()
    cell.state, cell.done, cell.scored, cell.score_sum = "running", done, done, float(index * done)
    cell.spent = Spent(requests=done, prompt_tokens=100 * done, generated_tokens=10 * done)
    made.rate.attempts, made.rate.tokens = 2.0, 50.0
    made.save()
    return made


def change(folder: Path, name: str, **values: Any) -> None:
    path = folder / "status" / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def only(state: RunState) -> CellState:
    [cell] = state.cells
    return cell


def test_nobody_has_begun(halves: tuple[Path, Plan, Division]) -> None:
    state = RunMonitor(halves[0]).state()
    assert [process.state for process in state.processes] == ["waiting", "waiting"]
    assert (only(state).state, state.attempts, state.eta, state.alive) == (
        "waiting",
        (0, 8),
        None,
        False,
    )
    assert state.seen is None
    assert troubles(state) == []


def test_what_processes_do_is_added_up(halves: tuple[Path, Plan, Division]) -> None:
    begin(halves, 0, 1)
    monitor = RunMonitor(halves[0])
    state = monitor.state()
    assert [process.state for process in state.processes] == ["running", "waiting"]
    assert state.eta == pytest.approx(7 / 2)  # what waits is done by those that live
    begin(halves, 1, 3)
    state = monitor.state()
    assert (only(state).state, only(state).done, only(state).of) == ("running", 4, 8)
    assert only(state).score == 0.75
    assert state.spent == Spent(requests=4, prompt_tokens=400, generated_tokens=40)
    assert state.tokens_per_second == 100.0
    assert state.eta == pytest.approx(3 / 2)  # the slower one alone has three left, at two a second
    assert state.expected is not None
    assert state.expected.requests == 8


@pytest.mark.parametrize(
    ("changes", "silent", "state"),
    [
        ({"pid": 2**22 + 1}, 0, "lost"),  # beyond the largest process id
        ({"started": 1.0}, 0, "lost"),  # the process of that id is a later one
        ({}, 60, "lost"),
        ({"host": "elsewhere", "pid": 1}, 0, "running"),
        ({"host": "elsewhere"}, 60, "running"),
        ({"host": "elsewhere"}, HOUR, "lost"),
        ({"state": "interrupted"}, 0, "interrupted"),
    ],
)
def test_who_lives(
    halves: tuple[Path, Plan, Division], changes: dict[str, Any], silent: float, state: str
) -> None:
    """By what a process last said of itself, and by how many seconds ago it did."""
    folder = halves[0]
    begin(halves, 0, 1)
    begin(halves, 1, 4).state = "finished"
    change(folder, "portion-0001", state="finished")
    change(folder, "portion-0000", updated=time.time() - silent, **changes)
    run = RunMonitor(folder).state()
    assert run.processes[0].state == state
    assert only(run).state == ("running" if state == "running" else "stopped")
    if state != "running":
        assert troubles(run)[-1].startswith("go on with: pte run ")


def test_sessions_are_counted_once_however_they_ended(
    halves: tuple[Path, Plan, Division],
) -> None:
    folder = halves[0]
    begin(halves, 0, 2)  # and then it is killed
    again = begin(halves, 0, 3)
    assert RunMonitor(folder).state().spent.requests == 5
    again.state = "finished"
    again.close()
    assert RunMonitor(folder).state().spent.requests == 5
    assert len((folder / "spent" / "portion-0000.jsonl").read_text().splitlines()) == 2


def test_gpu_seconds_are_gpus_held_by_all_sessions(
    halves: tuple[Path, Plan, Division], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.run.tracker.gpus", lambda: 2)
    for index in range(2):
        made = begin(halves, index, 1)
        made.started -= HOUR
        made.close()
    assert RunMonitor(halves[0]).state().gpu_seconds == pytest.approx(4 * HOUR, rel=1e-3)


@pytest.mark.parametrize(
    ("visible", "count"), [("", 0), ("-1", 0), ("0", 1), ("0,3", 2), ("GPU-5a,GPU-7b", 2)]
)
def test_gpus_are_those_a_process_was_given(
    monkeypatch: pytest.MonkeyPatch, visible: str, count: int
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus.__wrapped__() == count


def test_the_status_of_an_earlier_division_is_passed_over(
    halves: tuple[Path, Plan, Division],
) -> None:
    begin(halves, 0, 4)
    change(halves[0], "portion-0000", division="another")
    assert {process.state for process in RunMonitor(halves[0]).state().processes} == {"waiting"}


def test_a_process_that_does_it_all_takes_the_place_of_work_units_that_were_before(
    halves: tuple[Path, Plan, Division],
) -> None:
    folder, plan, _ = halves
    begin(halves, 0, 2)
    change(folder, "portion-0000", updated=time.time() - HOUR)
    os.utime(folder / "portions.json", (1.0, 1.0))
    tracker(folder, "main", plan, "").save()
    [process] = RunMonitor(folder).state().processes
    assert (process.name, process.state) == ("main", "running")


def test_records_without_any_status_are_told_from_the_records(tmp_path: Path) -> None:
    runner = toy_run(tmp_path, [[], [FewShot(k=2)]], FakeConfig(), ToyBenchmark(size=6))
    plan = {
        "command": ["pte", "run"],
        "cells": [
            {
                "cell": cell.id,
                "model": "toy_model",
                "benchmark": "toy",
                "stack": cell.label,
                "replicate": 0,
                "problems": 6,
                "flop": cell.flop,
            }
            for cell in runner.plan.cells
        ],
    }
    (runner.folder / "plan.json").write_text(json.dumps(plan))
    message = RunMonitor(runner.folder).state()
    for path in (runner.folder / "status").iterdir():
        path.unlink()
    monitor = RunMonitor(runner.folder)
    for state in (monitor.state(), monitor.state()):
        # What the attempts of a session cost is told by its process alone.
        assert list(state.cells) == [replace(cell, cost=Cost()) for cell in message.cells]
        assert {(cell.state, cell.done) for cell in state.cells} == {("done", 6)}


def test_a_damaged_status_is_passed_over(halves: tuple[Path, Plan, Division]) -> None:
    begin(halves, 0, 1)
    (halves[0] / "status" / "portion-0000.json").write_text('{"state": "runn')
    assert {process.state for process in RunMonitor(halves[0]).state().processes} == {"waiting"}


def test_eta_is_that_of_the_slowest_where_others_cannot_help() -> None:
    def process(left: int, speed: float) -> ProcessState:
        return ProcessState(
            "p", "running", attempts_per_second=speed, left=left, flop_left=float(left)
        )

    cell = CellState(
        id="c",
        model="m",
        benchmark="b",
        stack="s",
        replicate=0,
        state="running",
        done=0,
        of=110,
        score=None,
        failed=0,
        why=None,
        flop=110.0,
        spent=Spent(),
        cost=Cost(),
    )
    run = RunState(
        folder=Path(),
        command=(),
        cells=(cell,),
        processes=(process(10, 10.0), process(100, 1.0)),
        expected=None,
        spent=Spent(),
        gpu_seconds=0.0,
    )
    assert run.eta == 100.0


class TestWaiting:
    """Nobody begins what another process is at."""

    def test_a_living_process_is_not_disturbed(self, halves: tuple[Path, Plan, Division]) -> None:
        folder = halves[0]
        begin(halves, 0, 1)
        wait_for_others(folder, "portion-0000")  # its own
        change(folder, "portion-0000", pid=os.getppid())
        for name in ("portion-0000", "main"):
            with pytest.raises(UserError, match=r"portion-0000 of the run in .* is under way"):
                wait_for_others(folder, name)
        wait_for_others(folder, "portion-0001")

    def test_the_whole_run_is_in_the_way_of_every_work_unit(
        self, halves: tuple[Path, Plan, Division]
    ) -> None:
        folder, plan, _ = halves
        tracker(folder, "main", plan, "").save()
        change(folder, "main", pid=os.getppid())
        with pytest.raises(UserError, match="main of the run in"):
            wait_for_others(folder, "portion-0001")

    def test_one_on_another_host_is_waited_for_until_it_moves_or_must_be_dead(
        self, halves: tuple[Path, Plan, Division], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = halves[0]
        begin(halves, 0, 1)

        def each_second(then: Callable[[], None]) -> list[float]:
            slept: list[float] = []

            def sleep(seconds: float) -> None:
                slept.append(seconds)
                then()

            monkeypatch.setattr("harness.run.heartbeats.time.sleep", sleep)
            return slept

        change(folder, "portion-0000", host="elsewhere", updated=time.time() - 100)
        later = time.time() - 90
        each_second(lambda: change(folder, "portion-0000", updated=later))
        with pytest.raises(UserError, match="on elsewhere"):
            wait_for_others(folder, "portion-0000")

        now = time.time()
        clock = iter(range(1000))
        monkeypatch.setattr("harness.run.heartbeats.time.time", lambda: now + next(clock))
        slept = each_second(lambda: None)
        wait_for_others(folder, "portion-0000")
        assert 1 <= len(slept) <= 120
