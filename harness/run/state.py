"""The state of a run at one moment: its cells, its processes, what it has cost."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.ledger import Cost, Spent
from harness.records.endings import Endings
from harness.run.tracker import UNDER_WAY


@dataclass(frozen=True, kw_only=True)
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
    """Attempts made so far."""
    of: int
    score: float | None
    """Mean score over the attempts graded so far, in [0, 1]; None before the first."""
    failed: int
    """Attempts that failed or did not fit the window."""
    why: str | None
    """What failed, where the whole cell did."""
    flop: float
    """Planned inference FLOP of the cell."""
    x_base_net: float | None = None
    """Planned inference FLOP over the base's, net of the own prefix, which the definition's 100x is
    judged by; None where it is not known."""
    x_base_gross: float | None = None
    """Planned inference FLOP over the base's, with every prompt token of every call counted."""
    spent: Spent
    """What all sessions spent on the cell."""
    cost: Cost
    """What the attempts that the present sessions have made cost, each by itself."""
    endings: Endings = field(default_factory=Endings)
    """How attempts ended: cut, unread, at once; counts of 0 where records do not tell."""


@dataclass(frozen=True)
class ProcessState:
    """One process that carries out the run, or a work unit of it."""

    name: str
    state: str
    """waiting (not started), starting, running, lost, interrupted, failed or finished."""
    phase: str = ""
    why: str | None = None
    """What ended the process; None where nothing did."""
    host: str | None = None
    pid: int | None = None
    started: float | None = None
    updated: float | None = None
    """When the process last gave a sign of life, in seconds since the epoch."""
    attempts_per_second: float = 0.0
    tokens_per_second: float = 0.0
    """Generated tokens a second; zero unless the process lives."""
    generated_tokens: int = 0
    """Tokens generated in this session."""
    left: int = 0
    """Attempts that the process still has to make."""
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
    """GPU-seconds that the plan takes on `hardware`."""
    hardware: str


@dataclass(frozen=True, kw_only=True)
class RunState:
    """A whole run at one moment."""

    folder: Path
    command: tuple[str, ...]
    cells: tuple[CellState, ...]
    processes: tuple[ProcessState, ...]
    expected: Expected | None
    """What the run was expected to take; None for a run planned before this was put down."""
    spent: Spent
    """What all sessions of all processes spent."""
    gpu_seconds: float
    """GPUs held times seconds, over all sessions; 0 where there is no GPU."""
    division: str = ""
    """Id of the division that the processes' work units are of; empty for a run by one process."""

    @property
    def attempts(self) -> tuple[int, int]:
        """Attempts done, and attempts planned."""
        return sum(cell.done for cell in self.cells), sum(cell.of for cell in self.cells)

    @property
    def over(self) -> bool:
        """Whether nothing is left to be done: every process came to its end."""
        return bool(self.processes) and all(p.state == "finished" for p in self.processes)

    @property
    def shell_command(self) -> str:
        """The command that goes on with the run, as typed in a shell."""
        return shlex.join(self.command)

    @property
    def alive(self) -> bool:
        return any(process.alive for process in self.processes)

    @property
    def seen(self) -> float | None:
        """The last sign of life of any process, in seconds since the epoch."""
        return max((p.updated for p in self.processes if p.updated is not None), default=None)

    @property
    def tokens_per_second(self) -> float:
        """Tokens generated a second: now, by all processes that live; where none does, over the
        time from the first of their last sessions to the end of the last."""
        if self.alive:
            return sum(process.tokens_per_second for process in self.processes)
        start = min((p.started for p in self.processes if p.started is not None), default=None)
        if start is None or self.seen is None or self.seen <= start:
            return 0.0
        return sum(process.generated_tokens for process in self.processes) / (self.seen - start)

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
        """The state of the run as plain data, for programs."""
        done, of = self.attempts
        return asdict(self) | {
            "folder": str(self.folder),
            "attempts": {"done": done, "of": of},
            "over": self.over,
            "tokens_per_second": self.tokens_per_second,
            "eta_seconds": self.eta,
        }
