"""What a run's folder says of its jobs: `slurm/submissions.jsonl`, a line an array."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.errors import UserError
from harness.visible import one_line
from slurm.queue import states

FOLDER = "slurm"
FILE = "submissions.jsonl"


@dataclass(frozen=True)
class Submission:
    """One array that was submitted."""

    array: str
    """Slurm's id."""
    work_units: tuple[int, ...]
    """Work unit of each task of the array, by its place in the array."""
    division: str
    """Which cutting of the plan the work units belong to."""
    submitted: float
    """Seconds since 1970."""

    def job(self, place: int) -> str:
        """Slurm's name of one job; an array of one is none."""
        return f"{self.array}_{place}" if len(self.work_units) > 1 else self.array


def note(run: Path, submission: Submission) -> None:
    """Append a submission, on disk before this returns."""
    with (run / FOLDER / FILE).open("ab") as file:
        file.write(msgspec.json.encode(submission) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def submissions(run: Path) -> Sequence[Submission]:
    """All submissions of a run, the oldest first; none where it was never submitted.

    Raises:
        UserError: the file is damaged.
    """
    path = run / FOLDER / FILE
    if not path.exists():
        return []
    try:
        lines = path.read_bytes().splitlines()
        return [
            msgspec.json.decode(line.replace(b'"portions":', b'"work_units":'), type=Submission)
            for line in lines
        ]
    except (OSError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        said = one_line(str(error))
        raise UserError(f"{path} cannot be read ({said}): remove its damaged line") from error


@dataclass(frozen=True)
class Queued:
    """A job that is queued, running or about to be requeued."""

    job: str
    work_unit: int
    state: str
    division: str


def job_name(run: Path) -> str:
    """What Slurm calls the jobs of a run."""
    return f"pte-{run.resolve().name}"


def queued(run: Path) -> Sequence[Queued]:
    """What Slurm still has of a run's submissions.

    Raises:
        UserError: Slurm cannot be asked, or what was noted of them is damaged.
    """
    made = submissions(run)
    result = states((each.array for each in made), job_name(run)) if made else {}
    return [
        Queued(each.job(place), each.work_units[place], state, each.division)
        for each in made
        for place, state in sorted(result.get(each.array, {}).items())
        if place < len(each.work_units)
    ]
