"""What is known of a run from its files alone, beside however many processes carry it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from harness.files import Reread
from harness.ledger import Spent
from harness.records.endings import COLUMNS
from harness.records.sealed import DamagedRecordsError, RecordFile, told
from harness.records.store import Records
from harness.run.folder import PLAN, read_plan
from harness.run.heartbeats import Heartbeats, ProcessStatus, alive
from harness.run.signs import sessions, warn
from harness.run.state import CellState, Expected, ProcessState, RunState
from harness.run.tracker import MAIN, UNDER_WAY, CellProgress
from harness.run.work_unit import FILE, Division, read_division
from harness.stored import shaped

COUNTS = tuple(each.name for each in fields(Spent))
Piece = tuple[bool, Mapping[str, Any]]
"""Whether the process lives, and what it says of its share of a cell."""


@dataclass
class RunMonitor:
    """Reads a run's folder, again and again; what has not changed is not read again."""

    folder: Path

    def __post_init__(self) -> None:
        self._heartbeats = Heartbeats(self.folder)
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
        heartbeats = self._heartbeats.read()
        current = self._current(division, heartbeats)
        pieces, begun = _pieces(current), all(current.values())
        spent, gpu_seconds = self._spent(heartbeats)
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
            expected=shaped(expected, Expected) if expected else None,
            spent=sum(spent.values(), Spent()),
            gpu_seconds=gpu_seconds,
            division=division.id if division and MAIN not in current else "",
        )

    def _current(
        self, division: Division | None, heartbeats: Sequence[ProcessStatus]
    ) -> dict[str, ProcessStatus | None]:
        """The processes that the run is carried out by: all work units, or the one that does it
        all, whichever was begun last. None for a work unit that nobody has begun."""
        by_name = {status["name"]: status for status in heartbeats}
        main = by_name.get(MAIN)
        if division is None:
            return {MAIN: main} if main else {}
        work_units: dict[str, ProcessStatus | None] = {
            work_unit.name: status if status and status["division"] == division.id else None
            for work_unit in division.work_units
            for status in [by_name.get(work_unit.name)]
        }
        last = max((s["updated"] for s in work_units.values() if s), default=0.0)
        last = max(last, (self.folder / FILE).stat().st_mtime)
        return {MAIN: main} if main and main["updated"] > last else work_units

    def _cell(
        self, cell: Mapping[str, Any], pieces: Sequence[Piece], begun: bool, spent: Spent
    ) -> CellState:
        """A cell from its pieces; `begun` says whether no work unit waits for a process."""
        names = ("model", "benchmark", "stack", "replicate")
        seen = CellProgress(
            id=cell["cell"], of=cell["problems"], **{name: cell[name] for name in names}
        )
        for _, piece in pieces:
            seen.add(piece)
        running = any(live and piece["state"] == "running" for live, piece in pieces)
        path = Records(self.folder / "records").path(seen.id)
        if path.exists() and not running and self._told(seen, path):
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
            x_base_net=cell.get("x_base_net"),  # a run planned before these were put down has none
            x_base_gross=cell.get("x_base_gross"),
            spent=spent,
            cost=seen.cost,
            endings=seen.endings,
        )

    def _told(self, seen: CellProgress, path: Path) -> bool:
        """Whether the records are sound; they are taken in where no process tells of them."""
        try:
            if seen.done < seen.of:
                seen.keep(self._records.read(path))
        except DamagedRecordsError as damage:
            told(damage, "they count as absent; the same pte run makes them anew")
            return False
        return True

    def _spent(self, heartbeats: Sequence[ProcessStatus]) -> tuple[dict[str, Spent], float]:
        """What all sessions spent by cell, and GPUs times seconds."""
        by_cell: dict[str, Spent] = {}
        gpu_seconds = 0.0
        closed = {}
        for path in sorted((self.folder / "spent").glob("*.jsonl")):
            try:
                closed[path.stem] = self._sessions.read(path)
            except OSError as error:
                warn(path, f"{path} cannot be read ({error.strerror}): the sums lack it")
        for lines in (lines for each in closed.values() for lines in each.values()):
            gpu_seconds += lines[0]["session_seconds"] * lines[0]["gpus"]
            for line in lines:
                _add(by_cell, line.get("cell"), line)
        for status in heartbeats:
            if status["started"] not in closed.get(status["name"], {}):
                gpu_seconds += (status["updated"] - status["started"]) * status["gpus"]
                for cell in status["cells"]:
                    _add(by_cell, cell["id"], cell["spent"])
        return by_cell, gpu_seconds


def _scores(path: Path) -> pd.DataFrame:
    columns = {"score", "failures", "overflows", "cell_error", *COLUMNS}
    frame: pd.DataFrame = RecordFile(path).read(sorted(columns)).to_pandas()
    return frame


def _pieces(current: Mapping[str, ProcessStatus | None]) -> dict[str, list[Piece]]:
    """What each process says of its share of a cell, by cell."""
    result: dict[str, list[Piece]] = {}
    for status in filter(None, current.values()):
        live = alive(status)
        for piece in status["cells"]:
            result.setdefault(piece["id"], []).append((live, piece))
    return result


def _process(name: str, status: ProcessStatus | None, flop: Mapping[str, float]) -> ProcessState:
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


def _add(by_cell: dict[str, Spent], cell: str | None, result: Mapping[str, Any]) -> None:
    if cell is not None:
        own = Spent(**{name: result[name] for name in COUNTS if name in result})
        by_cell[cell] = by_cell.get(cell, Spent()) + own
