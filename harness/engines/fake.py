"""A deterministic engine for unit tests alone: what it says is a function of what it is asked."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from harness.contracts.pte import Capabilities
from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    Identity,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Reward,
    RewardRequest,
)
from harness.engines.text import cut
from harness.engines.tokenizer import ByteTokenizer, Tokenizer
from harness.identity import described_as
from harness.models.spec import ModelSpec
from harness.ranges import NotNegative, Parallel

Script = Callable[[CompletionRequest, str], str]
"""What to say to a request, given the text of its prompt."""


def number(request: CompletionRequest, prompt: str) -> str:
    """A number from 0 to 9 that depends on the prompt and the draw, after some reasoning."""
    digest = blake2b(f"{prompt}|{request.tag.address}".encode(), digest_size=4).digest()
    if request.max_tokens > 64:
        return f"Some steps, {digest[1]} of them. The answer is {digest[0] % 10}."
    return f" {digest[0] % 10}."


@described_as("engine.fake")
@dataclass(frozen=True)
class FakeConfig:
    """Settings of the fake engine."""

    script: Script = number
    delay: NotNegative = 0.0
    """Seconds that each request takes."""
    name: str = "fake"
    max_concurrency: Parallel = 256
    asked: list[CompletionRequest | LogLikelihoodRequest | RewardRequest] = field(
        default_factory=list, compare=False
    )
    """Every request that reached the engine, for tests to count."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(score=True, adapters=True, reward=True)

    def identity(self, weights: str, adapter: str) -> Identity:
        return Identity(
            weights=weights,
            adapter=adapter,
            dtype="none",
            quantisation="none",
            engine=self.name,
            version="1",
        )

    def settings(self) -> Mapping[str, Any]:
        return {}

    def check(self, models: Sequence[ModelSpec], window: int) -> str | None:
        return None

    def check_stacks(self, stacks: tuple[frozenset[str], ...]) -> str | None:
        return None

    async def load(self, request: LoadRequest) -> FakeEngine:
        return FakeEngine(self, request)


class FakeEngine:
    """Answers at once, from its script."""

    def __init__(self, config: FakeConfig, request: LoadRequest) -> None:
        self._config = config
        self._model = request.model.name
        self.tokenizer: Tokenizer = ByteTokenizer()

    async def complete(self, request: CompletionRequest) -> Completion:
        self._config.asked.append(request)
        if self._config.delay:
            await asyncio.sleep(self._config.delay)
        said = self._config.script(request, self.tokenizer.decode(request.ids))
        ids = self.tokenizer.encode(said)[: request.max_tokens]
        text = self.tokenizer.decode(ids)
        stopped = len(ids) < request.max_tokens or cut(text, request.stop) != text
        return Completion(text, ids, "stop" if stopped else "length")

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        self._config.asked.append(request)
        material = array("I", request.ids + request.continuation).tobytes()
        digest = blake2b(material + self._model.encode(), digest_size=4).digest()
        # A few tenths to a few hundredths each: so a judge's reply is mostly yes or no.
        return LogLikelihood(-2.5 - int.from_bytes(digest, "big") / 2**31)

    async def reward(self, request: RewardRequest) -> Reward:
        self._config.asked.append(request)
        values = []
        for place in request.at:
            material = request.ids[: place + 1].tobytes() + self._model.encode()
            digest = blake2b(material, digest_size=4).digest()
            values.append(int.from_bytes(digest, "big") / 2**30 - 2.0)  # -2 to 2
        return Reward(tuple(values))

    async def swap(self, request: LoadRequest) -> bool:
        return False

    async def close(self) -> None:
        """Do nothing: the fake engine holds nothing to free."""
