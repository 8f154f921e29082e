"""The engine protocol over a fleet of servers."""

from __future__ import annotations

import asyncio
from functools import partial

from harness.contracts.address import Address
from harness.engines.protocol import (
    GREEDY,
    NO_REWARDS,
    Completion,
    CompletionRequest,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Reward,
    RewardRequest,
    Tag,
)
from harness.engines.server import wire
from harness.engines.server.answers import Reader
from harness.engines.server.fleet import Fleet
from harness.engines.tokenizer import Tokenizer
from harness.errors import EngineError


class ServerEngine:
    """Servers of one model."""

    def __init__(self, fleet: Fleet, model: str, reader: Reader, scores: int) -> None:
        """`model` is the name that it is served under, `scores` how many may be in flight."""
        self._fleet, self._model, self._reader = fleet, model, reader
        self.tokenizer: Tokenizer = reader.tokenizer
        self._scores = asyncio.Semaphore(scores)

    async def complete(self, request: CompletionRequest) -> Completion:
        if request.adapter is not None:
            raise EngineError("servers are asked for no adapters")
        body = wire.completion_body(self._model, request, self._reader.dialect)
        read = partial(self._reader.completion, request=request)
        return await self._fleet.ask(request.ids, request.max_tokens, body, read)

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        if request.adapter is not None:
            raise EngineError("servers are asked for no adapters")
        body = wire.score_body(self._model, request, self._reader.dialect)
        read, more = partial(self._reader.score, request=request), len(request.continuation) + 1
        async with self._scores:
            return await self._fleet.ask(request.ids, more, body, read)

    async def reward(self, request: RewardRequest) -> Reward:
        raise EngineError(NO_REWARDS)

    async def swap(self, request: LoadRequest) -> bool:
        return False  # other weights are other servers

    async def close(self) -> None:
        await self._fleet.close()


class Probe:
    """One token, asked of a server before anything else is."""

    def __init__(self, model: str, reader: Reader) -> None:
        tag = Tag("probe", "probe", Address(), 0, "")
        self._request = CompletionRequest(
            ids=reader.tokenizer.encode("."),
            sampling=GREEDY,
            max_tokens=1,
            stop=(),
            tag=tag,
            seed=0,
        )
        self._reader = reader
        self.body = wire.completion_body(model, self._request, reader.dialect)

    def read(self, raw: bytes) -> None:
        """Look at an answer; raises as `Reader.first_token` does."""
        self._reader.first_token(raw, self._request.ids)
