"""What is known of a run from its files alone, beside however many processes carry it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from harness.ledger import Cost, Spent
from harness.records.store import Records
from harness.run.folder import read_plan
from harness.run.portion import FILE, Division, read_division
from harness.run.signs import Signs, Status, alive
from harness.run.tracker import MAIN, UNDER_WAY, CellProgress, sessions


@dataclass(frozen=True)
class CellState:
    """One cell of the plan."""

    id: str
    model: str
    benchmark: str
    stack: str
    replicate: int
    state: str
    """waiting, running, stopped (its process is gone, or was interrupted), failed or done."""
    done: int
    """Attempts."""
    of: int
    score: float | None
    """Mean over the attempts graded so far."""
    failed: int
    """Attempts that failed or did not fit the window."""
    why: str | None
    """What failed, where the whole cell did."""
    flop: float
    """Planned."""
    spent: Spent
    """By all sessions."""
    cost: Cost
    """Of the attempts that the sessions under way have made, each by itself."""


@dataclass(frozen=True)
class ProcessState:
    """One process that carries out the run, or a portion of it."""

    name: str
    state: str
    """waiting (not started), starting, running, lost, interrupted, failed or finished."""
    phase: str = ""
    why: str | None = None
    """What ended it."""
    host: str | None = None
    pid: int | None = None
    started: float | None = None
    updated: float | None = None
    """Its last sign of life, in seconds since the epoch."""
    attempts_per_second: float = 0.0
    tokens_per_second: float = 0.0
    """Generated tokens; both are zero unless it lives."""
    left: int = 0
    """Attempts that it still has to make."""
    flop_left: float = 0.0

    @property
    def alive(self) -> bool:
        return self.state in UNDER_WAY


@dataclass(frozen=True)
class Expected:
    """What the plan expects a run to cost, shared draws once."""

    requests: float
    prompt_tokens: float
    generated_tokens: float
    gpu_seconds: float
    """On `hardware`."""
    hardware: str


@dataclass(frozen=True)
class RunState:
    """A whole run at one moment."""

    folder: Path
    command: tuple[str, ...]
    cells: tuple[CellState, ...]
    processes: tuple[ProcessState, ...]
    expected: Expected | None
    """None for a run planned before this was put down."""
    spent: Spent
    """By all sessions of all processes."""
    gpu_seconds: float
    """GPUs held times seconds, over all sessions; 0 where there is no GPU."""
    division: str = ""
    """Of which portions the processes are, if any."""

    @property
    def attempts(self) -> tuple[int, int]:
        """Attempts done, and attempts planned."""
        return sum(cell.done for cell in self.cells), sum(cell.of for cell in self.cells)

    @property
    def finished(self) -> bool:
        return all(cell.state == "done" for cell in self.cells)

    @property
    def tokens_per_second(self) -> float:
        """Tokens generated a second, now, by all processes that live."""
        return sum(process.tokens_per_second for process in self.processes)

    @property
    def eta(self) -> float | None:
        """Seconds that are left at today's speed; None where nothing moves.

        Work is counted in planned FLOP. What waits for a process is done by those that live now,
        and nobody takes work from the slowest.
        """
        speed, slowest = 0.0, 0.0
        for process in self.processes:
            if process.alive and process.attempts_per_second > 0 and process.left:
                speed += process.attempts_per_second * process.flop_left / process.left
                slowest = max(slowest, process.left / process.attempts_per_second)
        if not speed:
            return None
        left = sum(cell.flop * (1 - cell.done / cell.of) for cell in self.cells)
        return max(left / speed, slowest)

    def data(self) -> dict[str, Any]:
        """The same as plain data, for programs."""
        done, of = self.attempts
        cells = [asdict(cell) for cell in self.cells]
        return asdict(self) | {
            "folder": str(self.folder),
            "cells": cells,
            "attempts": {"done": done, "of": of},
            "finished": self.finished,
            "tokens_per_second": self.tokens_per_second,
            "eta_seconds": self.eta,
        }


Piece = tuple[bool, Mapping[str, Any]]
"""Whether the process lives, and what it says of its share of a cell."""


@dataclass
class Watcher:
    """Reads a run's folder, again and again; what has not changed is not read again."""

    folder: Path
    _records: dict[str, tuple[int, CellProgress]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._signs = Signs(self.folder)

    def state(self) -> RunState:
        """How things stand.

        Raises:
            UserError: there is no run in the folder.
        """
        plan = read_plan(self.folder)
        division = read_division(self.folder)
        signs = self._signs.read()
        current = self._current(division, signs)
        pieces, begun = _pieces(current), all(current.values())
        spent, gpu_seconds = _spent(self.folder, signs)
        flop = {cell["cell"]: cell["flop"] / cell["problems"] for cell in plan["cells"]}
        expected = plan.get("expected")
        return RunState(
            folder=self.folder,
            command=tuple(plan["command"]),
            cells=tuple(
                self._cell(
                    cell, pieces.get(cell["cell"], ()), begun, spent.get(cell["cell"], Spent())
                )
                for cell in plan["cells"]
            ),
            processes=tuple(_process(name, status, flop) for name, status in current.items()),
            expected=Expected(**expected) if expected else None,
            spent=sum(spent.values(), Spent()),
            gpu_seconds=gpu_seconds,
            division=division.id if division and MAIN not in current else "",
        )

    def _current(
        self, division: Division | None, signs: Sequence[Status]
    ) -> dict[str, Status | None]:
        """The processes that the run is carried out by: all portions, or the one that does it
        all, whichever was begun last. None for a portion that nobody has begun."""
        by_name = {status["name"]: status for status in signs}
        main = by_name.get(MAIN)
        if division is None:
            return {MAIN: main} if main else {}
        portions: dict[str, Status | None] = {
            portion.name: status if status and status["division"] == division.id else None
            for portion in division.portions
            for status in [by_name.get(portion.name)]
        }
        last = max((s["updated"] for s in portions.values() if s), default=0.0)
        last = max(last, (self.folder / FILE).stat().st_mtime)
        return {MAIN: main} if main and main["updated"] > last else portions

    def _cell(
        self, cell: Mapping[str, Any], pieces: Sequence[Piece], begun: bool, spent: Spent
    ) -> CellState:
        """A cell from its pieces; `begun` says whether no portion waits for a process."""
        seen = CellProgress(
            cell["cell"],
            cell["model"],
            cell["benchmark"],
            cell["stack"],
            cell["replicate"],
            cell["problems"],
        )
        for _, piece in pieces:
            seen.done += piece["done"]
            seen.scored += piece["scored"]
            seen.score_sum += piece["score_sum"]
            seen.failed += piece["failed"]
            seen.error = seen.error or piece["error"]
            seen.cost += Cost(**piece.get("cost", {}))  # older status files have none
        running = any(live and piece["state"] == "running" for live, piece in pieces)
        path = Records(self.folder / "records").path(cell["cell"])
        if path.exists() and not running:
            if seen.done < seen.problems:
                seen = self._recorded(path, seen)
            state = "failed" if seen.error else "done"
        elif running:
            state = "running"
        elif seen.error:
            state = "failed"
        else:
            more = not begun or any(live for live, _ in pieces)
            state = "waiting" if more or not seen.done else "stopped"
        return CellState(
            id=seen.id,
            model=seen.model,
            benchmark=seen.benchmark,
            stack=seen.stack,
            replicate=seen.replicate,
            state=state,
            done=seen.done,
            of=seen.problems,
            score=seen.score,
            failed=seen.failed,
            why=seen.error,
            flop=cell["flop"],
            spent=spent,
            cost=seen.cost,
        )

    def _recorded(self, path: Path, seen: CellProgress) -> CellProgress:
        """A finished cell's counts from its records, where no process tells them."""
        changed = path.stat().st_mtime_ns
        if self._records.get(path.name, (0,))[0] != changed:
            columns = ["score", "failures", "overflows", "cell_error"]
            seen.keep(pq.read_table(path, columns=columns).to_pandas())
            self._records[path.name] = changed, seen
        return self._records[path.name][1]


def _pieces(current: Mapping[str, Status | None]) -> dict[str, list[Piece]]:
    """What each process says of its share of a cell, by cell."""
    found: dict[str, list[Piece]] = {}
    for status in filter(None, current.values()):
        live = alive(status)
        for piece in status["cells"]:
            found.setdefault(piece["id"], []).append((live, piece))
    return found


def _process(name: str, status: Status | None, flop: Mapping[str, float]) -> ProcessState:
    """A process; `flop` is planned, by cell, an attempt."""
    if status is None:
        return ProcessState(name, "waiting")
    live = alive(status)
    left = {cell["id"]: cell["problems"] - cell["done"] for cell in status["cells"]}
    return ProcessState(
        name=name,
        state="lost" if status["state"] in UNDER_WAY and not live else status["state"],
        phase=status["phase"] if live else "",
        why=status["error"],
        host=status["host"],
        pid=status["pid"],
        started=status["started"],
        updated=status["updated"],
        attempts_per_second=status["attempts_per_second"] if live else 0.0,
        tokens_per_second=status["tokens_per_second"] if live else 0.0,
        left=sum(left.values()),
        flop_left=sum(flop.get(cell, 0.0) * n for cell, n in left.items()),
    )


def _spent(folder: Path, signs: Sequence[Status]) -> tuple[dict[str, Spent], float]:
    """What all sessions spent by cell, and GPUs times seconds."""
    by_cell: dict[str, Spent] = {}
    gpu_seconds = 0.0
    closed = {path.stem: sessions(path) for path in sorted((folder / "spent").glob("*.jsonl"))}
    for lines in (lines for each in closed.values() for lines in each.values()):
        gpu_seconds += lines[0]["session_seconds"] * lines[0]["gpus"]
        for line in lines:
            _add(by_cell, line.get("cell"), line)
    for status in signs:
        if status["started"] not in closed.get(status["name"], {}):
            gpu_seconds += (status["updated"] - status["started"]) * status["gpus"]
            for cell in status["cells"]:
                _add(by_cell, cell["id"], cell["spent"])
    return by_cell, gpu_seconds


def _add(by_cell: dict[str, Spent], cell: str | None, found: Mapping[str, Any]) -> None:
    if cell is not None:
        own = Spent(**{each.name: found[each.name] for each in fields(Spent)})
        by_cell[cell] = by_cell.get(cell, Spent()) + own
