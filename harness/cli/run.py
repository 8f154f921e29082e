"""`pte run`: carries a sweep out, or goes on with it."""

from __future__ import annotations

import argparse
import asyncio
import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from harness.cli.options import add_overrides
from harness.cli.plan import notices, warn_unmeasured
from harness.cli.results import print_results
from harness.console import Console
from harness.errors import EngineLostError, UserError
from harness.plan.plan import Plan, make
from harness.run import own_runs
from harness.run.display import Display
from harness.run.folder import write_plan
from harness.run.heartbeats import wait_for_others
from harness.run.lock import holding
from harness.run.preflight import check
from harness.run.programs import runs_programs
from harness.run.runner import Runner, prepare_folder
from harness.run.tracker import MAIN, Tracker
from harness.run.view import clock
from harness.settings.composing import expand
from harness.settings.experiment import RunConfig, load
from harness.tracking.background_mirror import closing, start

SUMMARY = "run a sweep, or go on with one that was stopped"
DESCRIPTION = (
    "Runs every cell of a sweep whose records are not there yet. The whole plan is checked before\n"
    "a model is loaded. Ctrl-C and SIGTERM stop it cleanly; the same command goes on where it\n"
    "stopped and asks for no draw twice.\n"
    "Exit code: 0 done, 1 done with failures, 2 cannot be done as asked, 130 interrupted."
)
INTERRUPTED = 130
ROWS = 60
"""Most rows of results that are printed at the end; `pte results` prints all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument(
        "-m",
        "--multirun",
        action="store_true",
        help="one run for every combination of overrides that list several values (a=1,2)",
    )
    add_overrides(parser)


def execute(options: argparse.Namespace) -> int:
    """Run one sweep, or each of a multirun; the worst exit code is returned."""
    if not options.multirun:
        return run_one(options.overrides)
    jobs = expand(options.overrides)
    # Every plan is checked before the first model is loaded.
    for job in jobs:
        make(load(job).request)
    codes = []
    for job in jobs:
        codes.append(run_one(job))
        if codes[-1] == INTERRUPTED:
            break
    return max(codes)


def run_one(overrides: Sequence[str]) -> int:
    """Plan, check, run, and print the results."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    experiment = load(overrides)
    plan = make(experiment.request)
    warn_unmeasured(experiment)
    if experiment.tracking:
        experiment.tracking.check()
    benchmarks = experiment.request.benchmarks
    executes = any(runs_programs(cell, benchmarks[cell.benchmark]) for cell in plan.cells)
    examined = check(
        plan,
        experiment.request.engine,
        (experiment.folder, experiment.journal),
        experiment.sandbox if executes else None,
    )
    for line in notices(plan, experiment):
        console.print(line, markup=False)
    # The same reason on every rung is told once.
    refused = {f"{each.stack} on {each.benchmark}: {each.reason}": None for each in plan.refusals}
    for refusal in refused:
        console.print(f"refused: {refusal}", markup=False)
    notes = {f"{c.label} on {c.benchmark}: {note}" for c in plan.cells for note in c.notes}
    for note in sorted(notes):
        console.print(f"note: {note}", markup=False)
    for notice in examined.notices:
        console.print(notice, markup=False)
    wait_for_others(experiment.folder, MAIN)
    with holding(experiment.folder, MAIN):
        write_plan(plan, experiment, models=examined.models)
        with suppress(UserError):  # then 'pte show' asks where a journal is that lies elsewhere
            own_runs.remember(experiment.folder)
        return _run(plan, experiment, f"pte run {shlex.join(overrides)}".strip(), console)


def _run(plan: Plan, experiment: RunConfig, command: str, console: Console) -> int:
    """Run what is planned and checked."""
    journal = prepare_folder(experiment.folder, experiment.journal)
    tracker = Tracker(plan.cells, experiment.folder)
    runner = Runner(
        plan=plan,
        benchmarks=experiment.request.benchmarks,
        engine=experiment.request.engine,
        folder=experiment.folder,
        journal=journal,
        tracker=tracker,
        sandbox=experiment.sandbox,
    )
    console.print(
        f"{len(plan.cells)} cells in {experiment.folder}; the journal holds {len(journal)} entries",
        markup=False,
    )
    beside = start(experiment.tracking, experiment.folder)
    with closing(beside, console, lambda: runner.interrupted):
        return _carried_out(runner, command, console)


def _carried_out(runner: Runner, command: str, console: Console) -> int:
    """Run to the end or to a signal, and say what came of it."""
    try:
        with Display(runner.tracker, Console(stderr=True, highlight=False)):
            asyncio.run(runner.run())
    except EngineLostError:
        console.print(f"go on with: {command}", markup=False)
        raise
    if runner.interrupted:
        console.print(f"stopped; every finished draw is kept. Go on with: {command}", markup=False)
        return INTERRUPTED
    return _close(runner.folder, runner.tracker, console)


def _close(folder: Path, tracker: Tracker, console: Console) -> int:
    cells = tracker.cells.values()
    failed = [cell for cell in cells if cell.why]
    attempts = sum(cell.failed for cell in cells)
    spent = sum(cell.spent.requests for cell in cells)
    spared = sum(cell.spent.journal_hits for cell in cells)
    if any(cell.done for cell in cells):
        print_results([folder], "table", ROWS)
    console.print(
        f"\n{spent} requests asked, {spared} draws taken from the journal or shared, "
        f"in {clock(tracker.elapsed)}. Records: {folder / 'records'}",
        markup=False,
    )
    for cell in failed:
        where = f"{cell.stack} on {cell.benchmark} ({cell.model})"
        console.print(f"failed: {where}: {cell.why}", markup=False)
    if attempts:
        console.print(
            f"{attempts} attempts failed or did not fit the window: pte show {folder} --failed",
            markup=False,
        )
    return 1 if failed or attempts else 0
