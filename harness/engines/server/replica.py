"""One server as the balancer sees it: a pool of connections, and what is known of its health."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

import httpx

from harness.engines.server.errors import CallFailedError, raise_for

CONNECT_SECONDS = 10.0
IDLE_SECONDS = 2.0
"""Idle connections are closed by us first: a server closes them after five, just as we call."""


@dataclass(eq=False)
class Waiting:
    """A request that waits for a server with room."""

    marks: tuple[int, ...]
    granted: asyncio.Future[Replica]


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
    failures: int = 0
    """Failed calls in a row."""
    trouble: str = "it has not been reached yet"
    in_flight: int = 0
    waiting: deque[Waiting] = field(default_factory=deque, repr=False)
    fell: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set when it goes down, for who watches it."""
    _calls: set[asyncio.Timeout] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        self._client = httpx.AsyncClient(
            base_url=self.url,
            headers=bearer(self.key) | {"content-type": "application/json"},
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            # A few more than calls: probes must not wait behind what they are to watch.
            limits=httpx.Limits(
                max_connections=self.limit + 8,
                max_keepalive_connections=self.limit + 8,
                keepalive_expiry=IDLE_SECONDS,
            ),
            trust_env=False,  # a cluster's web proxy does not know its nodes
        )

    @property
    def load(self) -> int:
        """Calls in flight and waiting."""
        return self.in_flight + len(self.waiting)

    async def post(self, path: str, body: bytes, seconds: float) -> bytes:
        """The body of a successful answer.

        Raises:
            CallFailedError, ServerBusyError, RefusedError: there was none.
        """
        try:
            async with asyncio.timeout(seconds) as scope:
                self._calls.add(scope)
                try:
                    response = await self._client.post(path, content=body)
                finally:
                    self._calls.discard(scope)
        except TimeoutError as error:
            raise CallFailedError("the server did not answer in time", unreachable=True) from error
        except (httpx.HTTPError, OSError) as error:
            why = f"the connection failed ({type(error).__name__})"
            raise CallFailedError(why, unreachable=True) from error
        raise_for(response, self.key)
        return response.content

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
