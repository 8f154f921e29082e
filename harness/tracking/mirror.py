"""Brings what a run's folder says to W&B, cell by cell; only ever reads what the run wrote."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.contracts.tracking import FOLDER, WandbConfig
from harness.records.store import Records, read_table
from harness.run.folder import CONFIG, read_plan
from harness.run.monitor import RunMonitor
from harness.run.state import CellState
from harness.settings.written import read_data
from harness.stack import BASE
from harness.tracking.samples import Texts, table
from harness.tracking.upload_log import UploadLog, fingerprint
from harness.tracking.wandb_client import WandbClient
from harness.tracking.wandb_run import (
    COST,
    WandbRun,
    ended_figures,
    finished,
    plain,
    sampled,
    wandb_run,
)
from harness.visible import visible_data

PAUSE = 60.0
"""Seconds without another try after W&B failed, while the run goes on."""
_log = logging.getLogger(__name__)


@dataclass
class Live:
    """A running cell's W&B run."""

    run: Any
    done: int = 0


@dataclass
class Mirror:
    """Mirrors one run's folder."""

    folder: Path
    config: WandbConfig
    client: WandbClient
    trouble: str = ""
    """What went wrong last; empty where nothing did."""
    _live: dict[str, Live] = field(default_factory=dict)
    _again: float = 0.0

    def __post_init__(self) -> None:
        self.plan = read_plan(self.folder)
        loaded = read_data(self.folder / CONFIG)
        self._settings: Mapping[str, Any] = {str(key): value for key, value in loaded.items()}
        self._group = self.config.group_of(self.folder)
        self._watcher = RunMonitor(self.folder)
        self._records = Records(self.folder / "records")
        self._upload_log = UploadLog(self.folder / FOLDER, self.config, self._group)
        self._texts = Texts(Path(self.plan["journal"])) if self.config.texts else None
        cells = self.plan["cells"]
        bases = {_place(each): each["cell"] for each in cells if each["stack"] == BASE}
        self._bases = {each["cell"]: bases.get(_place(each)) for each in cells}

    def follow(self, over: Callable[[], bool], pause: Callable[[float], None]) -> None:
        """Mirror until the run is over, then what is left; `pause` waits so many seconds or less.

        Whatever W&B does ends in `trouble`, never in an exception.
        """
        while not over():
            if time.monotonic() >= self._again:
                self._guarded(lambda: self._round(final=False))
            pause(self.config.interval)
        self._guarded(lambda: self._round(final=True))
        if self._texts:
            self._texts.close()

    def left(self) -> int:
        """Planned cells whose records W&B does not hold, or that have none yet."""
        return sum(not self._is_uploaded(cell["cell"]) for cell in self.plan["cells"])

    def _guarded(self, work: Callable[[], None]) -> None:
        """W&B fails in ways of its own; none of them is worth the mirror, let alone the run."""
        try:
            work()
            self.trouble = ""
        except Exception as error:
            _log.exception("W&B could not be told")
            self.trouble = in_a_line(error)
            self._again = time.monotonic() + PAUSE

    def _round(self, final: bool) -> None:
        for cell in self._watcher.state().cells:
            if cell.state == "running" and not final:
                self._running(cell)
            elif cell.state != "running" and self._records.path(cell.id).exists():
                if not self._is_uploaded(cell.id) and (final or not self._base_is_due(cell.id)):
                    self._finished(cell.id)
            elif final or cell.why:
                self._without_records(cell)

    def _running(self, cell: CellState) -> None:
        live = self._live.get(cell.id)
        if live is None:
            if not cell.done or len(self._live) >= self.config.live:
                return
            live = self._live[cell.id] = Live(self.client.open(self._page(cell.id)))
        if live.done < cell.done < cell.of:  # the last point is that of the records
            live.done = cell.done
            live.run.log(_figures(cell), step=cell.done)

    def _finished(self, cell: str) -> None:
        """Tell a finished cell whole; a live one was told its history already."""
        mark = self._fingerprint(cell)
        path, base = self._records.path(cell), self._base(cell)
        beside = [path] + ([self._records.path(base)] if base not in (None, cell) else [])
        files = [each for each in beside if each.exists()]
        everything = read_table(files, [self._records.folder]).to_pandas(maps_as_pydicts="strict")
        rows = everything[everything["cell"] == cell]
        said = finished(rows, everything)
        live = self._live.pop(cell, None)
        run = live.run if live else self.client.open(self._page(cell))
        run.config.update(visible_data(said.provenance), allow_val_change=True)
        last, figures = said.history[-1]
        for step, point in [] if live else said.history[:-1]:
            run.log(point, step=step)
        if self.config.attempts:
            chosen = table(sampled(rows, self.config.attempts), self._texts)
            figures = figures | {"attempts": self.client.table(chosen)}
        run.log(figures, step=last)
        summary = {name: plain(value) for name, value in said.summary.items()}
        run.summary.update(visible_data(summary))
        self.client.keep(run, f"records-{run.id}", "records", {path.name: path})
        self.client.finish(run, 1 if said.error else 0)
        self._upload_log.put(cell, mark)

    def _without_records(self, cell: CellState) -> None:
        """A cell that failed as a whole, or was stopped: what is known of it, and that it ended."""
        live = self._live.pop(cell.id, None)
        if live is None and not cell.why:
            return  # of what never began, and of what nobody watched, there is nothing to tell
        mark = f"{cell.state} {cell.done} {cell.why}"
        if live is None and self._upload_log.has(cell.id, mark):
            return
        run = live.run if live else self.client.open(self._page(cell.id))
        state = "failed" if cell.why else "stopped"
        run.summary.update(visible_data({"state": state, "error": cell.why}))
        self.client.finish(run, 1)
        self._upload_log.put(cell.id, mark)

    def _page(self, cell: str) -> WandbRun:
        return wandb_run(self.plan, self._settings, cell, self._group)

    def _is_uploaded(self, cell: str) -> bool:
        path = self._records.path(cell)
        return path.exists() and self._upload_log.has(cell, self._fingerprint(cell))

    def _fingerprint(self, cell: str) -> str:
        """Of the cell's records, and of its base's, against which its cost is told."""
        base = self._base(cell)
        return fingerprint(*(self._records.path(each) for each in (cell, base) if each))

    def _base_is_due(self, cell: str) -> bool:
        """Whether the cell's base has no records yet but will have some."""
        base = self._base(cell)
        return base is not None and not self._records.path(base).exists()

    def _base(self, cell: str) -> str | None:
        """The planned base of a cell: the same rung, benchmark and replicate."""
        return self._bases[cell]


def in_a_line(error: Exception) -> str:
    """What went wrong, short enough for the end of a run."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]


def _place(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return entry["model"], entry["benchmark"], entry["replicate"]


def _figures(cell: CellState) -> dict[str, Any]:
    """A point of a running cell's history."""
    cost, spent = asdict(cell.cost), asdict(cell.spent)
    figures: dict[str, Any] = {"done": cell.done, "failed": cell.failed}
    if cell.score is not None:
        figures["score"] = 100 * cell.score
    figures |= ended_figures(cell.endings)
    figures |= {f"cost/{name}": cost[name] for name in COST}
    return figures | {f"spent/{name}": value for name, value in spent.items()}
