"""A run that is killed at any moment goes on as if nothing had happened."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pandas as pd

from harness.records.store import read
from tests.run.conftest import Start
from tests.thorough import size

TOY = (
    "model=toy_model",
    "benchmark=toy",
    "engine=scripted",
    "sweep=factorial",
    "sweep.ptes=[few_shot,chain_of_thought,self_consistency]",
    "context_window=10000",
)
KILLS = size(20, 4)


def keys(folder: Path) -> list[str]:
    """Keys of all whole lines, in every segment."""
    results = []
    for segment in folder.glob("*.jsonl"):
        for line in segment.read_bytes().split(b"\n")[:-1]:
            results.append(line[9:41].decode())
    return results


def records(run: Path) -> pd.DataFrame:
    frame = read([next(run.glob("*/records"))]).drop(columns="git_commit")
    return frame.sort_values(["cell", "problem"]).reset_index(drop=True)


def test_kill_9_at_random_moments_changes_no_record(pte: Start, tmp_path: Path) -> None:
    whole = pte("run", *TOY, "benchmark.toy.size=100", "runs=undisturbed")
    assert whole.wait(60) == 0
    moments = random.Random(0)
    kept: set[str] = set()
    amid = 0
    arguments = (*TOY, "benchmark.toy.size=100", "engine.delay=0.4", "engine.max_concurrency=4")
    for _ in range(KILLS):
        run = pte("run", *arguments, "runs=killed")
        before = len(keys(tmp_path / "killed" / "journal"))
        while len(keys(tmp_path / "killed" / "journal")) == before and run.poll() is None:
            time.sleep(0.02)  # the run is under way: imports are over, draws come in
        time.sleep(moments.uniform(0.0, 1.0))
        run.send_signal(signal.SIGKILL)
        amid += run.wait(10) == -signal.SIGKILL
        now = keys(tmp_path / "killed" / "journal")
        assert kept <= set(now)  # nothing that was on disk is lost
        assert len(now) == len(set(now))  # and nothing was asked for again
        kept = set(now)
    assert amid >= KILLS // 2  # enough kills fell inside the run to mean something
    last = pte("run", *TOY, "benchmark.toy.size=100", "engine.max_concurrency=64", "runs=killed")
    assert last.wait(60) == 0
    pd.testing.assert_frame_equal(records(tmp_path / "undisturbed"), records(tmp_path / "killed"))


def test_sigterm_stops_cleanly_and_says_how_to_go_on(pte: Start, tmp_path: Path) -> None:
    arguments = (*TOY, "benchmark.toy.size=200", "engine.delay=0.2", "engine.max_concurrency=2")
    run = pte("run", *arguments, "name=stopped")
    while len(keys(tmp_path / "runs" / "journal")) < 10:
        time.sleep(0.02)
    run.send_signal(signal.SIGTERM)
    _, said = run.communicate(timeout=20)
    assert run.returncode == 130
    assert "Go on with:" in said
    assert "name=stopped" in said.split("Go on with:")[1]
    status = pte("status", "runs/stopped")
    out, _ = status.communicate(timeout=20)
    assert "interrupted" in out


def test_a_second_run_asks_for_nothing(pte: Start, tmp_path: Path) -> None:
    assert pte("run", *TOY).wait(60) == 0
    before = keys(tmp_path / "runs" / "journal")
    again = pte("run", *TOY, "name=other")  # another folder: records anew, from the journal alone
    _, said = again.communicate(timeout=60)
    assert "\n0 requests asked" in said
    assert keys(tmp_path / "runs" / "journal") == before
