"""`pte submit`: a sweep as one job array on a Slurm cluster."""

from __future__ import annotations

import argparse
import sys

from harness.cli.options import add_overrides
from harness.cli.plan import notices
from harness.console import Console
from harness.errors import UserError
from harness.plan.plan import make
from harness.run import own_runs
from harness.run.checkpoints import examine
from harness.settings.experiment import load
from slurm.progress import unfinished
from slurm.script import text
from slurm.submission import Submission, queued
from slurm.submit import check_slurm, cluster_of, cut, prepare, site_of, submit

SUMMARY = "submit a sweep to Slurm as one job array, and return at once"
DESCRIPTION = (
    "Checks the plan, divides it into jobs of about cluster.gpu_hours each (a job: weights and\n"
    "a shard of the problems, an engine loaded once), submits them as one array and returns.\n"
    "Jobs that are preempted, reach their limit or lose their node are requeued and go on from\n"
    "the journal. Then: pte status RUN, pte resume RUN, pte cancel RUN.\n"
    "What jobs ask for is in configs/cluster/slurm.yaml: cluster.partition=gpu cluster.minutes=240"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print the script that would be submitted, and submit nothing",
    )
    add_overrides(parser)


def execute(options: argparse.Namespace) -> int:
    """Submit, or print what would be."""
    experiment = load(options.overrides)
    plan = make(experiment.request)
    memory = experiment.hardware.memory
    examined = examine(plan, experiment.request.engine, memory, ask=not options.dry_run)
    cluster = cluster_of(experiment.config)
    division = cut(plan, experiment, cluster)
    site = site_of(experiment)
    hours = max(each.hours for each in division.work_units)
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"{len(plan.cells)} cells in {len(division.work_units)} jobs of up to {hours:.2g} expected "
        f"hours on {experiment.hardware.name}",
        markup=False,
    )
    for notice in (*notices(plan, experiment), *examined.notices):
        Console(stderr=True, highlight=False, soft_wrap=True).print(notice, markup=False)
    if options.dry_run:
        sys.stdout.write(text(cluster, site, [each.index for each in division.work_units]))
        return 0
    if there := queued(site.run):
        raise UserError(
            f"{len(there)} jobs of {experiment.folder} are queued or running: wait for them, or "
            f"end them with 'pte cancel {experiment.folder}'"
        )
    work_units = unfinished(site.run, division)
    check_slurm(cluster, len(work_units))
    prepare(plan, experiment, division, examined.models)
    own_runs.remember(experiment.folder)
    if not work_units:
        Console().print(f"nothing to submit: every job of {experiment.folder} is finished")
        return 0
    print_submission(submit(cluster, site, division, work_units), str(experiment.folder))
    return 0


def print_submission(submission: Submission, run: str) -> None:
    """Say what was submitted and how to go on."""
    count = len(submission.work_units)
    ids = submission.job(0) if count == 1 else f"{submission.job(0)} to {submission.job(count - 1)}"
    Console(highlight=False, soft_wrap=True).print(
        f"{count} jobs: {ids}\npte status {run}\npte cancel {run}", markup=False
    )
