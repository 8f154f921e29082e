"""Locks of `multiprocessing`, for programs that cannot have more than one process.

The kernel's named semaphores lie in a file system that processes share, and there is none in the
jail. `multiprocessing.dummy` and the pools of threads want them all the same, for threads alone.
"""

from __future__ import annotations

import _multiprocessing  # type: ignore[import-not-found]
import threading
from typing import Any

_RECURSIVE = 0


class ThreadSemaphore:
    """What `_multiprocessing.SemLock` is to its callers, among the threads of one process."""

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        self.kind, self.maxvalue = kind, maxvalue
        self.name = None  # as of one whose name is taken away at once: nobody has to keep track
        self.handle = id(self)
        self._free = threading.Semaphore(value)
        self._value = value
        self._count = 0
        self._owner: int | None = None

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take one, waiting for it; a recursive lock may be taken again by its owner."""
        if self.kind == _RECURSIVE and self._is_mine():
            self._count += 1
            return True
        if not (self._free.acquire(block, timeout) if block else self._free.acquire(False)):
            return False
        self._value -= 1
        self._count, self._owner = self._count + 1, threading.get_ident()
        return True

    def release(self) -> None:
        """Give one back.

        Raises:
            AssertionError: a recursive lock that this thread does not hold.
            ValueError: more than there can be.
        """
        if self.kind == _RECURSIVE:
            assert self._is_mine(), "attempt to release recursive lock not owned by thread"
            if self._count > 1:
                self._count -= 1
                return
        elif self._value >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._count, self._owner = max(0, self._count - 1), None
        self._value += 1
        self._free.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: Any) -> None:
        self.release()

    def _is_mine(self) -> bool:
        return self._count > 0 and self._owner == threading.get_ident()

    def _get_value(self) -> int:
        return self._value

    def _is_zero(self) -> bool:
        return self._value == 0

    def _after_fork(self) -> None:
        """Nothing: there is no other process."""


def install() -> None:
    """Put it where `multiprocessing` looks for the kernel's."""
    _multiprocessing.SemLock = ThreadSemaphore
    _multiprocessing.sem_unlink = _nothing


def _nothing(name: str) -> None:
    """There is no name to be taken away."""
