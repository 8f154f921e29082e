"""Several continuations of one context: in one pass where the engine can, else one by one."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from harness.engines.protocol import Engine, LogLikelihood, LogLikelihoodRequest, Tag
from harness.models.spec import Adapter


@dataclass(frozen=True, slots=True)
class NextTokenRequest:
    """Log-likelihoods of each of these tokens right after `ids`."""

    ids: array[int]
    tokens: array[int]
    tag: Tag
    adapter: Adapter | None = None


@runtime_checkable
class ReadsNextToken(Protocol):
    """An engine that reads several next tokens off one pass over the context."""

    async def next_tokens(self, request: NextTokenRequest) -> tuple[LogLikelihood, ...]:
        """One for each token, in order; raises EngineError when this request got no answer."""
        ...


@dataclass(frozen=True, slots=True)
class Scored:
    """Log-likelihoods of continuations, in the order given, and what they took."""

    logprobs: tuple[float, ...]
    prompt: int
    """Tokens that went to the engine, over all requests."""
    cached: int
    """How many of them its prefix cache served."""


async def score_all(
    engine: Engine,
    ids: array[int],
    continuations: Sequence[array[int]],
    tag: Tag,
    adapter: Adapter | None,
) -> Scored:
    """Score continuations of one context; single tokens in one pass where the engine can.

    Raises:
        EngineError: a request got no answer.
    """
    single = [n for n, each in enumerate(continuations) if len(each) == 1]
    together = single if isinstance(engine, ReadsNextToken) and len(single) > 1 else []
    alone = [n for n in range(len(continuations)) if n not in together]
    results: dict[int, LogLikelihood] = {}
    prompt = sum(len(ids) + len(continuations[n]) for n in alone)
    cached = 0
    if together and isinstance(engine, ReadsNextToken):
        tokens = array("I", [continuations[n][0] for n in together])
        said = await engine.next_tokens(NextTokenRequest(ids, tokens, tag, adapter))
        results.update(zip(together, said, strict=True))
        prompt += len(ids)
        cached += said[0].cached
    requests = [LogLikelihoodRequest(ids, continuations[n], tag, adapter) for n in alone]
    scored = await asyncio.gather(*(engine.score(each) for each in requests))
    results.update(zip(alone, scored, strict=True))
    cached += sum(each.cached for each in scored)
    logprobs = tuple(results[n].logprob for n in range(len(continuations)))
    return Scored(logprobs, prompt, cached)
