"""A model of unknown size has no FLOP: what is put down of it is NaN, and is read all the same."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path

import pytest

from harness.engines.fake import FakeConfig
from harness.plan.plan import make
from harness.records.store import read
from harness.run.folder import read_plan, write_plan
from harness.run.heartbeats import Heartbeats
from harness.run.monitor import RunMonitor
from harness.run.tracker import Tracker
from harness.settings.experiment import load
from tests.toys import ToyBenchmark, toy_model, toy_run
from tests.work_units import CONF

TOY = ("model=toy_model", "benchmark=toy", "engine=scripted", "greedy_base=false", "limit=2")


def test_its_status_and_records_are_read(tmp_path: Path) -> None:
    model = toy_model(tmp_path / "weights", parameters=None)
    runner = toy_run(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=2), models=[model])
    [status] = Heartbeats(tmp_path / "run").read()
    assert isnan(status["cells"][0]["cost"]["flop"])
    assert read([runner.folder / "records"])["score"].tolist() == [0.0, 0.0]


def test_its_plan_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.chdir(tmp_path)
    places = f"hydra.searchpath=[file://{CONF}]"
    experiment = load([places, *TOY, "model.toy_model.parameters=null"])
    write_plan(make(experiment.request), experiment)
    assert isnan(read_plan(experiment.folder)["cells"][0]["flop"])
    [cell] = RunMonitor(experiment.folder).state().cells
    assert isnan(cell.flop)


def test_a_status_without_what_may_be_left_out_is_whole(tmp_path: Path) -> None:
    runner = toy_run(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=2))
    path = tmp_path / "run" / "status" / "main.json"
    status = json.loads(path.read_text()) | {"of_a_later_version": {"a": 1}}
    for name in ("gpus", "phase", "attempts_per_second", "tokens_per_second", "job", "restarts"):
        del status[name]
    status["cells"][0]["spent"] = {"requests": 2, "of_a_later_version": "a"}
    path.write_text(json.dumps(status))
    (tmp_path / "run" / "spent" / "main.jsonl").unlink()
    [found] = Heartbeats(tmp_path / "run").read()
    assert (found["gpus"], found["phase"]) == (0, "")
    Tracker(runner.plan.cells, tmp_path / "run")  # puts down what the session before it spent
    assert (tmp_path / "run" / "spent" / "main.jsonl").exists()
