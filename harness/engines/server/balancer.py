"""Which server answers a request: the one that knows its opening, unless another is far less busy.

A request that finds no room waits at the server that was chosen for it; a server that runs dry
takes over what waits at the busiest. So affinity never leaves a server idle. How far a server is
trusted with requests is decided in `harness.engines.server.trust`.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import deque
from collections.abc import Iterable
from math import inf

from harness.engines.server import trust
from harness.engines.server.errors import CallFailedError, backoff
from harness.engines.server.prefix import PrefixMap, openings
from harness.engines.server.replica import Replica, Waiting
from harness.errors import EngineLostError

SHORTEST_REST = 0.05
"""Seconds; a server that asks for less has it grow by itself."""
AT_WORK = 10.0
"""Seconds that a call takes before it shows that its server works on something."""
MEND = (
    "Mend or replace them ('pte serve' starts vLLM's as this engine needs them); the same command "
    "then goes on, and asks for nothing twice"
)


class NobodyLeftError(Exception):
    """Every server that is of use has refused this request or answered it wrongly."""


class Balancer:
    """Hands out servers' room; every server that is added must be watched by somebody."""

    def __init__(self, patience: float, longest: float = inf) -> None:
        """All servers may be of no use for `patience` seconds; a call takes `longest` at most."""
        self._patience, self._longest = patience, longest
        self.replicas: list[Replica] = []
        self._homes: PrefixMap[Replica] = PrefixMap()
        self._homeless: deque[Waiting] = deque()
        self._lost: EngineLostError | None = None

    def add(self, replica: Replica) -> None:
        """Take in a server that has yet to prove itself."""
        replica.ill_since = asyncio.get_running_loop().time()
        self.replicas.append(replica)

    async def room(
        self,
        ids: array[int],
        barred: frozenset[Replica] = frozenset(),
        avoided: frozenset[Replica] = frozenset(),
    ) -> Replica:
        """A server with room for a request with this prompt; `leave` it afterwards.

        Args:
            ids: the prompt's tokens.
            barred: servers that it is not sent to.
            avoided: servers that it is sent to only where no other can be asked now.

        Raises:
            NobodyLeftError: only servers that are barred are of use.
            EngineLostError: every server has been gone for too long.
        """
        if self._lost:
            raise self._lost
        granted: asyncio.Future[Replica] = asyncio.get_running_loop().create_future()
        waiting = Waiting(openings(ids), granted, barred, avoided)
        if not self._open_to(waiting):
            raise self._give_up() if not self._open_to(Waiting((), granted)) else NobodyLeftError()
        self._place(waiting)
        try:
            return await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled() and not granted.exception():
                self.leave(granted.result())
            raise

    def leave(self, replica: Replica) -> None:
        """Give back the room that a request had."""
        replica.in_flight -= 1
        self._fill(replica)

    def _open_to(self, waiting: Waiting) -> list[Replica]:
        """The servers that may answer it, now or once they are back."""
        return [each for each in self.replicas if not each.dismissed and each not in waiting.barred]

    def _allowed(self, waiting: Waiting, replica: Replica) -> bool:
        if replica in waiting.barred:
            return False
        if replica not in waiting.avoided:
            return True
        others = (each for each in self._open_to(waiting) if each not in waiting.avoided)
        return not any(map(self._usable, others))

    def _place(self, waiting: Waiting) -> None:
        usable = [
            each for each in self.replicas if self._usable(each) and self._allowed(waiting, each)
        ]
        if not usable:
            self._homeless.append(waiting)
            return
        least = min(usable, key=lambda each: each.load)
        home = self._homes.home(waiting.marks)
        if home is None or home not in usable or home.load - least.load > max(2, home.limit // 4):
            home = least
        home.waiting.append(waiting)
        self._homes.settle(waiting.marks, home)
        self._fill(home)

    def _fill(self, replica: Replica) -> None:
        """Grant a server's free room to its own queue, to those without one, to the longest."""
        while replica.room > 0 and self._usable(replica):
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
        longest = max((each.waiting for each in self.replicas), key=len)
        for queue in (replica.waiting, self._homeless, longest):
            for place, waiting in enumerate(queue):
                if waiting.granted.done() or self._allowed(waiting, replica):
                    del queue[place]
                    return waiting
        return None

    @staticmethod
    def _usable(replica: Replica) -> bool:
        return replica.up and asyncio.get_running_loop().time() >= replica.rests_until

    def well(self, replica: Replica) -> None:
        """A call to the server succeeded."""
        trust.answered_well(replica, asyncio.get_running_loop().time())

    def rest(self, replica: Replica, seconds: float | None, why: str) -> None:
        """The server asked not to be called for a while, for so many seconds if it said."""
        now = asyncio.get_running_loop().time()
        self._ill(replica, why)
        if now >= replica.rests_until:  # else it says so to calls that were under way
            replica.rests += 1
        said = seconds is not None and seconds >= SHORTEST_REST
        pause = min(seconds if said and seconds else backoff(replica.rests), self._patience)
        replica.rests_until = max(replica.rests_until, now + pause)
        asyncio.get_running_loop().call_at(replica.rests_until + 1e-3, self._fill, replica)
        self._scatter(replica)

    def fault(self, replica: Replica, error: CallFailedError) -> None:
        """A call to the server failed; where that puts the server itself in doubt it goes down."""
        trust.failed(replica)
        if error.unreachable or trust.in_doubt(replica):
            self.down(replica, str(error))

    def wrong(self, replica: Replica, why: str) -> None:
        """The server answered, and wrongly."""
        trust.answered_wrongly(replica)
        if replica.up and trust.in_doubt(replica):
            self.down(replica, why)

    def refused(self, replica: Replica) -> None:
        """The server refused a request; whose fault that is shows elsewhere."""
        trust.refused(replica)

    def agreed(self, replicas: Iterable[Replica]) -> None:
        """All servers that are left refused a request: it was the request's fault."""
        for replica in replicas:
            trust.exonerated(replica)
            self._fill(replica)

    def overruled(self, replica: Replica, why: str) -> None:
        """Another server answered what this one refused or answered wrongly."""
        replica.overruled += 1
        if not replica.dismissed and trust.beyond_hope(replica):
            self.down(replica, why)

    def down(self, replica: Replica, why: str) -> None:
        """Send the server nothing until it has proved itself again, if that is any use."""
        self._ill(replica, why)
        trust.went_down(replica)
        replica.dismissed = replica.dismissed or trust.beyond_hope(replica)
        replica.fell.set()
        self._scatter(replica)
        if replica.dismissed:
            self.look()

    def rise(self, replica: Replica) -> None:
        """Note that a server that was down has proved itself and takes requests again."""
        if replica.dismissed:
            return
        trust.came_up(replica)
        replica.last_success = asyncio.get_running_loop().time()
        replica.fell.clear()
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
        """Fail whoever waits where no server has been of use for longer than patience lasts."""
        if self._lost is None and self._wanted() and not any(map(self._hope, self.replicas)):
            self._give_up()
        left: deque[Waiting] = deque()
        for waiting in self._homeless:
            if waiting.granted.done():
                continue
            if self._lost:
                waiting.granted.set_exception(self._lost)
            elif not any(map(self._hope, self._open_to(waiting))):
                waiting.granted.set_exception(NobodyLeftError())
            else:
                left.append(waiting)
        self._homeless = left

    def _wanted(self) -> bool:
        return bool(self._homeless) or any(each.in_flight for each in self.replicas)

    def _hope(self, replica: Replica) -> bool:
        """Whether the server is well, or may be soon, or is at work on something at least."""
        if replica.dismissed or replica.ill_since is None:
            return not replica.dismissed
        now = asyncio.get_running_loop().time()
        ill = now - replica.ill_since
        oldest = replica.oldest_call()
        works = oldest is not None and now - oldest > min(AT_WORK, self._patience / 2)
        return ill < self._patience + (self._longest if replica.up and works else 0.0)

    def _give_up(self) -> EngineLostError:
        said = "; ".join(f"{each.url}: {each.trouble}" for each in self.replicas)
        what = f"has been of use for {self._patience:g} s"
        if all(each.dismissed for each in self.replicas):
            what = "answers as asked"
        count = len(self.replicas)
        self._lost = EngineLostError(f"none of {count} servers {what}: {said}. {MEND}")
        return self._lost
