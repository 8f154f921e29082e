"""Processes that share a run, killed and drained as they please, make the records of one."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd

from harness.files import CHECKSUM
from harness.run.monitor import RunMonitor
from tests.run.conftest import Divided, Start
from tests.run.test_kill import keys, records

TOY = (
    "model=toy_model",
    "benchmark=toy",
    "engine=scripted",
    "sweep=factorial",
    "sweep.ptes=[few_shot,self_consistency]",
    "context_window=10000",
    "greedy=base",
    "benchmark.toy.size=90",
    "engine.max_concurrency=3",
)
WORK_UNITS = 4
ROUNDS = 2


def start_all(pte: Start, folder: Path) -> list[subprocess.Popen[str]]:
    return [pte("work", str(folder), "--work-unit", str(n)) for n in range(WORK_UNITS)]


def more_than(journal: Path, count: int, seconds: float = 60.0) -> None:
    """Wait until the journal holds more keys: imports are over, draws come in."""
    until = time.monotonic() + seconds
    while len(keys(journal)) <= count:
        assert time.monotonic() < until, "nothing is drawn"
        time.sleep(0.05)


def test_four_work_units_killed_at_random_make_the_records_of_one_process(
    pte: Start, divided: Divided, tmp_path: Path
) -> None:
    undisturbed = pte("run", *TOY, "runs=one")
    folder = divided(WORK_UNITS, *TOY, "engine.delay=0.5", "runs=many")
    journal, moments = tmp_path / "many" / "journal", random.Random(0)
    kept: set[str] = set()
    killed = 0
    for _ in range(ROUNDS):
        workers = start_all(pte, folder)
        more_than(journal, len(kept))
        for worker in random.Random(len(kept)).sample(workers, WORK_UNITS):
            time.sleep(moments.uniform(0.0, 1.0))
            worker.send_signal(signal.SIGKILL)
            killed += worker.wait(20) == -signal.SIGKILL
        now = keys(journal)
        assert kept <= set(now)
        kept = set(now)
    assert killed >= WORK_UNITS  # enough kills fell inside the work to mean something
    state = RunMonitor(folder).state()
    assert {process.state for process in state.processes} <= {"lost", "waiting", "finished"}
    for worker in start_all(pte, folder):
        _, said = worker.communicate(timeout=120)
        assert worker.returncode == 0, said
    assert undisturbed.wait(120) == 0
    pd.testing.assert_frame_equal(records(tmp_path / "one"), records(tmp_path / "many"))
    drawn = keys(journal)
    assert len(drawn) == len(set(drawn))  # no draw came twice, from whichever process
    assert set(drawn) == set(keys(tmp_path / "one" / "journal"))
    state = RunMonitor(folder).state()
    assert state.over
    assert {cell.state for cell in state.cells} == {"done"}
    assert state.attempts == (5 * 90, 5 * 90)


def test_usr2_drains_a_work_unit_that_then_goes_on(
    pte: Start, divided: Divided, tmp_path: Path
) -> None:
    folder = divided(2, *TOY, "engine.delay=5")  # more than a minute, unless it is stopped
    worker = pte("work", str(folder), "--work-unit", "1")
    journal = tmp_path / "runs" / "journal"
    more_than(journal, 10)
    other = pte("work", str(folder), "--work-unit", "1")
    _, refused = other.communicate(timeout=60)
    assert other.returncode == 2
    assert f"portion-0001 of the run in {folder.resolve()} is under way" in refused
    worker.send_signal(signal.SIGUSR2)
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 130, said
    assert f"pte work {folder.resolve()} --work-unit 1" in said
    status = json.loads((folder / "status" / "portion-0001.json").read_text())
    assert status["state"] == "interrupted"
    before = set(keys(journal))
    config = folder / "config.yaml"  # how slow the engine is decides no draw
    config.write_text(config.read_text().replace("delay: 5", "delay: 0"))
    again = pte("work", str(folder), "--work-unit", "1")
    _, said = again.communicate(timeout=60)
    assert again.returncode == 0, said
    drawn = keys(journal)
    assert before < set(drawn)
    assert len(drawn) == len(set(drawn))


def test_a_work_unit_of_another_plan_is_refused(pte: Start, divided: Divided) -> None:
    folder = divided(2, *TOY)
    plan = json.loads((folder / "plan.json").read_text())
    plan["cells"][0]["cell"] = "0" * 16
    del plan[CHECKSUM]  # as of before there was one
    (folder / "plan.json").write_text(json.dumps(plan))
    worker = pte("work", str(folder), "--work-unit", "0")
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 2
    assert "now make another plan" in said
    [process, _] = RunMonitor(folder).state().processes
    assert process.state == "failed"
    assert "now make another plan" in str(process.why)
