"""`pte status`: how far runs have come."""

from __future__ import annotations

import argparse
import shlex
import time
from collections import Counter
from typing import Any

from rich.console import Console

from harness.cli.options import add_format, add_runs, run_folders
from harness.cli.table import emit
from harness.run.display import clock
from harness.run.watching import RunState, Watcher

SUMMARY = "how far runs have come: done, running, failed and why"
DESCRIPTION = (
    "Prints a row a cell of the runs named: its state, attempts done, running score and failures.\n"
    "Works beside a run under way and after one was killed."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    add_format(parser)
    add_runs(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the state of each run."""
    console = Console(highlight=False, soft_wrap=True)
    rows: list[dict[str, Any]] = []
    for folder in run_folders(options.runs):
        run = Watcher(folder).state()
        found = rows_of(run)
        rows += found
        if options.format == "table":
            emit(
                [{k: v for k, v in row.items() if k not in ("run", "cell")} for row in found],
                "table",
            )
            console.print(f"{folder}: {headline(run)}\n", markup=False)
    if options.format != "table":
        emit(rows, options.format)
    return 0


def rows_of(run: RunState) -> list[dict[str, Any]]:
    """A row a planned cell."""
    return [
        {
            "run": str(run.folder),
            "model": cell.model,
            "benchmark": cell.benchmark,
            "stack": cell.stack,
            "replicate": cell.replicate,
            "state": cell.state,
            "done": cell.done,
            "of": cell.of,
            "score": cell.score,
            "failed": cell.failed,
            "why": cell.why,
            "cell": cell.id,
        }
        for cell in run.cells
    ]


def headline(run: RunState) -> str:
    """One line on a whole run."""
    done = sum(cell.state == "done" for cell in run.cells)
    parts = [f"{done} of {len(run.cells)} cells done"]
    states = Counter(process.state for process in run.processes)
    if not set(states) - {"waiting"}:
        return f"{parts[0]}; not started"
    if len(run.processes) == 1:
        [process] = run.processes
        parts.append(process.phase or {"lost": "stopped"}.get(process.state, process.state))
    else:
        parts.append(", ".join(f"{n} {state}" for state, n in states.items()))
    parts.append(f"{run.spent.requests} requests, {run.tokens_per_second:.0f} tokens/s")
    seen = max(process.updated or 0.0 for process in run.processes)
    parts.append(f"last sign of life {clock(time.time() - seen)} ago")
    if not any(process.alive or process.state == "finished" for process in run.processes):
        parts.append(f"go on with: {shlex.join(run.command)}")
    return ", ".join(parts)
