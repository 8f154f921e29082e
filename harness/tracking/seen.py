"""What a mirror sees of a run under way."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from harness.run.tracker import UNDER_WAY

STALE = 30.0


@dataclass(frozen=True)
class CellState:
    """How far a cell has come."""

    id: str
    state: str
    done: int
    of: int
    score: float | None
    failed: int
    why: str | None
    spent: Mapping[str, Any]


def cell_states(run: Path, plan: Mapping[str, Any]) -> list[CellState]:
    """The state of every planned cell."""
    try:
        status = json.loads((run / "status.json").read_text())
    except (OSError, ValueError):
        status = {"cells": []}
    last = {cell["id"]: cell for cell in status["cells"]}
    living = _alive(status)
    found = []
    for entry in plan["cells"]:
        seen = last.get(entry["cell"], {})
        state = seen.get("state", "waiting")
        if not living and state == "running":
            state = "stopped"
        found.append(
            CellState(
                entry["cell"],
                state,
                seen.get("done", 0),
                entry["problems"],
                seen.get("score"),
                seen.get("failed", 0),
                seen.get("error"),
                seen.get("spent", {}),
            )
        )
    return found


def _alive(status: Mapping[str, Any]) -> bool:
    if status.get("state") not in UNDER_WAY:
        return False
    if status["host"] == socket.gethostname() and not psutil.pid_exists(status["pid"]):
        return False
    return bool(time.time() - status["updated"] < STALE)
