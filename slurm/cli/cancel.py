"""`pte cancel`: ends the jobs of a submitted sweep, and tells what is kept."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli.options import add_runs, run_folders
from harness.console import Console
from harness.errors import UserError
from harness.run.work_unit import read_division
from slurm.progress import unfinished
from slurm.queue import cancel
from slurm.submission import queued, submissions

SUMMARY = "cancel the jobs of a submitted sweep; what is drawn is kept"
DESCRIPTION = (
    "Cancels every job of the runs named that is queued or running. Running jobs drain: finished\n"
    "draws, parts of records and whole cells stay, and 'pte resume RUN' goes on from them."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    add_runs(parser)


def execute(options: argparse.Namespace) -> int:
    """Cancel the jobs of each of the runs named.

    Raises:
        UserError: none was ever submitted.
    """
    made = {folder: submissions(folder) for folder in run_folders(options.runs)}
    if not any(made.values()):
        raise UserError(f"no run that was submitted in {' '.join(options.runs) or 'runs'}")
    for folder, each in made.items():
        if each:
            jobs = queued(folder)
            cancel(sorted({job.job.partition("_")[0] for job in jobs}))
            _tell(folder, len(jobs))
    return 0


def _tell(folder: Path, jobs: int) -> None:
    division = read_division(folder)
    all_of = 0 if division is None else len(division.work_units)
    left = 0 if division is None else len(unfinished(folder, division))
    Console(highlight=False, soft_wrap=True).print(
        f"{folder}: {jobs} jobs cancelled; {all_of - left} of {all_of} work units are finished.\n"
        f"Kept: the journal, finished parts and cells. Go on with: pte resume {folder}",
        markup=False,
    )
