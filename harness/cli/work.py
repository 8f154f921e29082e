"""`pte work`: one process's work unit of a run that many processes share."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.cli.options import add_own_word
from harness.console import Console
from harness.contracts.tracking import WandbConfig
from harness.errors import UserError
from harness.run import own_runs
from harness.run.display import Display
from harness.run.folder import Stored, read_plan, rebuild
from harness.run.heartbeats import wait_for_others
from harness.run.lock import holding
from harness.run.preflight import check
from harness.run.programs import runs_programs
from harness.run.runner import Runner, prepare_folder
from harness.run.tracker import Tracker
from harness.run.view import clock
from harness.run.work_unit import FILE, Division, WorkUnit, read_division
from harness.tracking.background_mirror import closing, start

SUMMARY = "do one work unit of a run that was divided among processes"
DESCRIPTION = (
    "Carries out one work unit of a submitted run, from what the run's folder holds alone:\n"
    "plan.json, config.yaml and portions.json. Each process writes files of its own (status,\n"
    "spent, parts of records); whoever finishes the last part of a cell puts it together.\n"
    "SIGTERM, SIGINT (Ctrl-C) and SIGUSR2 stop it cleanly; the same command goes on where it\n"
    "stopped and asks for no draw twice.\n"
    "Exit code: 0 done, 1 done with failures, 2 cannot be done as asked, 130 interrupted."
)
INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument("run", type=Path, metavar="RUN", help="the run's folder")
    parser.add_argument(
        "--work-unit",
        "--portion",  # the name in scripts of runs that were submitted before 0.2
        type=int,
        required=True,
        metavar="K",
        help="which one, counted from 0 (--portion is its older name)",
    )
    add_own_word(parser)


def execute(options: argparse.Namespace) -> int:
    """Do the work unit."""
    return work(options.run, options.work_unit, options.code, options.journal)


def work(
    folder: Path,
    index: int,
    code: Sequence[str] = (),
    journal: Path | None = None,
    submitted: str = "",
) -> int:
    """Do a work unit of the run in `folder`; returns the exit code.

    Args:
        folder: the run's.
        index: of the work unit, from 0.
        code: modules that the user lets the folder name.
        journal: which the user lets it name.
        submitted: what the folder said when this was submitted, where it was.

    Raises:
        UserError: there is no such work unit, or it cannot be done here.
    """
    folder = folder.resolve()
    division = read_division(folder)
    if division is None:
        raise UserError(f"the run in {folder} was not divided: it has no {FILE}; use 'pte submit'")
    if not 0 <= index < len(division.work_units):
        raise UserError(f"{folder} has work units 0 to {len(division.work_units) - 1}, not {index}")
    work_unit = division.work_units[index]
    own_runs.check_code(folder, code, submitted)
    own_runs.check_journal(folder, journal, submitted)
    wait_for_others(folder, work_unit.name)
    with holding(folder, work_unit.name):
        return _work(folder, division, work_unit)


def _work(folder: Path, division: Division, work_unit: WorkUnit) -> int:
    _enter(Path(read_plan(folder, "directory")["directory"]))
    try:
        worker = prepare(folder, division, work_unit)
    except Exception as error:  # told in the status as well, where nobody sees this
        tracker = Tracker((), folder, work_unit.name, division.id)
        tracker.state, tracker.why = "failed", str(error)
        tracker.save()
        raise
    return worker.run()


@dataclass(frozen=True)
class ReadyWorkUnit:
    """A work unit that is ready to run."""

    work_unit: WorkUnit
    tracker: Tracker
    runner: Runner
    tracking: WandbConfig | None

    def run(self) -> int:
        """Run it to its end or to a signal; returns the exit code."""
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        command = shlex.join(
            ["pte", "work", str(self.runner.folder), "--work-unit", str(self.work_unit.index)]
        )
        beside = start(self.tracking, self.runner.folder)
        with closing(beside, console, lambda: self.runner.interrupted):
            return self._carried_out(console, command)

    def _carried_out(self, console: Console, command: str) -> int:
        with Display(self.tracker, Console(stderr=True, highlight=False)):
            asyncio.run(self.runner.run())
        if self.runner.interrupted:
            console.print(
                f"stopped; every finished draw is kept. Go on with: {command}", markup=False
            )
            return INTERRUPTED
        cells = self.tracker.cells.values()
        failed = [cell for cell in cells if cell.why]
        for cell in failed:
            where = f"{cell.stack} on {cell.benchmark} ({cell.model})"
            console.print(f"failed: {where}: {cell.why}", markup=False)
        lost = sum(cell.failed for cell in cells)
        console.print(
            f"{self.work_unit.name} is done: {self.tracker.requests} requests asked, "
            f"{lost} attempts failed, in {clock(self.tracker.elapsed)}",
            markup=False,
        )
        return 1 if failed or lost else 0


def prepare(folder: Path, division: Division, work_unit: WorkUnit) -> ReadyWorkUnit:
    """Make the run again and check that this work unit of it can be done here.

    Raises:
        UserError: it cannot.
    """
    run: Stored = rebuild(folder)
    plan, experiment = work_unit.plan(run.plan), run.experiment
    if experiment.tracking:
        experiment.tracking.check()
    benchmarks = experiment.request.benchmarks
    executes = any(runs_programs(cell, benchmarks[cell.benchmark]) for cell in plan.cells)
    check(
        plan,
        experiment.request.engine,
        (folder, experiment.journal),
        experiment.sandbox if executes else None,
    )
    journal = prepare_folder(folder, experiment.journal)
    tracker = Tracker(plan.cells, folder, work_unit.name, division.id)
    runner = Runner(
        plan=plan,
        benchmarks=benchmarks,
        engine=experiment.request.engine,
        folder=folder,
        journal=journal,
        tracker=tracker,
        sandbox=experiment.sandbox,
        shard=work_unit.shard,
    )
    return ReadyWorkUnit(work_unit, tracker, runner, experiment.tracking)


def _enter(directory: Path) -> None:
    """Go where the run was started: its relative paths are relative to there."""
    try:
        os.chdir(directory)
    except OSError as error:
        raise UserError(
            f"the run was started in {directory}, which is not to be had here ({error.strerror})"
        ) from error
