"""The engine protocol over a fleet of servers."""

from __future__ import annotations

import asyncio
from functools import partial

from harness.contracts.address import Address
from harness.engines.protocol import (
    GREEDY,
    Completion,
    CompletionRequest,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Tag,
)
from harness.engines.server import wire
from harness.engines.server.fleet import Fleet
from harness.engines.server.wire import Dialect
from harness.engines.tokenizer import Tokenizer
from harness.errors import EngineError


class ServerEngine:
    """Servers of one model."""

    def __init__(
        self, fleet: Fleet, model: str, tokenizer: Tokenizer, dialect: Dialect, scores: int
    ) -> None:
        """`model` is the name that it is served under, `scores` how many may be in flight."""
        self._fleet, self._model, self._dialect = fleet, model, dialect
        self.tokenizer = tokenizer
        self._scores = asyncio.Semaphore(scores)

    async def complete(self, request: CompletionRequest) -> Completion:
        if request.adapter is not None:
            raise EngineError("servers are asked for no adapters")
        body = wire.completion_body(self._model, request, self._dialect)
        read = partial(
            wire.read_completion, request=request, dialect=self._dialect, tokenizer=self.tokenizer
        )
        return await self._fleet.ask(request.ids, body, read)

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        if request.adapter is not None:
            raise EngineError("servers are asked for no adapters")
        body = wire.score_body(self._model, request, self._dialect)
        read = partial(wire.read_score, request=request, dialect=self._dialect)
        async with self._scores:
            return await self._fleet.ask(request.ids, body, read)

    async def swap(self, request: LoadRequest) -> bool:
        return False  # other weights are other servers

    async def close(self) -> None:
        await self._fleet.close()


class Probe:
    """One token, asked of a server before anything else is."""

    def __init__(self, model: str, tokenizer: Tokenizer, dialect: Dialect) -> None:
        tag = Tag("probe", "probe", Address(), 0, "")
        ids = tokenizer.encode("1")
        self._request = CompletionRequest(
            ids=ids, sampling=GREEDY, max_tokens=1, stop=(), tag=tag, seed=0
        )
        self._dialect, self._tokenizer = dialect, tokenizer
        self.body = wire.completion_body(model, self._request, dialect)

    def refusal(self, raw: bytes) -> str | None:
        """What is wrong with a server's answer, or None."""
        wire.read_completion(raw, self._request, self._dialect, self._tokenizer)
        if not wire.same_prompt(raw, self._request.ids):
            return "it changes prompts that are given as token ids"
        return None
