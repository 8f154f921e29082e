"""The one segment that this process writes: many appends, one write and one fsync."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from harness.journal.errors import JournalError
from harness.journal.reader import JournalIndex
from harness.journal.segment import new_name

Waiter = asyncio.Future[None]


@dataclass(slots=True)
class _Pending:
    """A line on its way to the disk, and who waits for it."""

    line: bytes
    waiters: list[Waiter] = field(default_factory=list)


class Writer:
    """Writes lines in a thread of its own, so that the disk never holds up an event loop.

    While one batch is being synced the next one gathers: the slower the disk, the larger the batch.
    """

    def __init__(self, index: JournalIndex) -> None:
        self._index = index
        self._change = threading.Condition()
        self._queued: dict[bytes, _Pending] = {}
        self._writing: dict[bytes, _Pending] = {}
        self._failure: str | None = None
        self._closing = False
        self._thread: threading.Thread | None = None
        self._descriptor: int | None = None
        self._number = -1

    async def append(self, key: bytes, line: bytes) -> None:
        """Return once the line, or another one of the same key, is on disk."""
        with self._change:
            if key in self._index:
                return
            if self._failure is not None:
                raise JournalError(self._failure)
            if self._closing:
                raise JournalError("the journal is closed: open it again to append")
            waiter: Waiter = asyncio.get_running_loop().create_future()
            pending = self._queued.get(key) or self._writing.get(key)
            if pending is None:
                pending = self._queued[key] = _Pending(line)
                self._change.notify()
            pending.waiters.append(waiter)
            self._start()
        await waiter

    def close(self) -> None:
        """Write and sync what is queued, then close the segment."""
        with self._change:
            self._closing = True
            self._change.notify()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while self._take():
            try:
                self._write(b"".join(pending.line for pending in self._writing.values()))
                self._finish()
                self._index.spill()
            except Exception as error:  # whatever it is, nobody may be left waiting
                self._fail(error)
                break
        if self._descriptor is not None:
            with suppress(OSError):  # every line reported as written has been synced
                os.close(self._descriptor)

    def _take(self) -> bool:
        """Wait for lines and take all there are; False if there will be no more."""
        with self._change:
            self._change.wait_for(lambda: self._queued or self._closing)
            self._writing, self._queued = self._queued, {}
            return bool(self._writing)

    def _write(self, data: bytes) -> None:
        if self._descriptor is None:
            self._descriptor = self._create()
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        os.fsync(self._descriptor)

    def _create(self) -> int:
        name = new_name()
        # Claimed before it exists, so that a scan never takes it for another process's segment.
        self._number = self._index.claim(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        descriptor = os.open(self._index.folder / name, flags, 0o644)
        folder = os.open(self._index.folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # a synced file whose name is lost is lost
        finally:
            os.close(folder)
        return descriptor

    def _finish(self) -> None:
        with self._change:
            self._index.add(self._number, ((k, p.line) for k, p in self._writing.items()))
            done, self._writing = self._writing, {}
        _wake((waiter for pending in done.values() for waiter in pending.waiters), None)

    def _fail(self, error: Exception) -> None:
        """Refuse everything from now on: a torn line may stand at the end of the segment.

        Nothing is tried again: after a failed fsync the kernel may report unwritten data as clean.
        """
        reason = error.strerror if isinstance(error, OSError) else error
        failure = (
            f"the journal in {self._index.folder} cannot be written ({reason}): "
            "free space and run the same command again: finished draws are kept"
        )
        with self._change:
            self._failure = failure
            lost = [*self._writing.values(), *self._queued.values()]
            self._writing, self._queued = {}, {}
        _wake((waiter for pending in lost for waiter in pending.waiters), failure)


def _wake(waiters: Iterable[Waiter], failure: str | None) -> None:
    """Resolve futures from the writer's thread, with one call into each of their loops."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Waiter]] = {}
    for waiter in waiters:
        by_loop.setdefault(waiter.get_loop(), []).append(waiter)
    for loop, group in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, group, failure)


def _resolve(waiters: list[Waiter], failure: str | None) -> None:
    for waiter in waiters:
        if waiter.done():
            continue  # its task was cancelled; the line is on disk all the same
        if failure is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(JournalError(failure))
