"""Work that is given so much CPU time: a busy machine does not change what comes of it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_TICK = 0.05
"""CPU seconds of this process between two looks at what is running."""
_ends: list[float] = []
"""When each of the calls of `within` that are running, one inside the other, has to end."""


class OutOfCpuTimeError(BaseException):
    """Work was given up. No `except Exception` in it holds it up."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """What the work returns, unless it takes more CPU time than this.

    It is limited in a main thread alone, and is held up by whatever does not come back to Python
    (one operation on huge numbers): that has to be ended from outside (`harness.run.worker`).

    Raises:
        OutOfCpuTimeError: it took longer, and was given up.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    _ends.append(time.thread_time() + seconds)
    if len(_ends) == 1:
        signal.signal(signal.SIGVTALRM, _look)
        signal.setitimer(signal.ITIMER_VIRTUAL, _TICK, _TICK)
    try:
        return work()
    finally:
        if len(_ends) == 1:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        _ends.pop()


def _look(*_: Any) -> None:
    if _ends and time.thread_time() >= min(_ends):
        raise OutOfCpuTimeError("out of CPU time")
