"""What a run says of itself where no terminal is."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from harness.run.display import Display
from harness.run.tracker import Tracker


def test_a_log_gets_one_line_at_a_time(tmp_path: Path) -> None:
    log = io.StringIO()
    tracker = Tracker((), tmp_path)
    tracker.phase = "loading " + "a model of a long name " * 5
    with Display(tracker, Console(file=log, width=80)):
        pass
    (line,) = log.getvalue().splitlines()
    assert "elapsed 0:0" in line
