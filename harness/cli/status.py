"""`pte status`: how far runs have come."""

from __future__ import annotations

import argparse
import json
import shlex
import socket
import time
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from harness.cli.options import add_format, add_runs, run_folders
from harness.cli.table import emit
from harness.records.store import Records
from harness.run.display import clock
from harness.run.tracker import UNDER_WAY

SUMMARY = "how far runs have come: done, running, failed and why"
DESCRIPTION = (
    "Prints a row a cell of the runs named: its state, attempts done, running score and failures.\n"
    "Works beside a run under way and after one was killed."
)
STALE = 30.0
"""Seconds without a sign of life after which a run under way is taken for dead."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    add_format(parser)
    add_runs(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the state of each run."""
    console = Console(highlight=False, soft_wrap=True)
    rows: list[dict[str, Any]] = []
    for folder in run_folders(options.runs):
        found = cells(folder)
        rows += found
        if options.format == "table":
            emit(
                [{k: v for k, v in row.items() if k not in ("run", "cell")} for row in found],
                "table",
            )
            console.print(f"{folder}: {headline(folder, found)}\n", markup=False)
    if options.format != "table":
        emit(rows, options.format)
    return 0


def cells(folder: Path) -> list[dict[str, Any]]:
    """A row a planned cell; what has records is done whatever the status file last said."""
    plan = json.loads((folder / "plan.json").read_text())
    last = {cell["id"]: cell for cell in _status(folder).get("cells", [])}
    alive = _alive(_status(folder))
    records = Records(folder / "records")
    rows = []
    for cell in plan["cells"]:
        seen = last.get(cell["cell"], {})
        state = seen.get("state", "waiting")
        if records.path(cell["cell"]).exists():
            state = "failed" if seen.get("error") else "done"
        elif state in ("running", "done") and not alive:
            state = "stopped"
        rows.append(
            {
                "run": str(folder),
                "model": cell["model"],
                "benchmark": cell["benchmark"],
                "stack": cell["stack"],
                "replicate": cell["replicate"],
                "state": state,
                "done": seen.get("done", 0) if state != "done" else cell["problems"],
                "of": cell["problems"],
                "score": seen.get("score"),
                "failed": seen.get("failed", 0),
                "why": seen.get("error"),
                "cell": cell["cell"],
            }
        )
    return rows


def headline(folder: Path, rows: list[dict[str, Any]]) -> str:
    """One line on a whole run."""
    status = _status(folder)
    done = sum(row["state"] == "done" for row in rows)
    parts = [f"{done} of {len(rows)} cells done"]
    if not status:
        return f"{parts[0]}; not started"
    lost = status["state"] in UNDER_WAY and not _alive(status)
    state = "stopped" if lost else status["state"]
    parts.append(status["phase"] if _alive(status) and status["phase"] else state)
    requests = sum(cell["spent"]["requests"] for cell in status["cells"])
    tokens = sum(cell["spent"]["generated_tokens"] for cell in status["cells"])
    seconds = max(1e-9, status["updated"] - status["started"])
    parts.append(f"{requests} requests, {tokens / seconds:.0f} tokens/s in the last session")
    parts.append(f"last sign of life {clock(time.time() - status['updated'])} ago")
    if state not in (*UNDER_WAY, "finished"):
        command = json.loads((folder / "plan.json").read_text())["command"]
        parts.append(f"go on with: {shlex.join(command)}")
    return ", ".join(parts)


def _status(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "status.json").read_text())
    except (OSError, ValueError):
        return {}
    return found


def _alive(status: dict[str, Any]) -> bool:
    if status.get("state") not in UNDER_WAY:
        return False
    if status["host"] == socket.gethostname() and not psutil.pid_exists(status["pid"]):
        return False
    return time.time() - float(status["updated"]) < STALE
