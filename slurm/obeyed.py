"""Settings that jobs obey as shell: of a run that this user did not submit they must be given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from harness.errors import UserError
from harness.run import own_runs
from slurm.cluster import Cluster

RUN_BY_JOBS = ("modules", "environment", "setup", "container", "serve_options", "sbatch")
"""Settings whose text a job, or sbatch, obeys."""


def check(run: Path, cluster: Cluster, changes: Sequence[str]) -> None:
    """Whether jobs may run what the settings in a run's folder say.

    Args:
        run: the run's folder.
        cluster: its settings of jobs, with the changes.
        changes: words of the command line that gave settings of jobs.

    Raises:
        UserError: this user has not submitted the run with these settings, and not all that its
            jobs would obey was given on the command line.
    """
    if own_runs.known(run):
        return
    usual = Cluster()
    said = {word.lstrip("+~").partition("=")[0].split(".")[1] for word in changes}
    foreign = [
        f"cluster.{each.name}={getattr(cluster, each.name)!r}"
        for each in fields(Cluster)
        if each.name in RUN_BY_JOBS
        and each.name not in said
        and getattr(cluster, each.name) != getattr(usual, each.name)
    ]
    if foreign:
        raise UserError(
            f"{run} was not submitted by you, or was changed or moved since, and its jobs would "
            f"run what its config.yaml says: {'; '.join(foreign)}. Read it, and where it is yours "
            "give it on the command line: pte resume RUN 'cluster.setup=[...]'"
        )
