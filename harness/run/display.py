"""The live view of a run: a thread of its own, off the path between two requests."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.run.tracker import CellProgress, Tracker

ROWS = 24
"""Most cells shown at once; the terminal is not for scrolling."""
SAVE_SECONDS = 2.0
LINE_SECONDS = 15.0


class Display:
    """Draws a tracker until closed: live on a terminal, a line now and then elsewhere."""

    def __init__(self, tracker: Tracker, console: Console) -> None:
        self._tracker = tracker
        self._console = console
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True, name="display")

    def __enter__(self) -> Display:
        if self._live:
            self._live.start()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self._show()
        if self._live:
            self._live.stop()

    def _draw(self) -> None:
        last_line = 0.0
        while not self._over.wait(SAVE_SECONDS):
            self._tracker.measure()
            if self._live or time.monotonic() - last_line > LINE_SECONDS:
                last_line = time.monotonic()
                self._show()

    def _show(self) -> None:
        if self._live:
            self._live.update(self._render(), refresh=True)
        else:
            self._console.print(self._headline())

    def _render(self) -> RenderableType:
        tracker = self._tracker
        bar = Table.grid()  # a bar by itself does not end its line
        bar.add_row(ProgressBar(total=max(1, tracker.total), completed=tracker.done, width=60))
        return Group(self._headline(), bar, cell_table(list(tracker.cells.values())))

    def _headline(self) -> Text:
        tracker, rate = self._tracker, self._tracker.rate
        left = tracker.total - tracker.done
        eta = f"ETA {clock(left / rate.attempts)}" if rate.attempts and left else ""
        parts = [
            tracker.phase or tracker.state,
            f"{tracker.done}/{tracker.total} attempts",
            f"{tracker.requests} requests",
            f"{rate.tokens:.0f} tokens/s",
            f"elapsed {clock(tracker.elapsed)}",
            eta,
        ]
        return Text("  ".join(part for part in parts if part))


def cell_table(cells: list[CellProgress]) -> Table:
    """The cells that are running first, then those just done."""
    order = {"running": 0, "failed": 1, "done": 2, "kept": 3, "waiting": 4}
    ranked = sorted(cells, key=lambda cell: order.get(cell.state, 9))
    table = Table(box=None, pad_edge=False)
    for column in ("model", "benchmark", "stack", "state"):
        table.add_column(column, no_wrap=True)
    for column in ("done", "score", "failed"):
        table.add_column(column, justify="right")
    for cell in ranked[:ROWS]:
        score = "" if cell.score is None else f"{100 * cell.score:.1f}"
        table.add_row(
            cell.model,
            cell.benchmark,
            cell.stack,
            cell.error or cell.state,
            f"{cell.done}/{cell.problems}",
            score,
            str(cell.failed or ""),
        )
    if len(ranked) > ROWS:
        table.add_row(f"... and {len(ranked) - ROWS} more", *[""] * 6)
    return table


def clock(seconds: float) -> str:
    """Seconds as `1:02:03` or `2:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
