"""Waiting for processes while their time lasts."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

from harness.sandbox.inside.spawn import Child

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
        until: Child,
        wall_seconds: float,
        used: Callable[[Child], float] = Child.cpu_seconds,
    ) -> None:
        """Return when `until` has ended; whoever of the children runs out of time is ended before.

        `used` says what counts against a child's limit on CPU time.

        Raises:
            Abandoned: the sandbox closed the line.
        """
        deadline = time.monotonic() + wall_seconds
        poll = select.poll()
        poll.register(self._line, select.POLLHUP | select.POLLRDHUP)
        running = {child.descriptor: child for child in children}
        for descriptor in running:
            poll.register(descriptor, select.POLLIN)
        while until.status is None:
            left = min(child.limits.cpu_seconds - used(child) for child in running.values())
            left = max(_SHORTEST, min(left, deadline - time.monotonic()))
            for descriptor, _ in poll.poll(left * 1000):
                if descriptor == self._line:
                    raise Abandoned
                poll.unregister(descriptor)
                running.pop(descriptor).reap()
            late = time.monotonic() >= deadline
            for descriptor, child in list(running.items()):
                spent = used(child) >= child.limits.cpu_seconds
                if late or spent:
                    child.ended = OUT_OF_CPU if spent else OUT_OF_WALL
                    poll.unregister(descriptor)
                    del running[descriptor]
                    child.end()
