"""Waiting for processes while their time lasts."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

from harness.sandbox.in_worker.spawn import Child

_SHORTEST, _LONGEST = 0.001, 1.0
"""Seconds of one look at the children."""
OUT_OF_CPU, OUT_OF_WALL = "out of CPU time", "out of wall time"
BACKSTOP = 20
"""How many times the wall time may pass before no verdict comes of it."""
_ASLEEP, _FAST_ASLEEP = 0.05, 0.005
"""Shares of a core: what uses less sleeps or waits; what uses less than the other does so for sure,
on a machine that is so busy that little is left for anybody."""
_LITTLE = 0.1
"""CPU seconds that every program may have used to start."""
_SPIN, _CONTENDED = 0.05, 3.0
"""CPU seconds of a trial of the machine, and how many times as long it takes on a busy one."""


class StarvedError(Exception):
    """The machine gave a program so little CPU time that no verdict can come of it."""


class Abandoned(Exception):  # noqa: N818 - not an error: the sandbox has closed
    """The sandbox is gone: nobody waits for a verdict any more."""


class Supervisor:
    """Watches children, and the line to the sandbox, whose end ends everything."""

    def __init__(self, line: int) -> None:
        self._line = line

    def wait(
        self,
        children: list[Child],
        until: int,
        wall_seconds: float,
        used: Callable[[Child], float] = Child.cpu_seconds,
    ) -> None:
        """Return when the descriptor `until` is readable, be it that the other end has closed.

        Whoever of the children runs out of CPU time is ended before, and so are all that have slept
        for all of the wall time; whoever ended is collected. `used` says what counts against a
        child's limit on CPU time.

        Raises:
            Abandoned: the sandbox closed the line.
            StarvedError: the machine gave them next to no CPU time for far longer than that.
        """
        clock = _WallClock(wall_seconds)
        poll = select.poll()
        poll.register(self._line, select.POLLHUP | select.POLLRDHUP)
        poll.register(until, select.POLLIN)
        running = {child.descriptor: child for child in children}
        for descriptor in running:
            poll.register(descriptor, select.POLLIN)
        while True:
            left = [child.limits.cpu_seconds - used(child) for child in running.values()]
            pause = max(_SHORTEST, min([*left, clock.left, _LONGEST]))
            ready = {descriptor for descriptor, _ in poll.poll(pause * 1000)}
            clock.passed(pause)
            if self._line in ready:
                raise Abandoned
            if until in ready:
                return
            for descriptor in ready:
                poll.unregister(descriptor)
                running.pop(descriptor).reap()
            late = clock.is_over(sum(map(used, running.values())))
            for descriptor, child in list(running.items()):
                spent = used(child) >= child.limits.cpu_seconds
                if late or spent:
                    poll.unregister(descriptor)
                    del running[descriptor]
                    child.end(OUT_OF_CPU if spent else OUT_OF_WALL)
                    if descriptor == until:
                        return


class _WallClock:
    """Decides when programs have slept for too long; being kept waiting by others is no sleep.

    Time counts while this process is awake itself: not while all of them are stopped, nor where it
    was woken late.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = seconds
        self._awake = 0.0
        self._looked = time.monotonic()

    @property
    def left(self) -> float:
        """Seconds until it has to be looked at."""
        return self._until - self._awake

    def passed(self, asked: float) -> None:
        """Count the time since the last look, which was to take so many seconds."""
        now = time.monotonic()
        self._awake += min(now - self._looked, asked + _SHORTEST)
        self._looked = now

    def is_over(self, used: float) -> bool:
        """Whether the programs, which used so much CPU time together, have slept all the while.

        Raises:
            StarvedError: they have not, and got next to nothing for far longer than is allowed.
        """
        if self._awake < self._until:
            return False
        last = self._awake >= BACKSTOP * self._seconds
        if last and used < _FAST_ASLEEP * self._awake:
            return True
        if used < max(_LITTLE, _ASLEEP * self._awake) and not _contended():
            return True
        if last:
            raise StarvedError(f"{used:.1f} s of CPU time in {self._awake:.0f} s")
        self._until += self._seconds
        return False


def _contended() -> bool:
    """Whether others take this process's CPU time at the moment."""
    begun, until = time.monotonic(), time.thread_time() + _SPIN
    while time.thread_time() < until:
        pass
    return time.monotonic() - begun > _CONTENDED * _SPIN
