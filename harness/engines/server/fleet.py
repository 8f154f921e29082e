"""All servers of one model: asks them, tries again, watches them, lets others join.

A server that is down comes back when it proves itself: its card is the plan's still (it may have
been started anew, with other weights), and it completes one token.
"""

from __future__ import annotations

import asyncio
import logging
import random
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import httpx

from harness.engines.server.balancer import Balancer
from harness.engines.server.card import Card, fetch_card
from harness.engines.server.errors import (
    NOT_ITSELF,
    CallFailedError,
    RefusedError,
    ServerBusyError,
    backoff,
)
from harness.engines.server.replica import Replica
from harness.engines.server.wire import PATH
from harness.errors import EngineError, UserError

_log = logging.getLogger(__name__)
MISSES = 2
"""Health checks that a server may miss in a row, less one."""
LOOK_SECONDS = 1.0
PROBE_SECONDS = 120.0
"""Most seconds for one token: the first that a server computes takes it a minute on a slow
machine."""
T = TypeVar("T")


@dataclass(frozen=True)
class Terms:
    """How the servers are dealt with; times in seconds."""

    key: str | None
    limit: int
    """Calls in flight at one server."""
    timeout: float
    retries: int
    patience: float
    """How long all servers may be gone before the run stops."""
    health: float
    """Seconds between two health checks, and most seconds that one may take."""


class Fleet:
    """Servers of one model; `open` before use, `close` after."""

    def __init__(
        self,
        terms: Terms,
        urls: Callable[[], Sequence[str]],
        refusal: Callable[[Card], str | None],
        probe: tuple[bytes, Callable[[bytes], str | None]],
    ) -> None:
        """`urls` names the servers, and may name more later; `refusal` says what is wrong with a
        server's card; `probe` is a request of one token with a check of its answer."""
        self._terms, self._urls, self._refusal, self._probe = terms, urls, refusal, probe
        self._balancer = Balancer(terms.patience)
        self._watchers: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Try every server once.

        Raises:
            UserError: none of them can be used; says what is wrong with each.
        """
        self._join()
        replicas = self._balancer.replicas
        reasons = await asyncio.gather(*map(self._prove, replicas))
        for replica, reason in zip(replicas, reasons, strict=True):
            if reason:
                self._balancer.down(replica, reason)
            else:
                self._balancer.rise(replica)
        if all(reasons):
            message = "\n".join(f"{r.url}: {why}" for r, why in zip(replicas, reasons, strict=True))
            raise UserError(f"no server can be used:\n{message}")
        for replica in replicas:
            self._watchers.append(asyncio.create_task(self._watch(replica)))
        self._watchers.append(asyncio.create_task(self._look()))

    async def close(self) -> None:
        """Stop watching and close all connections; idempotent."""
        for task in self._watchers:
            task.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        self._watchers = []
        await asyncio.gather(*(replica.close() for replica in self._balancer.replicas))

    async def ask(self, ids: array[int], body: bytes, read: Callable[[bytes], T]) -> T:
        """What `read` makes of an answer to the request `body` with the prompt `ids`.

        Raises:
            EngineError: a server refused it, or every try failed while servers were well.
            EngineLostError: all servers have been gone for too long.
        """
        balancer, tries = self._balancer, 0
        while True:
            replica = await balancer.room(ids)
            try:
                answer = read(await replica.post(PATH, body, self._terms.timeout))
            except ServerBusyError as error:
                balancer.rest(replica, error.after, str(error))
            except RefusedError as error:
                if error.status not in NOT_ITSELF or await self._still_itself(replica):
                    raise EngineError(f"the server refused the request: {error}") from error
            except CallFailedError as error:
                tries += 1
                balancer.fault(replica, error)
                if tries > self._terms.retries:
                    raise EngineError(f"{tries} tries failed, the last: {error}") from error
            else:
                balancer.well(replica)
                return answer
            finally:
                balancer.leave(replica)
            if tries:
                await asyncio.sleep(backoff(tries))

    async def _still_itself(self, replica: Replica) -> bool:
        """Whether a server is the plan's still; if not, it goes down, and requests elsewhere."""
        reason = await self._prove(replica)
        if reason:
            self._balancer.down(replica, reason)
        return reason is None

    async def _watch(self, replica: Replica) -> None:
        """Keep an eye on one server for as long as the fleet is open."""
        while True:
            if replica.up:
                await self._up(replica)
                _log.warning("server %s is out of use: %s", replica.url, replica.trouble)
            await self._down(replica)
            _log.warning("server %s is in use", replica.url)

    async def _up(self, replica: Replica) -> None:
        """Return once the server is down; a server that is silent for long is taken down here."""
        health, misses = self._terms.health, 0
        while replica.up:
            try:
                async with asyncio.timeout(health * random.uniform(0.8, 1.0)):
                    await replica.fell.wait()
            except TimeoutError:
                answered = await self._answers(replica)
                misses = 0 if answered else misses + 1
                if misses == MISSES:
                    self._balancer.down(replica, "it misses health checks")
                    replica.give_up_calls()

    async def _answers(self, replica: Replica) -> bool:
        now = asyncio.get_running_loop().time()
        if now - replica.last_success < self._terms.health:
            return True
        try:
            await asyncio.to_thread(fetch_card, replica.url, replica.key, self._terms.health)
        except (httpx.HTTPError, UserError):
            return False
        return True

    async def _down(self, replica: Replica) -> None:
        """Return once the server has proved itself and is up."""
        tries = 0
        while reason := await self._prove(replica):
            replica.trouble = reason
            replica.give_up_calls()
            tries += 1
            await asyncio.sleep(backoff(tries))
        self._balancer.rise(replica)

    async def _prove(self, replica: Replica) -> str | None:
        """Why a server cannot be used, or None."""
        terms = self._terms
        body, check = self._probe
        try:
            card = await asyncio.to_thread(fetch_card, replica.url, replica.key, terms.health)
            seconds = min(terms.timeout, PROBE_SECONDS)
            return self._refusal(card) or check(await replica.post(PATH, body, seconds))
        except httpx.HTTPError as error:
            return f"it does not answer ({type(error).__name__})"
        except (CallFailedError, ServerBusyError, RefusedError, EngineError, UserError) as error:
            return str(error)

    async def _look(self) -> None:
        """See to it that nobody waits for ever, and that late servers join."""
        while True:
            await asyncio.sleep(min(LOOK_SECONDS, self._terms.patience / 2))
            self._balancer.look()
            for replica in self._join():
                self._watchers.append(asyncio.create_task(self._watch(replica)))

    def _join(self) -> list[Replica]:
        """Take in the servers that are named and not known yet."""
        known = {replica.url for replica in self._balancer.replicas}
        terms = self._terms
        new = [Replica(url, terms.limit, terms.key) for url in self._urls() if url not in known]
        for replica in new:
            self._balancer.add(replica)
        return new
