"""`pte status`: once, live on a terminal, as lines in a pipe, as JSON."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.run.tracker import Tracker
from tests.work_units import divided_run

ROOT = Path(__file__).parents[2]
TOY = ("model=toy_model", "benchmark=toy", "engine=scripted", "greedy_base=false", "limit=8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of one cell of eight problems, in two work units that nobody has begun."""
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(weights))
    monkeypatch.chdir(tmp_path)
    return divided_run(2, *TOY)


def test_json_is_all_that_is_known(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["work", str(folder), "--work-unit", "1"]) == 0
    capsys.readouterr()
    assert main(["status", "--json", str(folder)]) == 0
    [run] = json.loads(capsys.readouterr().out)
    assert run["attempts"] == {"done": 4, "of": 8}
    assert [process["state"] for process in run["processes"]] == ["waiting", "finished"]
    assert run["spent"]["requests"] == 4
    assert run["expected"]["requests"] == 8
    assert (run["over"], run["eta_seconds"], run["gpu_seconds"]) == (False, None, 0.0)
    [cell] = run["cells"]
    assert (cell["state"], cell["done"], cell["of"], cell["why"]) == ("waiting", 4, 8, None)


def test_watching_a_finished_run_ends(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for index in range(2):
        assert main(["work", str(folder), "--work-unit", str(index)]) == 0
    capsys.readouterr()
    assert main(["status", "--watch", str(folder)]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert "1 of 1 cells done, work units: 2 finished; 8 of 8 attempts (100%)" in line


def test_a_work_unit_that_is_not_there_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["work", str(folder), "--work-unit", "2"]) == 2
    assert "has work units 0 to 1, not 2" in capsys.readouterr().err
    (folder / "portions.json").unlink()
    assert main(["work", str(folder), "--work-unit", "0"]) == 2
    assert "was not divided" in capsys.readouterr().err


def test_on_a_terminal_it_is_drawn_until_ctrl_c(folder: Path) -> None:
    tracker = Tracker((), folder, "main")
    tracker.state, tracker.phase = "running", "loading toy_model into fake"
    os.utime(folder / "portions.json", (1.0, 1.0))
    tracker.save()
    ours, theirs = pty.openpty()
    watching = subprocess.Popen(
        [sys.executable, "-m", "harness.cli.main", "status", "--watch", str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "120"},
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    until = time.monotonic() + 60
    while seen.count(b"loading toy_model into fake") < 2 and time.monotonic() < until:
        tracker.save()
        seen += os.read(ours, 65536)
    watching.send_signal(signal.SIGINT)
    assert watching.wait(20) == 0
    os.close(ours)
    for part in (b"0 of 1 cells done", b"0 of 8 attempts", b"waiting", b"\x1b[?25l"):
        assert part in seen
