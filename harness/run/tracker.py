"""Counts of work under way in this process: what its terminal and its status file say."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from harness.engines.devices import visible_gpus
from harness.files import replace_text, with_checksum
from harness.ledger import Cost, Spent
from harness.plan.cell import Cell
from harness.records.endings import Endings, endings
from harness.run.batch import BatchJob
from harness.run.signs import sessions, status_of
from harness.run.throughput import Throughput
from harness.stored import shaped

_log = logging.getLogger(__name__)

UNDER_WAY = ("starting", "running")
"""States of a session that has not ended by itself."""
MAIN = "main"
"""Name of a process that carries out the whole plan."""


@dataclass(kw_only=True)
class CellProgress:
    """How far one cell has come, or this process's share of it."""

    id: str
    model: str
    benchmark: str
    stack: str
    replicate: int
    of: int
    """Attempts to be made, one a problem."""
    state: str = "waiting"
    """waiting, running, done, kept (its records were there already) or failed."""
    done: int = 0
    scored: int = 0
    score_sum: float = 0.0
    failed: int = 0
    """Attempts that were recorded as failed or as not fitting the window."""
    why: str | None = None
    """What is wrong with the whole cell."""
    spent: Spent = field(default_factory=Spent)
    cost: Cost = field(default_factory=Cost)
    """What the attempts made in this session cost, each by itself."""
    endings: Endings = field(default_factory=Endings)
    """How attempts ended, as far as records tell."""

    def keep(self, rows: pd.DataFrame) -> None:
        """Take over the counts of records that are there already."""
        graded = rows["score"].notna()
        lost = (~graded | (rows["failures"] > 0) | (rows["overflows"] > 0)).sum()
        error = rows["cell_error"].iloc[0]
        self.state, self.done, self.failed = "kept", len(rows), int(lost)
        self.scored, self.score_sum = int(graded.sum()), float(rows["score"].sum())
        self.why = None if pd.isna(error) else str(error)
        self.endings = endings(rows)

    def add(self, piece: Mapping[str, Any]) -> None:
        """Add what another process says of its share of this cell to the counts."""
        self.done += piece["done"]
        self.scored += piece["scored"]
        self.score_sum += piece["score_sum"]
        self.failed += piece["failed"]
        self.why = self.why or piece["why"]
        self.cost += shaped(piece["cost"], Cost)
        self.endings += shaped(piece["endings"], Endings)

    @property
    def score(self) -> float | None:
        return self.score_sum / self.scored if self.scored else None


class Tracker:
    """Progress of one process. Written by the loop, read by a drawing thread.

    It writes `status/NAME.json` (what is) and `spent/NAME.jsonl` (what was) in the run's folder;
    no two processes write the same file. `run/monitor.py` reads them all.
    """

    def __init__(
        self, cells: tuple[Cell, ...], folder: Path, name: str = MAIN, division: str = ""
    ) -> None:
        self.cells = {
            cell.id: CellProgress(
                id=cell.id,
                model=cell.model.name,
                benchmark=cell.benchmark,
                stack=cell.label,
                replicate=cell.replicate,
                of=cell.problems,
            )
            for cell in cells
        }
        self.state = "starting"
        self.phase = ""
        """What is happening where no attempt is (an engine being loaded)."""
        self.why: str | None = None
        """What ended the work before its end."""
        self.rate = Throughput()
        self.started = time.time()
        self._name = name
        self._division = division
        self._file = folder / "status" / f"{name}.json"
        self._spent = folder / "spent" / f"{name}.jsonl"
        self._saving = threading.Lock()
        self._told = False
        self._close_killed()

    @property
    def total(self) -> int:
        return sum(cell.of for cell in self.cells.values() if cell.state != "kept")

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

    @property
    def elapsed(self) -> float:
        """Seconds since this session started."""
        return time.time() - self.started

    def measure(self) -> None:
        """Take another reading of the speed, and put down where things stand."""
        self.rate.update(self.done, self.tokens)
        self.save()

    def close(self) -> None:
        """Put down what this session spent, a line a cell: measured, and so apart from records."""
        try:
            self._write_spent(self.snapshot())
        except OSError as error:
            self._tell(error)
        self.save()

    def save(self) -> None:
        """Write the status file, whole or not at all.

        A disk that refuses is told of once and ends nothing: the status is not the work.
        """
        with self._saving:  # the drawing thread saves as well
            try:
                replace_text(self._file, json.dumps(self.snapshot(), indent=1))
            except OSError as error:
                self._tell(error)

    def snapshot(self) -> dict[str, Any]:
        """The process's status as plain data."""
        job = BatchJob.own()
        return {
            "name": self._name,
            "division": self._division,
            "state": self.state,
            "phase": self.phase,
            "why": self.why,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "job": job.id,
            "restarts": job.restarts,
            "gpus": gpus(),
            "started": self.started,
            "updated": time.time(),
            "attempts_per_second": self.rate.attempts,
            "tokens_per_second": self.rate.tokens,
            "cells": [{**asdict(c), "score": c.score} for c in list(self.cells.values())],
        }

    def _close_killed(self) -> None:
        """Put down what a session spent that was killed before it could do so itself."""
        try:
            last = status_of(self._file)
        except (OSError, ValueError):
            return
        if last["started"] not in sessions(self._spent):
            self._write_spent(last)

    def _write_spent(self, session: dict[str, Any]) -> None:
        head = {
            "started": session["started"],
            # Not below 0 where the host's clock was set back meanwhile.
            "session_seconds": max(0.0, session["updated"] - session["started"]),
            "gpus": session["gpus"],
        }
        spent = [
            {"cell": c["id"]} | c["spent"] for c in session["cells"] if any(c["spent"].values())
        ]
        before = [entry for each in sessions(self._spent).values() for entry in each]
        entries = [*before, *(head | each for each in spent or [{}])]
        replace_text(
            self._spent, "".join(json.dumps(with_checksum(each)) + "\n" for each in entries)
        )

    def _tell(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            _log.warning(
                "the status in %s cannot be written (%s): draws and records do not depend on it",
                self._file.parent,
                error.strerror,
            )


@cache
def gpus() -> int:
    """GPUs that this process holds, whether it uses them or not."""
    return len(visible_gpus())
