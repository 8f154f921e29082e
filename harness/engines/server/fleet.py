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
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from harness.engines.server.balancer import Balancer, NobodyLeftError
from harness.engines.server.card import Card, fetch_card
from harness.engines.server.errors import (
    NOT_ITSELF,
    CallFailedError,
    RefusedError,
    ServerBusyError,
    WrongAnswerError,
    backoff,
)
from harness.engines.server.exchange import body_limit
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


@dataclass
class Trail:
    """Where one request has been, and what came of it."""

    refused: dict[Replica, str] = field(default_factory=dict)
    """Servers that refused it or answered it wrongly, and how; they are not asked again."""
    failed: set[Replica] = field(default_factory=set)
    """Servers that gave no answer; they are asked again where no other can be."""
    tries: int = 0
    last: EngineError | None = None
    """What it is to be told if no other server answers."""


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
        probe: tuple[bytes, Callable[[bytes], object]],
        path: str = PATH,
    ) -> None:
        """`urls` names the servers, and may name more later; `refusal` says what is wrong with a
        server's card; `probe` is a request of one token, and what reads its answer; all requests
        go to `path`."""
        self._terms, self._urls, self._refusal, self._probe = terms, urls, refusal, probe
        self._path = path
        self._balancer = Balancer(terms.patience, terms.timeout)
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

    async def ask(self, ids: array[int], reply: int, body: bytes, read: Callable[[bytes], T]) -> T:
        """What `read` makes of an answer to the request `body`.

        Args:
            ids: tokens of the prompt.
            reply: tokens that may come back.
            body: the request.
            read: raises WrongAnswerError where the answer is none, and CallFailedError where the
                server broke off.

        Raises:
            EngineError: every server refused it or answered it wrongly, or every try failed while
                servers were well.
            EngineLostError: all servers have been gone for too long, or none answers as asked.
        """
        trail, most = Trail(), body_limit(len(ids) + reply)
        while True:
            try:
                barred, avoided = frozenset(trail.refused), frozenset(trail.failed)
                replica = await self._balancer.room(ids, barred, avoided)
            except NobodyLeftError:
                self._balancer.agreed(trail.refused)
                raise trail.last or EngineError("no server is left to ask") from None
            try:
                raw = await replica.post(self._path, body, self._terms.timeout, most)
                answer = read(raw)
            except Exception as error:
                await self._went_wrong(error, replica, trail)
            else:
                self._balancer.well(replica)
                for other, why in trail.refused.items():
                    self._balancer.overruled(other, why)
                return answer
            finally:
                self._balancer.leave(replica)
            if trail.tries:
                await asyncio.sleep(backoff(trail.tries))

    async def _went_wrong(self, error: Exception, replica: Replica, trail: Trail) -> None:
        """Note what went wrong with a call; returns where the request may be asked again.

        Raises:
            EngineError: it has failed too often.
        """
        balancer = self._balancer
        match error:
            case ServerBusyError():
                balancer.rest(replica, error.after, str(error))
            case WrongAnswerError():
                balancer.wrong(replica, str(error))
                trail.refused[replica] = str(error)
                trail.last = error
            case RefusedError():
                if error.status not in NOT_ITSELF or await self._still_itself(replica):
                    balancer.refused(replica)
                    trail.refused[replica] = f"it refuses what another server answers: {error}"
                    trail.last = EngineError(f"the server refused the request: {error}")
            case CallFailedError():
                balancer.fault(replica, error)
                trail.failed.add(replica)
                trail.tries += 1
                if trail.tries > self._terms.retries:
                    message = f"{trail.tries} tries failed, the last: {error}"
                    raise EngineError(message) from error
            case _:
                raise error

    async def _still_itself(self, replica: Replica) -> bool:
        """Whether a server is the plan's still; if not, it goes down, and requests elsewhere."""
        reason = await self._prove(replica)
        if reason:
            self._balancer.down(replica, reason)
        return reason is None

    async def _watch(self, replica: Replica) -> None:
        """Keep an eye on one server for as long as the fleet is open and it is of any use."""
        while True:
            if replica.up:
                await self._up(replica)
            if replica.dismissed:
                _log.error("server %s is not asked again: %s", replica.url, replica.trouble)
                return
            _log.warning("server %s is out of use: %s", replica.url, replica.trouble)
            await self._down(replica)
            if replica.up:
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
        if replica.relapses:  # it proved itself before, and was no good
            await asyncio.sleep(backoff(replica.relapses))
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
        body, read = self._probe
        try:
            card = await asyncio.to_thread(fetch_card, replica.url, replica.key, terms.health)
            seconds = min(terms.timeout, PROBE_SECONDS)
            if reason := self._refusal(card):
                return reason
            read(await replica.post(self._path, body, seconds, body_limit(len(body))))
        except httpx.HTTPError as error:
            return f"it does not answer ({type(error).__name__})"
        except (CallFailedError, ServerBusyError, RefusedError, EngineError, UserError) as error:
            return str(error)
        except Exception as error:  # whatever a server brings about, its watch goes on
            _log.exception("the server %s cannot be tried", replica.url)
            return f"it cannot be tried ({type(error).__name__})"
        return None

    async def _look(self) -> None:
        """See to it that nobody waits for ever, and that late servers join."""
        while True:
            await asyncio.sleep(min(LOOK_SECONDS, self._terms.patience / 2))
            self._balancer.look()
            try:
                joined = self._join()
            except Exception:  # what a file of addresses holds never ends the watch
                _log.exception("the servers' addresses cannot be read now")
                continue
            self._watchers += [asyncio.create_task(self._watch(each)) for each in joined]

    def _join(self) -> list[Replica]:
        """Take in the servers that are named and not known yet."""
        known = {replica.url for replica in self._balancer.replicas}
        terms = self._terms
        new = [Replica(url, terms.limit, terms.key) for url in self._urls() if url not in known]
        for replica in new:
            self._balancer.add(replica)
        return new
