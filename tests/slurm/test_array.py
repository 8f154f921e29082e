"""A sweep as one array on a real Slurm: preempted, requeued and cancelled, it changes no record."""

from __future__ import annotations

import subprocess

import pytest

from harness.cli.main import main
from slurm.submission import Queued
from tests.slurm.sweep import Sweep, tell
from tests.thorough import size

JOBS = size(24, 12)
DISTURBANCES = size(24, 8)


def preempt(sweep: Sweep, job: Queued) -> None:
    """A job of a better partition that takes two jobs' places for a moment."""
    command = ["sbatch", "--partition=high", "--output=/dev/null", "--cpus-per-task=4", "--wrap"]
    subprocess.run([*command, "sleep 1"], check=True, capture_output=True)


def warn_of_limit(sweep: Sweep, job: Queued) -> None:
    tell("scancel", "--signal=USR2", job.job)


def requeue(sweep: Sweep, job: Queued) -> None:
    tell("scontrol", "requeue", job.job)


def cancel(sweep: Sweep, job: Queued) -> None:
    tell("scancel", job.job)


KINDS = (preempt, warn_of_limit, requeue, cancel)


def test_an_array_of_disturbed_jobs_makes_the_records_of_one_process(
    sweep: Sweep, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = sweep.settings(96, f"cluster.gpu_hours={0.576 / JOBS}", "cluster.parallel=6")
    alone = sweep.alone(*settings)
    sweep.pace(3.0)  # no job ends before all are disturbed; then as fast as it goes
    capfd.readouterr()
    sweep.submit(*settings)
    assert f"{JOBS} jobs: " in capfd.readouterr().out
    for n in range(DISTURBANCES):
        KINDS[n % len(KINDS)](sweep, sweep.at_work())
    sweep.pace(0)
    sweep.finish()
    sweep.check(alone)
    assert main(["status", str(sweep.run)]) == 0
    assert "9 of 9 cells done" in capfd.readouterr().out
