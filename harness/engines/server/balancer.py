"""Which server answers a request: the one that knows its opening, unless another is far less busy.

A request that finds no room waits at the server that was chosen for it; a server that runs dry
takes over what waits at the busiest. So affinity never leaves a server idle.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import deque
from collections.abc import Iterable

from harness.engines.server.errors import CallFailedError, backoff
from harness.engines.server.prefix import PrefixMap, openings
from harness.engines.server.replica import Replica, Waiting
from harness.errors import EngineLostError

DOUBT = 3
"""Failed answers in a row after which a server must prove itself again."""


class Balancer:
    """Hands out servers' room; every server that is added must be watched by somebody."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self.replicas: list[Replica] = []
        self._homes: PrefixMap[Replica] = PrefixMap()
        self._homeless: deque[Waiting] = deque()
        self._lost: EngineLostError | None = None

    def add(self, replica: Replica) -> None:
        """Take in a server that has yet to prove itself."""
        replica.ill_since = asyncio.get_running_loop().time()
        self.replicas.append(replica)

    async def room(self, ids: array[int]) -> Replica:
        """A server with room for a request with this prompt; `leave` it afterwards.

        Raises:
            EngineLostError: every server has been gone for too long.
        """
        if self._lost:
            raise self._lost
        waiting = Waiting(openings(ids), asyncio.get_running_loop().create_future())
        self._place(waiting)
        try:
            return await waiting.granted
        except asyncio.CancelledError:
            if waiting.granted.done() and not waiting.granted.cancelled():
                self.leave(waiting.granted.result())
            raise

    def leave(self, replica: Replica) -> None:
        """Give back the room that a request had."""
        replica.in_flight -= 1
        self._fill(replica)

    def _place(self, waiting: Waiting) -> None:
        usable = [replica for replica in self.replicas if self._usable(replica)]
        if not usable:
            self._homeless.append(waiting)
            return
        least = min(usable, key=lambda replica: replica.load)
        home = self._homes.home(waiting.marks)
        if home is None or home not in usable or home.load - least.load > max(2, home.limit // 4):
            home = least
        home.waiting.append(waiting)
        self._homes.settle(waiting.marks, home)
        self._fill(home)

    def _fill(self, replica: Replica) -> None:
        """Grant a server's free room to its own queue, to those without one, to the longest."""
        while replica.in_flight < replica.limit and self._usable(replica):
            waiting = self._next(replica)
            if waiting is None:
                return
            if waiting.granted.done():  # whoever waited has been cancelled
                continue
            replica.in_flight += 1
            if self._homes.home(waiting.marks) is not replica:
                self._homes.settle(waiting.marks, replica)
            waiting.granted.set_result(replica)

    def _next(self, replica: Replica) -> Waiting | None:
        for queue in (replica.waiting, self._homeless):
            if queue:
                return queue.popleft()
        longest = max((each.waiting for each in self.replicas), key=len)
        return longest.popleft() if longest else None

    @staticmethod
    def _usable(replica: Replica) -> bool:
        return replica.up and asyncio.get_running_loop().time() >= replica.rests_until

    def well(self, replica: Replica) -> None:
        """A call to the server succeeded."""
        replica.failures, replica.ill_since = 0, None
        replica.last_success = asyncio.get_running_loop().time()

    def rest(self, replica: Replica, seconds: float | None, why: str) -> None:
        """The server asked not to be called for a while."""
        replica.failures += 1
        now = asyncio.get_running_loop().time()
        self._ill(replica, why)
        pause = backoff(replica.failures) if seconds is None else seconds
        replica.rests_until = max(replica.rests_until, now + pause)
        asyncio.get_running_loop().call_at(replica.rests_until + 1e-3, self._fill, replica)
        self._scatter(replica)

    def fault(self, replica: Replica, error: CallFailedError) -> None:
        """A call to the server failed; where that puts the server itself in doubt it goes down."""
        replica.failures += 1
        if error.unreachable or replica.failures >= DOUBT:
            self.down(replica, str(error))

    def down(self, replica: Replica, why: str) -> None:
        """Send the server nothing until it has proved itself again."""
        self._ill(replica, why)
        replica.up = False
        replica.fell.set()
        self._scatter(replica)

    def rise(self, replica: Replica) -> None:
        """Note that a server that was down has proved itself and takes requests again."""
        replica.up = True
        replica.fell.clear()
        self.well(replica)
        self._fill(replica)

    def _ill(self, replica: Replica, why: str) -> None:
        replica.trouble = why
        if replica.ill_since is None:
            replica.ill_since = asyncio.get_running_loop().time()

    def _scatter(self, replica: Replica) -> None:
        """Send what waits at a server elsewhere."""
        moved, replica.waiting = replica.waiting, deque()
        for waiting in moved:
            if not waiting.granted.done():
                self._place(waiting)

    def look(self) -> None:
        """Fail whoever waits if no server has been of use for longer than patience lasts."""
        if self._lost or not self._homeless or any(map(_works, self.replicas)):
            return
        last = max(each.ill_since or 0.0 for each in self.replicas)
        if asyncio.get_running_loop().time() - last < self._patience:
            return
        self._lost = EngineLostError(
            f"none of {len(self.replicas)} servers has been of use for {self._patience:.0f} s; "
            f"the last said: {_last(self.replicas).trouble}"
        )
        for waiting in self._homeless:
            if not waiting.granted.done():
                waiting.granted.set_exception(self._lost)
        self._homeless.clear()


def _works(replica: Replica) -> bool:
    """Whether the server is well, or at work on something at least."""
    return replica.ill_since is None or (replica.up and replica.in_flight > 0)


def _last(replicas: Iterable[Replica]) -> Replica:
    return max(replicas, key=lambda replica: replica.ill_since or 0.0)
