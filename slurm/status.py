"""What Slurm says of a run's jobs, as lines of `pte status` (entry point `pte.status`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from harness.errors import UserError
from harness.run.work_unit import read_division
from slurm.progress import unfinished
from slurm.submission import queued, submissions


def lines(run: Path) -> Sequence[str]:
    """Jobs by state, and how to go on where there are none; nothing for a run that was never
    submitted."""
    made = submissions(run)
    division = read_division(run)
    if not made or division is None:
        return []
    try:
        jobs = queued(run)
    except UserError as error:
        return [f"Slurm cannot be asked for the jobs: {error}"]
    if jobs:
        states = Counter(job.state.lower() for job in jobs)
        arrays = dict.fromkeys(job.job.partition("_")[0] for job in jobs)
        message = ", ".join(f"{count} {state}" for state, count in states.most_common())
        return [f"Slurm: {message} (jobs of {', '.join(arrays)})"]
    left = len(unfinished(run, division))
    return [f"Slurm: no job left, {left} work units to do: pte resume {run}"] if left else []
