"""Counts of a run under way: what the terminal, the status file and the summary are drawn from."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from harness.ledger import Spent
from harness.plan.cell import Cell

UNDER_WAY = ("starting", "running")
"""States of a session that has not ended by itself."""


@dataclass
class CellProgress:
    """How far one cell has come."""

    id: str
    model: str
    benchmark: str
    stack: str
    replicate: int
    problems: int
    state: str = "waiting"
    """waiting, running, done, kept (its records were there already) or failed."""
    done: int = 0
    scored: int = 0
    score_sum: float = 0.0
    failed: int = 0
    """Attempts that were recorded as failed or as not fitting the window."""
    error: str | None = None
    spent: Spent = field(default_factory=Spent)

    def keep(self, rows: pd.DataFrame) -> None:
        """Take over the counts of records that are there already."""
        graded = rows["score"].notna()
        lost = (~graded | (rows["failures"] > 0) | (rows["overflows"] > 0)).sum()
        error = rows["cell_error"].iloc[0]
        self.state, self.done, self.failed = "kept", len(rows), int(lost)
        self.scored, self.score_sum = int(graded.sum()), float(rows["score"].sum())
        self.error = None if pd.isna(error) else str(error)

    @property
    def score(self) -> float | None:
        return self.score_sum / self.scored if self.scored else None


class Tracker:
    """Progress of a whole run. Written by the loop, read by a drawing thread."""

    def __init__(self, cells: tuple[Cell, ...], folder: Path) -> None:
        self.cells = {
            cell.id: CellProgress(
                cell.id, cell.model.name, cell.benchmark, cell.label, cell.replicate, cell.problems
            )
            for cell in cells
        }
        self.state = "starting"
        self.phase = ""
        """What is happening where no attempt is (an engine being loaded)."""
        self.started = time.time()
        self._file = folder / "status.json"
        self._spent = folder / "spent.jsonl"
        self._saving = threading.Lock()
        self._close_killed()

    @property
    def total(self) -> int:
        return sum(cell.problems for cell in self.cells.values() if cell.state != "kept")

    @property
    def done(self) -> int:
        return sum(cell.done for cell in self.cells.values() if cell.state != "kept")

    @property
    def requests(self) -> int:
        return sum(cell.spent.requests for cell in self.cells.values())

    @property
    def tokens(self) -> int:
        """Generated tokens so far."""
        return sum(cell.spent.generated_tokens for cell in self.cells.values())

    def close(self) -> None:
        """Put down what this session spent, a line a cell: measured, and so apart from records."""
        self.save()
        self._write_spent(self.snapshot())

    def _close_killed(self) -> None:
        """Put down what a session spent that was killed before it could do so itself."""
        try:
            last = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return
        if last["state"] in UNDER_WAY:
            self._write_spent(last)

    def _write_spent(self, session: dict[str, Any]) -> None:
        seconds = session["updated"] - session["started"]
        with self._spent.open("a") as file:
            for cell in session["cells"]:
                if any(cell["spent"].values()):
                    head = {"started": session["started"], "session_seconds": seconds}
                    file.write(json.dumps(head | {"cell": cell["id"]} | cell["spent"]) + "\n")

    def save(self) -> None:
        """Write `status.json`, whole or not at all."""
        with self._saving:  # the drawing thread saves as well
            part = self._file.with_suffix(f".{uuid.uuid4().hex}.part")
            part.write_text(json.dumps(self.snapshot(), indent=1))
            part.replace(self._file)

    def snapshot(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "state": self.state,
            "phase": self.phase,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started": self.started,
            "updated": time.time(),
            "cells": [{**asdict(c), "score": c.score} for c in list(self.cells.values())],
        }
