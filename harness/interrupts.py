"""Ctrl-C outside a run's own loop: one line, and the process ends, whatever it was importing.

`pte_entry` takes Ctrl-C from the first moment on and ends the process: libraries that are being
imported or that build components would turn a KeyboardInterrupt into errors of their own, or lose
it. What has to be left tidy is put down here; what waits for Ctrl-C itself asks for `raising`.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LINE = "pte: stopped; whatever was finished is kept: the same command goes on from there"
CODE = 130

_last_acts: list[Callable[[], None]] = []


@contextmanager
def leaving(act: Callable[[], None]) -> Iterator[None]:
    """Have `act` done if Ctrl-C ends the process meanwhile."""
    _last_acts.append(act)
    try:
        yield
    finally:
        _last_acts.remove(act)


def leave() -> None:
    """Do what has to be done before the process ends; nothing stops it."""
    for act in reversed(_last_acts):
        with suppress(Exception):
            act()


@contextmanager
def raising() -> Iterator[None]:
    """Have Ctrl-C raise KeyboardInterrupt meanwhile, as Python does by itself."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before == signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
