"""What the processes of a run have put down of themselves: their status, and what they spent.

Neither is the authority on anything, and a stranger may have written both: what is damaged is
passed over with a warning.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import msgspec

from harness.files import checked
from harness.ledger import Cost, Spent
from harness.records.endings import Endings
from harness.stored import Amount, Moment, Number, ProcessId, data_in, data_of, shaped

_log = logging.getLogger(__name__)
_warned: set[Path] = set()


class CellShare(msgspec.Struct):
    """A process's share of a cell, as its status says it."""

    id: str
    state: str
    of: Number
    done: Number
    scored: Number
    score_sum: Amount
    failed: Number
    why: str | None
    spent: Spent
    cost: Cost = msgspec.field(default_factory=Cost)
    endings: Endings = msgspec.field(default_factory=Endings)


class Status(msgspec.Struct):
    """What a process last wrote of itself."""

    name: str
    division: str
    state: str
    why: str | None
    host: str
    pid: ProcessId
    started: Moment
    updated: Moment
    cells: list[CellShare]
    phase: str = ""
    job: str = ""
    restarts: Number = 0
    gpus: Number = 0
    attempts_per_second: Amount = 0.0
    tokens_per_second: Amount = 0.0


class SessionLine(msgspec.Struct):
    """What a session spent, or what it spent on one cell."""

    started: Moment
    session_seconds: Amount
    gpus: Number
    cell: str | None = None
    requests: Number = 0
    prompt_tokens: Number = 0
    cached_tokens: Number = 0
    generated_tokens: Number = 0
    journal_hits: Number = 0
    journal_tokens: Number = 0
    programs: Number = 0
    sandbox_seconds: Amount = 0.0
    tool_calls: Number = 0
    tool_seconds: Amount = 0.0


def sessions(spent: Path) -> dict[float, list[dict[str, Any]]]:
    """What each closed session of a process spent, a line a cell, by when it started."""
    try:
        lines = spent.read_bytes().splitlines()
    except OSError:
        return {}
    result: dict[float, list[dict[str, Any]]] = {}
    damaged = 0
    for line in lines:
        try:
            entry = checked(data_of(line))
            shaped(entry, SessionLine)
            result.setdefault(entry["started"], []).append(entry)
        except ValueError:
            damaged += 1
    if damaged:
        warn(spent, f"{damaged} damaged lines of {spent} are passed over: the sums lack them")
    return result


def status_of(path: Path) -> dict[str, Any]:
    """What a process last wrote of itself; every field of `Status` is there.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """
    try:
        status = shaped(data_in(path, nan=True), Status)
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error})") from error
    result: dict[str, Any] = msgspec.to_builtins(status)
    return result


def warn(path: Path, message: str) -> None:
    """Warn of a damaged file, once."""
    if path not in _warned:
        _warned.add(path)
        _log.warning("%s", message)
