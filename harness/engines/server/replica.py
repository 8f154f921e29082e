"""One server as the balancer sees it: a pool of connections, and what is known of its health."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

import httpx

from harness.engines.server import exchange
from harness.engines.server.errors import CallFailedError, raise_for

IDLE_SECONDS = 2.0
"""Idle connections are closed by us first: a server closes them after five, just as we call."""


@dataclass(eq=False)
class Waiting:
    """A request that waits for a server with room."""

    marks: tuple[int, ...]
    granted: asyncio.Future[Replica]
    barred: frozenset[Replica] = frozenset()
    """Servers that answered this request wrongly, or refused it: they are not asked again."""
    avoided: frozenset[Replica] = frozenset()
    """Servers that failed at it: they are asked again where no other can be."""


@dataclass(eq=False)
class Replica:
    """One server. The balancer keeps its counts; only calls go through here."""

    url: str
    limit: int
    """Calls in flight at once."""
    key: str | None = field(default=None, repr=False)
    up: bool = False
    ill_since: float | None = None
    """Since when it has answered nothing but failures; None while it is well."""
    rests_until: float = 0.0
    """Monotonic time before which the server asked not to be called."""
    last_success: float = 0.0
    allowance: int = 0
    """Calls in flight that are allowed now: `trust` has the rules."""
    failures: int = 0
    """Calls in a row that went wrong, since it was last put to use."""
    strikes: int = 0
    """Wrong answers in a row."""
    rests: int = 0
    """Rests in a row that it asked for."""
    unproven: bool = True
    """Whether it has given no good answer since it was last put to use."""
    relapses: int = 0
    """Times in a row that it was put to use and went out of it without one good answer."""
    good: int = 0
    """Good answers in all."""
    overruled: int = 0
    """Requests that it refused or answered wrongly, and that another server answered."""
    dismissed: bool = False
    """Whether it is out of use for good: it answers, and its answers are wrong."""
    trouble: str = "it has not been reached yet"
    in_flight: int = 0
    waiting: deque[Waiting] = field(default_factory=deque, repr=False)
    fell: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set when it goes down, for who watches it."""
    _calls: dict[asyncio.Timeout, float] = field(default_factory=dict, repr=False)
    """The calls in flight, and when each began."""

    def __post_init__(self) -> None:
        self.allowance = self.limit
        self._client = httpx.AsyncClient(
            base_url=self.url,
            headers=exchange.HEADERS | bearer(self.key),
            timeout=httpx.Timeout(None, connect=exchange.CONNECT_SECONDS),
            # A few more than calls: probes must not wait behind what they are to watch.
            limits=httpx.Limits(
                max_connections=self.limit + 8,
                max_keepalive_connections=self.limit + 8,
                keepalive_expiry=IDLE_SECONDS,
            ),
            trust_env=False,  # a cluster's web proxy does not know its nodes
        )

    @property
    def room(self) -> int:
        """Calls that it may be sent now."""
        return min(self.limit, self.allowance) - self.in_flight

    @property
    def load(self) -> int:
        """Calls in flight and waiting."""
        return self.in_flight + len(self.waiting)

    def oldest_call(self) -> float | None:
        """When the longest of the calls in flight began, in the loop's time; None without any."""
        return min(self._calls.values(), default=None)

    async def post(self, path: str, body: bytes, seconds: float, most: int) -> bytes:
        """The body of a successful answer, of `most` bytes at most.

        Raises:
            CallFailedError, ServerBusyError, RefusedError, WrongAnswerError: there was none.
        """
        try:
            async with asyncio.timeout(seconds) as scope:
                self._calls[scope] = asyncio.get_running_loop().time()
                try:
                    reply = await exchange.post(self._client, path, body, most)
                finally:
                    del self._calls[scope]
        except TimeoutError as error:
            raise CallFailedError("the server did not answer in time", unreachable=True) from error
        except (httpx.HTTPError, OSError) as error:
            why = f"the connection failed ({type(error).__name__})"
            raise CallFailedError(why, unreachable=True) from error
        raise_for(reply, self.key)
        return reply.body

    def give_up_calls(self) -> None:
        """End every call in flight, as if its time were over."""
        now = asyncio.get_running_loop().time()
        for scope in tuple(self._calls):
            if not scope.expired():
                scope.reschedule(now)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


def bearer(key: str | None) -> dict[str, str]:
    """The header that carries a key; none without one."""
    return {"authorization": f"Bearer {key}"} if key else {}
