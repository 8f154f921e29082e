"""What Slurm says: partitions, limits, and the state of jobs."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from harness.errors import UserError

SECONDS = 60
"""Longest wait for an answer; a controller under load takes long."""


def run_slurm(*command: str) -> str:
    """The output of one of Slurm's commands.

    Raises:
        UserError: there is no Slurm, or it refused; with its own words.
    """
    if shutil.which(command[0]) is None:
        raise UserError(
            f"{command[0]} is not on this machine: submit where Slurm is, "
            "or look at the scripts with 'pte submit --dry-run'"
        )
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{command[0]} did not answer in {SECONDS} s: is Slurm up?") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise UserError(f"{' '.join(command[:2])}: {said}")
    return done.stdout


def partitions() -> Mapping[str, float]:
    """The partitions with their time limits in minutes."""
    lines = run_slurm("sinfo", "--noheader", "--format=%R|%l").split()
    return {name: minutes(limit) for name, _, limit in (line.partition("|") for line in lines)}


def largest_array() -> int:
    """How many jobs one array may have."""
    result = re.search(r"MaxArraySize\s*=\s*(\d+)", run_slurm("scontrol", "show", "config"))
    return int(result[1]) if result else 1001


def states(arrays: Iterable[str], name: str) -> Mapping[str, Mapping[int, str]]:
    """State of every job that is queued, running or about to be requeued, by array and place.

    Args:
        arrays: Slurm's ids.
        name: of their jobs; a file that names other jobs of the user's does not speak for them.
    """
    wanted = set(arrays)
    result: dict[str, dict[int, str]] = defaultdict(dict)
    # A list of ids would fail as a whole where Slurm has forgotten one of them.
    said = run_slurm("squeue", "--noheader", "--array", "--me", "--format=%F|%K|%T|%j")
    for line in said.splitlines():
        array, place, state, named = line.split("|", 3)
        if array in wanted and named.strip() == name:
            result[array][int(place) if place.isdigit() else 0] = state
    return result


def cancel(arrays: Sequence[str]) -> None:
    """Cancel whatever is left of these arrays; those that are over stay as they are."""
    if arrays:
        run_slurm("scancel", "--quiet", *arrays)


def state_of(job: str) -> str:
    """The state of one job, or UNKNOWN where Slurm cannot be asked."""
    try:
        said = run_slurm(
            "squeue", "--noheader", "--states=all", f"--jobs={job}", "--format=%T"
        ).split()
    except UserError:
        return "UNKNOWN"
    return said[0] if said else "UNKNOWN"


def minutes(limit: str) -> float:
    """Slurm's `days-hours:minutes:seconds`, or `infinite`, in minutes."""
    if not limit[0].isdigit():
        return float("inf")
    days, _, clock = limit.rpartition("-")
    hours, whole, seconds = ([0, 0, 0] + [int(part) for part in clock.split(":")])[-3:]
    return 60 * (24 * int(days or 0) + hours) + whole + seconds / 60
