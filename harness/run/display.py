"""The live view of a process's own work: a thread apart, off the path between two requests."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from harness.run.tracker import Tracker
from harness.run.view import bar, cell_table, clock

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
        self._tracker.save()
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
            self._console.print(self._headline(), soft_wrap=True)  # one line in a log

    def _render(self) -> RenderableType:
        tracker = self._tracker
        cells = list(tracker.cells.values())
        return Group(self._headline(), bar(tracker.done, tracker.total), cell_table(cells))

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
