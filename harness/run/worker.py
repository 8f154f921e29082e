"""Processes beside the loop that run our own code on what models wrote, and are ended if it hangs.

An answer may be a number of a billion digits. So the kernel ends a process that computes for too
long, whatever it is in the middle of, and a process that wants too much memory gets none; the next
piece of work gets a new one.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from harness.errors import NotGradedError, UserError

SECONDS = 20.0
"""CPU seconds of one piece of work."""
MEMORY = 3 << 30
"""Bytes of address space that work may take beside what the process has when it begins."""
FURTHEST = 900.0
"""Seconds on the clock after which a process that neither computes nor answers is given up."""
ATTEMPTS = 3
"""How often work is tried whose process was ended by something else."""
PROCESSES = 2
FOREIGN = (-signal.SIGKILL, -signal.SIGTERM)
"""Exit codes of a process that was ended by something else."""
_LONGEST = 300
"""Characters of a reason."""


class WorkFailedError(Exception):
    """The work raised, or used up its CPU time or memory; the message says which."""


class WorkerGoneError(Exception):
    """Something else ended the process: it says nothing of the work."""


class Workers:
    """A few processes, each started when there is work for it."""

    def __init__(self, count: int = PROCESSES) -> None:
        self._free = asyncio.Semaphore(count)
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """What `work`, a function of a module, returns for these arguments.

        Raises:
            WorkFailedError: it raised, or used up what it may.
            UserError: it raised one.
            NotGradedError: its processes were ended by something else, time and again.
        """
        async with self._free:
            for _ in range(ATTEMPTS):
                with suppress(WorkerGoneError):
                    return await self._once(work, args)
        raise NotGradedError(
            f"the process that worked on it was ended {ATTEMPTS} times by something else (memory "
            "that ran out on this machine, or an administrator)"
        )

    async def _once(self, work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        worker = self._idle.pop() if self._idle else Worker()
        self._all.add(worker)
        try:
            result = await worker.run(work, args)
        except BaseException:
            if worker.fit:
                self._idle.append(worker)
            else:
                worker.end()
                self._all.discard(worker)
            raise
        self._idle.append(worker)
        return result

    def close(self) -> None:
        """End every process, whatever it is in the middle of."""
        for worker in self._all:
            worker.end()
        self._all.clear()
        self._idle.clear()


class Worker:
    """One process, and the line to it."""

    def __init__(self) -> None:
        # Its main thread may use the signals by which Python code limits itself.
        context = get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, os.getpid()), daemon=True)
        self._process.start()
        theirs.close()
        self.fit = True
        """Whether it waits for work."""

    async def run(self, work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """See `Workers.run`.

        Raises:
            WorkerGoneError: the process was ended, and not for the work's sake.
        """
        self.fit = False
        try:
            self._line.send_bytes(pickle.dumps((SECONDS, work, args)))
            await self._readable()
            kind, result = self._line.recv()
        except (EOFError, OSError) as error:
            raise await asyncio.to_thread(self._fate) from error
        self.fit = True
        if kind == "user":
            raise UserError(result)
        if kind == "raised":
            raise WorkFailedError(result)
        return result

    def _fate(self) -> Exception:
        """What the end of the process says of the work that it was given."""
        self._process.join(5)
        code = self._process.exitcode
        if code == -signal.SIGPROF:
            return WorkFailedError(f"out of CPU time ({SECONDS:g} s)")
        if code in (None, *FOREIGN):
            return WorkerGoneError()
        return WorkFailedError(f"its process crashed (exit code {code})")

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        descriptor = self._line.fileno()

        def heard() -> None:
            if not ready.done():
                ready.set_result(None)

        loop.add_reader(descriptor, heard)
        try:
            await asyncio.wait_for(ready, FURTHEST)
        finally:
            loop.remove_reader(descriptor)

    def end(self) -> None:
        """End it at once."""
        self.fit = False
        self._line.close()
        self._process.kill()
        self._process.join(5)


def _serve(line: Connection, parent: int) -> None:
    """Work until the other end hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the harness alone
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    _die_with(parent)
    while True:
        try:
            message = line.recv_bytes()
        except (EOFError, OSError):
            return
        line.send(_done(message))


def _done(message: bytes) -> tuple[str, Any]:
    try:
        seconds, work, args = pickle.loads(message)  # imports what it needs, which does not count
        _limit_memory()
        signal.setitimer(signal.ITIMER_PROF, seconds)  # at whose end the kernel ends this process
        try:
            result = work(*args)
            pickle.dumps(result)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except UserError as error:
        return "user", str(error)
    except BaseException as error:
        return "raised", _text(error)
    return "done", result


def _text(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:_LONGEST].removesuffix(": ")
    except BaseException:
        return type(error).__name__


def _limit_memory() -> None:
    """Bound the address space, once all that the work needs is imported; where that is known."""
    with suppress(OSError, ValueError):
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = pages * resource.getpagesize() + MEMORY
        if hard == resource.RLIM_INFINITY or wanted < hard:
            resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def _die_with(parent: int) -> None:
    """Have the kernel end this process with the harness, even if that is killed."""
    if sys.platform != "linux":
        return
    from harness.sandbox.in_worker.linux import PR_SET_PDEATHSIG, prctl

    with suppress(OSError):
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
