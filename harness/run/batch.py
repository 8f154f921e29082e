"""Whether the Slurm job that a process ran in has ended, as Slurm says where it answers.

A process on another host cannot be looked at. Its job can: one that has ended, or waits to start
again, has no process any more, and one that runs or is suspended has. A job that starts again keeps
its number, so the number of its restarts belongs to it; and a number is given again, by another
cluster or one that was set up anew, so a job counts that was there when the process began.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from enum import Enum

SECONDS = 10.0
"""Longest wait for an answer; without one the age of a sign of life decides."""
CORRECTED = 60.0
"""Seconds by which the clocks of a job's host and of Slurm's controller may differ."""
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
    """As Slurm's commands take it; `100_3` in an array, of which `100` may be one job or all."""
    restarts: int = 0

    @classmethod
    def own(cls) -> BatchJob:
        """The job that this process runs in; one without an id outside of Slurm.

        A shell on a login node that holds an allocation outlives it, and is no part of the job.
        """
        said = os.environ
        if "SLURMD_NODENAME" not in said:
            return cls()
        array, place = said.get("SLURM_ARRAY_JOB_ID"), said.get("SLURM_ARRAY_TASK_ID")
        restarts = said.get("SLURM_RESTART_COUNT", "0")
        return cls(
            f"{array}_{place}" if array and place else said.get("SLURM_JOB_ID", ""),
            int(restarts) if restarts.isdecimal() else 0,
        )

    @property
    def named(self) -> bool:
        """Whether the id is one that Slurm gives; a stranger may have written it."""
        return re.fullmatch(r"\d+(_\d+)?", self.id, re.ASCII) is not None

    def state(self, since: float) -> JobState:
        """What Slurm says of the job now; unknown outside of Slurm, or where it does not answer.

        Args:
            since: when the process began, in seconds since 1970.
        """
        if not self.named:
            return JobState.UNKNOWN
        own = BatchJob.own()
        if own.id == self.id:
            # Several processes of one job, on its nodes, are told apart by their signs of life.
            return JobState.ENDED if self.restarts < own.restarts else JobState.UNKNOWN
        said = _asked("squeue", "--noheader", "--states=all", "--jobs", self.id, *_FORMAT).split()
        if len(said) != 4:
            return self._accounted(since)
        state, restarts, start, end = said
        if state == LEAVING:
            return JobState.UNKNOWN
        if restarts.isdecimal() and int(restarts) > self.restarts:
            return JobState.ENDED
        at_work = state in AT_WORK
        if not _there(since, start, "" if at_work else end):
            return JobState.UNKNOWN
        return JobState.AT_WORK if at_work else JobState.ENDED

    def _accounted(self, since: float) -> JobState:
        """Of a job that the controller has forgotten: it has ended where accounting has its end."""
        said = _asked("sacct", "--noheader", "--allocations", "--jobs", self.id, *_ENDS).split()
        if len(said) != 2 or not said[1].isdecimal():
            return JobState.UNKNOWN
        return JobState.ENDED if _there(since, *said) else JobState.UNKNOWN


_FORMAT = ("--Format=State:30,RestartCnt:12,StartTime:30,EndTime:30",)
_ENDS = ("--format=Start%30,End%30",)


def _there(since: float, start: str, end: str) -> bool:
    """Whether a job was there at a moment, by its start and end where these are known."""
    late = start.isdecimal() and int(start) > since + CORRECTED
    early = end.isdecimal() and int(end) < since - CORRECTED
    return not late and not early


def _asked(*command: str) -> str:
    """What one of Slurm's commands prints, moments in seconds since 1970; nothing where there is no
    such command, or it fails."""
    if shutil.which(command[0]) is None:
        return ""
    environment = {**os.environ, "SLURM_TIME_FORMAT": "%s"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
