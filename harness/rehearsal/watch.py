"""Ends a rehearsal that computes without asking anything: a loop in a PTE's own code."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from harness.rehearsal.engine import RehearsalTooLargeError

T = TypeVar("T")


class Loop:
    """An event loop for many rehearsals, one after the other: made once, as making one takes
    longer than most of them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """What the work comes to; nothing of it is left running.

        Raises:
            TooLargeError: it waits for longer than so many seconds.
        """
        timer = self._loop.call_later(seconds, self._end)
        try:
            return self._loop.run_until_complete(work)
        except asyncio.CancelledError:
            raise RehearsalTooLargeError from None
        finally:
            timer.cancel()
            self._clear()

    def close(self) -> None:
        """Free the loop."""
        self._loop.close()

    def _end(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def _clear(self) -> None:
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        if left:
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise TooLargeError in the block once this process has computed for so long in it.

    In the main thread alone, which is where a plan is made; elsewhere there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def over(number: int, frame: FrameType | None) -> None:
        raise RehearsalTooLargeError

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)
