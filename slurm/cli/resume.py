"""`pte resume`: submits what is left of a sweep that was submitted."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from harness.cli.options import add_own_word, add_runs, run_folders
from harness.console import Console
from harness.errors import UserError
from harness.run import own_runs
from harness.run.folder import CONFIG, read_plan
from harness.run.work_unit import Division, read_division
from harness.settings.changes import changed
from harness.settings.written import read_block
from slurm import obeyed
from slurm.cli.submit import print_submission
from slurm.cluster import Cluster
from slurm.progress import unfinished
from slurm.script import SubmissionPaths
from slurm.submission import queued
from slurm.submit import check_slurm, cluster_of, submit

SUMMARY = "submit again the jobs of a submitted sweep that did not finish"
DESCRIPTION = (
    "Submits those work units of a run that are neither finished nor queued. They go on from the\n"
    "journal: no draw is asked for twice. Settings of the jobs may be changed on the way, such as\n"
    "cluster.partition=long or cluster.minutes=600, but not how the plan was divided. What jobs\n"
    "obey (cluster.setup, modules, container, ...) is taken from the run's folder only where you\n"
    "have submitted it yourself; else it has to be given here, as are code of your own (--code)\n"
    "and a journal that does not lie beside the run (--journal)."
)
CHANGE = "cluster."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    add_runs(parser)
    add_own_word(parser)


def execute(options: argparse.Namespace) -> int:
    """Resume each of the runs named."""
    changes = [word for word in options.runs if word.startswith(CHANGE)]
    folders = run_folders([word for word in options.runs if word not in changes])
    if len(folders) > 1:
        names = ", ".join(map(str, folders))
        raise UserError(f"resume one run at a time, and there are {names}")
    return resume(folders[0], changes, options.code, options.journal)


def resume(
    folder: Path, changes: Sequence[str], code: Sequence[str] = (), journal: Path | None = None
) -> int:
    """Submit what is left of one run."""
    console = Console(highlight=False, soft_wrap=True)
    division = read_division(folder)
    if division is None:
        raise UserError(f"{folder} was not submitted: start it with 'pte submit'")
    site = SubmissionPaths(folder.resolve(), Path(read_plan(folder, "journal")["journal"]))
    cluster = _cluster(folder, changes)
    obeyed.check(folder, cluster, changes)
    own_runs.check_code(folder, code)
    own_runs.check_journal(folder, journal)
    waiting = {job.work_unit for job in queued(site.run)}
    left = [each for each in unfinished(site.run, division) if each not in waiting]
    if waiting:
        console.print(f"{len(waiting)} jobs are queued or running", markup=False)
    if not left:
        console.print("nothing to submit", markup=False)
        return 0
    check_slurm(cluster, len(left))
    _tell_finished(console, division, len(left) + len(waiting))
    print_submission(submit(cluster, site, division, left), str(folder))
    return 0


def _cluster(folder: Path, changes: Sequence[str]) -> Cluster:
    return cluster_of(changed(read_block(folder / CONFIG, "cluster"), changes))


def _tell_finished(console: Console, division: Division, left: int) -> None:
    done = len(division.work_units) - left
    console.print(f"{done} of {len(division.work_units)} work units are finished", markup=False)
