"""What is known of a run from its files alone, beside however many processes carry it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from harness.files import Reread
from harness.ledger import Spent
from harness.records.store import Records
from harness.run.folder import PLAN, read_plan
from harness.run.portion import FILE, Division, read_division
from harness.run.signs import Signs, Status, alive
from harness.run.state import CellState, Expected, ProcessState, RunState
from harness.run.tracker import MAIN, UNDER_WAY, CellProgress, sessions

COUNTS = tuple(each.name for each in fields(Spent))
Piece = tuple[bool, Mapping[str, Any]]
"""Whether the process lives, and what it says of its share of a cell."""


@dataclass
class Watcher:
    """Reads a run's folder, again and again; what has not changed is not read again."""

    folder: Path

    def __post_init__(self) -> None:
        self._signs = Signs(self.folder)
        self._plan = Reread(lambda path: read_plan(path.parent))
        self._division = Reread(lambda path: read_division(path.parent))
        self._sessions = Reread(sessions)
        self._records = Reread(_scores)

    def state(self) -> RunState:
        """How things stand.

        Raises:
            UserError: there is no run in the folder.
        """
        plan = self._plan.read(self.folder / PLAN)
        cut = self.folder / FILE
        division = self._division.read(cut) if cut.exists() else None
        signs = self._signs.read()
        current = self._current(division, signs)
        pieces, begun = _pieces(current), all(current.values())
        spent, gpu_seconds = self._spent(signs)
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
        names = ("model", "benchmark", "stack", "replicate")
        seen = CellProgress(
            id=cell["cell"], of=cell["problems"], **{name: cell[name] for name in names}
        )
        for _, piece in pieces:
            seen.add(piece)
        running = any(live and piece["state"] == "running" for live, piece in pieces)
        path = Records(self.folder / "records").path(seen.id)
        if path.exists() and not running:
            if seen.done < seen.of:  # no process tells of it
                seen.keep(self._records.read(path))
            state = "failed" if seen.why else "done"
        elif running:
            state = "running"
        elif seen.why:
            state = "failed"
        else:
            open_ = [live for live, piece in pieces if piece["done"] < piece["of"]]
            goes_on = any(open_) or (not open_ and not begun)
            state = "waiting" if goes_on or not seen.done else "stopped"
        return CellState(
            id=seen.id,
            model=seen.model,
            benchmark=seen.benchmark,
            stack=seen.stack,
            replicate=seen.replicate,
            state=state,
            done=seen.done,
            of=seen.of,
            score=seen.score,
            failed=seen.failed,
            why=seen.why,
            flop=cell["flop"],
            spent=spent,
            cost=seen.cost,
        )

    def _spent(self, signs: Sequence[Status]) -> tuple[dict[str, Spent], float]:
        """What all sessions spent by cell, and GPUs times seconds."""
        by_cell: dict[str, Spent] = {}
        gpu_seconds = 0.0
        closed = {
            path.stem: self._sessions.read(path)
            for path in sorted((self.folder / "spent").glob("*.jsonl"))
        }
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


def _scores(path: Path) -> pd.DataFrame:
    columns = ["score", "failures", "overflows", "cell_error"]
    frame: pd.DataFrame = pq.ParquetFile(path).read(columns=columns).to_pandas()
    return frame


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
    left = {cell["id"]: cell["of"] - cell["done"] for cell in status["cells"]}
    return ProcessState(
        name=name,
        state="lost" if status["state"] in UNDER_WAY and not live else status["state"],
        phase=status["phase"] if live else "",
        why=status["why"],
        host=status["host"],
        pid=status["pid"],
        started=status["started"],
        updated=status["updated"],
        attempts_per_second=status["attempts_per_second"] if live else 0.0,
        tokens_per_second=status["tokens_per_second"] if live else 0.0,
        generated_tokens=sum(cell["spent"]["generated_tokens"] for cell in status["cells"]),
        left=sum(left.values()),
        flop_left=sum(flop.get(cell, 0.0) * n for cell, n in left.items()),
    )


def _add(by_cell: dict[str, Spent], cell: str | None, found: Mapping[str, Any]) -> None:
    if cell is not None:
        own = Spent(**{name: found[name] for name in COUNTS if name in found})
        by_cell[cell] = by_cell.get(cell, Spent()) + own
