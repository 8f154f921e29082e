"""`pte status`: how far runs have come, once or live."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

from rich.console import Group
from rich.live import Live
from rich.text import Text

from harness.cli.options import add_runs, run_folders
from harness.console import Console
from harness.interrupts import raising
from harness.run.monitor import RunMonitor
from harness.run.state import RunState
from harness.run.view import headline, pace, run_view, troubles

SUMMARY = "how far runs have come: done, running, failed and why"
DESCRIPTION = (
    "Tells of each run named: what its processes do, attempts done, tokens a second, time left,\n"
    "what was spent against the plan, and a row a cell with state, running score and failures.\n"
    "Reads the run's folder alone: it works beside a run under way on any number of hosts that\n"
    "share the folder, after one was killed, and for work units that have not started."
)
GROUP = "pte.status"
"""Entry points of other packages: functions from a run's folder to lines that are added."""
ROWS = 60
"""Most cells printed of one run; --json gives all."""
FRAME = 12
"""Lines of a terminal that are not for cells."""
SECONDS = 2.0
LINE_SECONDS = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--watch", action="store_true", help="stay, until no run named is under way or waits"
    )
    form.add_argument("--json", action="store_true", help="print all that is known, for programs")
    add_runs(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the state of each run."""
    monitors = [RunMonitor(folder) for folder in run_folders(options.runs)]
    # A file or a pipe has no width to fit.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 1000)
    if options.json:
        json.dump([monitor.state().data() for monitor in monitors], sys.stdout, indent=1)
        sys.stdout.write("\n")
    elif options.watch:
        watch(monitors, console)
    else:
        for monitor in monitors:
            run = monitor.state()
            console.print(run_view(run, ROWS, console.is_terminal))
            # Never broken, so that commands can be copied.
            for line in [*troubles(run), *further(monitor.folder)]:
                console.print(line, markup=False, soft_wrap=True)
            console.print()
    return 0


def further(folder: Path) -> Iterator[str]:
    """What other packages know of a run, such as the jobs that a scheduler has for it."""
    for point in entry_points(group=GROUP):
        yield from point.load()(folder)


def watch(monitors: list[RunMonitor], console: Console) -> None:
    """Show runs until nothing of them is under way or waits for a process; Ctrl-C ends it, and
    nothing but it."""
    show = _live if console.is_terminal else _lines
    try:
        with raising():
            show(monitors, console)
    except KeyboardInterrupt:
        return


def _live(monitors: list[RunMonitor], console: Console) -> None:
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            runs = [monitor.state() for monitor in monitors]
            rows = max(3, console.height // len(runs) - FRAME)
            live.update(Group(*(_frame(run, rows) for run in runs)), refresh=True)
            if not any(map(goes_on, runs)):
                return
            time.sleep(SECONDS)


def _frame(run: RunState, rows: int) -> Group:
    lines = (Text(line, no_wrap=True, overflow="ellipsis") for line in troubles(run))
    return Group(run_view(run, rows), *lines, Text())


def _lines(monitors: list[RunMonitor], console: Console) -> None:
    """For a file or a pipe: a line a run now and then."""
    said: dict[Path, str] = {}
    while True:
        runs = [monitor.state() for monitor in monitors]
        for run in runs:
            line = f"{headline(run)}; {pace(run)}"
            if said.get(run.folder) != line:
                said[run.folder] = line
                console.print(line, markup=False)
        if not any(map(goes_on, runs)):
            return
        time.sleep(LINE_SECONDS)


def goes_on(run: RunState) -> bool:
    """Whether a run will change without anybody's doing."""
    return run.alive or (not run.over and any(p.state == "waiting" for p in run.processes))
