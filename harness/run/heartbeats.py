"""Signs of life: what the processes of a run last said of themselves, and whether they live."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from harness.errors import UserError
from harness.files import Reread
from harness.run.batch import BatchJob, JobState
from harness.run.signs import status_of, warn
from harness.run.tracker import MAIN, UNDER_WAY
from harness.visible import one_line

ProcessStatus = Mapping[str, Any]
"""Status of a process, as its `Tracker` wrote it."""

STALE = 30.0
"""Seconds without a sign of life after which a process on this host is taken for dead."""
STALE_ELSEWHERE = 120.0
"""Seconds without a sign of life after which a process on another host is taken for dead: a shared
folder shows its files up to a minute late."""


class Heartbeats:
    """The status files of a run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "status"
        self._files: Reread[ProcessStatus] = Reread(status_of)

    def read(self) -> list[ProcessStatus]:
        """What each process last wrote, by name."""
        results = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                results.append(self._files.read(path))
            except OSError:
                continue  # gone meanwhile
            except ValueError as error:  # it is not the authority
                warn(path, f"the status {one_line(str(error))}: it is passed over")
        return results


def alive(status: ProcessStatus) -> bool:
    """Whether the process that wrote this is still at work, as far as can be told from here."""
    if status["state"] not in UNDER_WAY:
        return False
    silent = time.time() - float(status["updated"])
    if status["host"] != socket.gethostname():
        return silent < STALE_ELSEWHERE
    return silent < STALE and _same_process(status["pid"], status["started"])


def _same_process(pid: int, started: float) -> bool:
    """Whether `pid` is still the process that wrote, and not a later one of the same number."""
    try:
        return bool(psutil.Process(pid).create_time() <= started + 1.0)
    except psutil.Error:
        return False


def wait_for_others(folder: Path, name: str) -> None:
    """Return once nobody else does what the process `name` of this run is about to do.

    A process that was killed on another host cannot be told from one that is silent, but by what
    Slurm says of its job: it is waited for until it must be dead, two minutes at most.

    Raises:
        UserError: another process is at it.
    """
    heartbeats = Heartbeats(folder)
    first: dict[str, float] = {}
    ended: set[tuple[str, float]] = set()
    while others := [
        status
        for status in heartbeats.read()
        if _in_the_way(status, name) and (status["name"], status["started"]) not in ended
    ]:
        for status in others:
            here = status["host"] == socket.gethostname()
            state = JobState.UNKNOWN if here else _job(status).state(status["started"])
            if state is JobState.ENDED:
                ended.add((status["name"], status["started"]))
                continue
            if (
                here
                or state is JobState.AT_WORK
                or first.setdefault(status["name"], status["updated"]) != status["updated"]
            ):
                raise UserError(
                    f"{one_line(status['name'])} of the run in {folder} is under way in process "
                    f"{status['pid']} on {one_line(status['host'])}: wait for its end, or stop it "
                    "there"
                )
        time.sleep(1.0)


def _job(status: ProcessStatus) -> BatchJob:
    return BatchJob(status["job"], status["restarts"])


def _in_the_way(status: ProcessStatus, name: str) -> bool:
    """Whether a living process does the same problems: the whole run is in every work unit's
    way."""
    if not alive(status) or (MAIN not in (name, status["name"]) and status["name"] != name):
        return False
    return bool(status["host"] != socket.gethostname() or status["pid"] != os.getpid())
