"""A run that is killed: its mirror brings what it knows to an end, `pte track` tells the rest."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.tracking.conftest import TOY, TWO, Pte, needs_wandb
from tests.tracking.wandb_files import Written, offline_runs

RUN = Path("runs/killed")
SLOW = ["benchmark.toy.size=100", "engine.delay=1", "engine.max_concurrency=1"]
TRACKED = ["tracking=wandb", "tracking.mode=offline", "tracking.interval=0.2"]
SOON = 100.0
"""Seconds after which something that should have happened has not."""


def wait_for(pattern: str) -> None:
    """Until there is such a file in the run's folder."""
    end = time.monotonic() + SOON
    while not list(RUN.glob(pattern)):
        assert time.monotonic() < end, f"no {pattern}"
        time.sleep(0.05)


def told() -> dict[str, Written]:
    return {each.config["stack"]: each for each in offline_runs(RUN / "tracking").values()}


def test_a_killed_run_is_told_as_far_as_it_went_and_completed_later(pte: Pte) -> None:
    needs_wandb()
    command = [sys.executable, "-m", "harness.cli.main", "run", *TOY, *TWO, *SLOW, *TRACKED]
    with subprocess.Popen([*command, "name=killed"], stderr=subprocess.PIPE) as run:
        wait_for("tracking/wandb/offline-run-*")
        time.sleep(0.5)
        run.send_signal(signal.SIGKILL)
        run.communicate()
    wait_for("tracking/outcome.json")
    assert json.loads((RUN / "tracking" / "outcome.json").read_text()) == {
        "left": 2,
        "trouble": "",
    }
    for written in told().values():  # flushed, though nobody asked the run
        assert (written.summary["state"], written.exit) == ("stopped", 1)
        assert 0 < written.history[-1]["done"] == written.history[-1]["_step"] < 100
        assert written.history[-1]["cost/flop"] > 0
        assert "spent/requests" in written.history[-1]

    assert pte("run", *TOY, *TWO, "benchmark.toy.size=100", "name=killed").code == 0
    assert pte("track", str(RUN), "tracking.mode=offline").code == 0
    assert set(told()) == {"base", "self_consistency"}  # each once
    for written in told().values():
        assert (written.summary["state"], written.summary["n"], written.exit) == ("done", 100, 0)
        assert written.history[-1]["_step"] == 100
        assert len(written.history) == 50
