"""Signs of life: what the processes of a run last said of themselves, and whether they live."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from harness.run.tracker import UNDER_WAY

Status = Mapping[str, Any]
"""What a `Tracker` wrote."""

STALE = 30.0
"""Seconds without a sign of life after which a process on this host is taken for dead."""
STALE_ELSEWHERE = 120.0
"""The same for another host: a shared folder shows its files up to a minute late."""


class Signs:
    """The status files of a run; those that have not changed are not read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "status"
        self._read: dict[str, tuple[int, Status]] = {}

    def read(self) -> list[Status]:
        """What each process last wrote, by name."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                changed = path.stat().st_mtime_ns
                if self._read.get(path.name, (0,))[0] != changed:
                    self._read[path.name] = changed, json.loads(path.read_text())
            except (OSError, ValueError):  # gone, or damaged: it is not the authority
                continue
            found.append(self._read[path.name][1])
        return found


def alive(status: Status) -> bool:
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
