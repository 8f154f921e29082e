"""Waiting for processes while their time lasts."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

from harness.sandbox.in_worker.spawn import Child

_SHORTEST = 0.001
OUT_OF_CPU, OUT_OF_WALL = "out of CPU time", "out of wall time"


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

        Whoever of the children runs out of time is ended before, and whoever ended is collected.
        `used` says what counts against a child's limit on CPU time.

        Raises:
            Abandoned: the sandbox closed the line.
        """
        deadline = time.monotonic() + wall_seconds
        poll = select.poll()
        poll.register(self._line, select.POLLHUP | select.POLLRDHUP)
        poll.register(until, select.POLLIN)
        running = {child.descriptor: child for child in children}
        for descriptor in running:
            poll.register(descriptor, select.POLLIN)
        while True:
            left = [child.limits.cpu_seconds - used(child) for child in running.values()]
            pause = max(_SHORTEST, min([*left, deadline - time.monotonic()]))
            ready = {descriptor for descriptor, _ in poll.poll(pause * 1000)}
            if self._line in ready:
                raise Abandoned
            if until in ready:
                return
            for descriptor in ready:
                poll.unregister(descriptor)
                running.pop(descriptor).reap()
            late = time.monotonic() >= deadline
            for descriptor, child in list(running.items()):
                spent = used(child) >= child.limits.cpu_seconds
                if late or spent:
                    poll.unregister(descriptor)
                    del running[descriptor]
                    child.end(OUT_OF_CPU if spent else OUT_OF_WALL)
                    if descriptor == until:
                        return
