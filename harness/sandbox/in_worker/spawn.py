"""One process a program: a fork of the worker, jailed to the end before anything unknown runs."""

from __future__ import annotations

import os
import random
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from harness.sandbox.contract import Limits
from harness.sandbox.in_worker import limits as bounds
from harness.sandbox.in_worker.box import Box
from harness.sandbox.in_worker.linux import NEWPID, setns, unshare

_LAST_DESCRIPTOR = 256
_DYING = 2.0
"""Seconds between the moment a process lets go of its descriptors and the end of it, at most; on a
busy machine too."""
UNCONFINED = 77
"""Exit status of a process that could not be jailed, and so ran nothing."""


@dataclass
class Child:
    """A process started by `spawn`, until it is reaped."""

    pid: int
    descriptor: int
    """A pidfd, readable once it has ended."""
    limits: Limits
    ended: str | None = None
    """What it was out of when it was ended from outside, if it was."""
    status: int | None = None
    """The process's wait status once it was reaped; None before."""
    used: float = 0.0
    """CPU seconds that the process used, once it was reaped."""
    broke_off: bool = False
    """Whether it had let go of its line and went on running, and so was ended."""
    before: float = 0.0
    """CPU seconds that do not count: of earlier jobs, in a process that stays."""

    def cpu_seconds(self) -> float:
        """CPU time that counts so far; a process that has ended goes on showing what it used."""
        if self.status is not None:
            return self.used
        clock = (~self.pid << 3) | 2  # the kernel's name of another process's CPU clock
        try:
            return time.clock_gettime(clock) - self.before
        except OSError:
            return self.used

    def runs(self) -> bool:
        """Whether the process has not ended."""
        return self.status is None and not select.select([self.descriptor], [], [], _DYING)[0]

    def reap(self) -> None:
        """Collect the process; waits until it has ended."""
        if self.status is None:
            _, self.status, usage = os.wait4(self.pid, 0)
            self.used = usage.ru_utime + usage.ru_stime - self.before
            os.close(self.descriptor)

    def settle(self) -> None:
        """Collect a process that has said nothing; one that does not end by itself is ended."""
        self.broke_off = self.runs()
        if self.broke_off:
            self.end()
        else:
            self.reap()

    def end(self, reason: str | None = None) -> None:
        """Kill it and all that it started, and collect it."""
        if self.status is None:
            self.ended = reason
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.descriptor, signal.SIGKILL)
            self.reap()


@dataclass(frozen=True)
class Spawner:
    """Starts processes as a tier has it."""

    program: bytes | None
    """The seccomp filter of a program, where there is one."""
    own_namespace: int | None
    """The worker's own pid namespace, in the tier that has them."""
    others: int
    """Threads of the same user that the limit on threads would count too."""
    box: Box | None
    """Where programs may write, in the tier that has it; looked after before each of them."""

    def spawn(self, limits: Limits, keep: tuple[int, ...], work: Callable[[], None]) -> Child:
        """Run `work` in a process of its own, with no descriptors but the standard and `keep`."""
        if self.box is not None:
            self.box.ready(limits.file_bytes)
        pid = self._fork()
        if pid == 0:
            status = UNCONFINED
            try:
                _close_all_but(keep)
                self._confine(limits)
                status = 0
                work()
            finally:
                os._exit(status)
        return Child(pid, os.pidfd_open(pid), limits)

    def sweep(self) -> None:
        """End what programs left behind; only the unsafe tier lets them leave anything.

        Orphans become children of the worker, which is a subreaper.
        """
        while self.program is None:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                with open(f"/proc/self/task/{os.getpid()}/children") as file:
                    for orphan in file.read().split():
                        os.kill(int(orphan), signal.SIGKILL)

    def _fork(self) -> int:
        if self.own_namespace is None:
            return os.fork()
        unshare(NEWPID)
        pid = os.fork()
        if pid:
            setns(self.own_namespace, NEWPID)
        return pid

    def _confine(self, limits: Limits) -> None:
        os.setsid()
        bounds.bind(limits, self.others)
        bounds.give_up_privileges(self.program)
        random.seed(0)  # Python seeds anew after a fork; chance shall be the same every time


def _close_all_but(keep: tuple[int, ...]) -> None:
    first = 3
    for descriptor in sorted(keep):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, _LAST_DESCRIPTOR)
