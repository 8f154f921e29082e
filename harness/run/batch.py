"""Whether the Slurm job that a process ran in has ended, as Slurm says where it answers.

A process on another host cannot be looked at. Its job can: one that has ended, or waits to start
again, has no process any more, and one that runs or is suspended has. A job that starts again keeps
its number, so the number of its restarts belongs to it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from enum import Enum

SECONDS = 10.0
"""Longest wait for an answer; without one the age of a sign of life decides."""
AT_WORK = ("RUNNING", "SUSPENDED", "STOPPED", "CONFIGURING", "RESIZING", "SIGNALING", "STAGE_OUT")
LEAVING = "COMPLETING"
"""State of a job whose processes are being ended."""


class JobState(Enum):
    """What Slurm says of a process by its job."""

    ENDED = "ended"
    AT_WORK = "at work"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class BatchJob:
    """A job, and how often it had been started again."""

    id: str = ""
    restarts: int = 0

    @classmethod
    def own(cls) -> BatchJob:
        """The job that this process runs in; one without an id outside of Slurm."""
        restarts = os.environ.get("SLURM_RESTART_COUNT", "0")
        number = int(restarts) if restarts.isdecimal() else 0
        return cls(os.environ.get("SLURM_JOB_ID", ""), number)

    def state(self) -> JobState:
        """What Slurm says of the job now; unknown outside of Slurm, or where it does not answer."""
        if not self.id.isdecimal():
            return JobState.UNKNOWN
        own = BatchJob.own()
        if own.id == self.id:
            # Several processes of one job, on its nodes, are told apart by their signs of life.
            return JobState.ENDED if self.restarts < own.restarts else JobState.UNKNOWN
        said = _asked("squeue", "--noheader", "--states=all", "--jobs", self.id, *_FORMAT).split()
        if len(said) != 2:
            return self._accounted()
        state, restarts = said
        if state == LEAVING:
            return JobState.UNKNOWN
        again = restarts.isdecimal() and int(restarts) > self.restarts
        return JobState.AT_WORK if state in AT_WORK and not again else JobState.ENDED

    def _accounted(self) -> JobState:
        """Of a job that the controller has forgotten: it has ended where accounting has its end."""
        said = _asked("sacct", "--noheader", "--allocations", "--jobs", self.id, "--format=End%30")
        ends = [each for each in said.split() if each != "Unknown"]
        return JobState.ENDED if ends and "T" in ends[-1] else JobState.UNKNOWN


_FORMAT = ("--Format=State:30,RestartCnt:12",)


def _asked(*command: str) -> str:
    """What one of Slurm's commands prints; nothing where there is none, or it fails."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
