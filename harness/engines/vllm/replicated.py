"""The engine over several copies of a model on this machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from harness.engines.formats import Dtype, Quantisation
from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    Engine,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Reward,
    RewardRequest,
)
from harness.engines.server.card import served_name
from harness.engines.server.config import ServerConfig
from harness.engines.tokenizer import CheckpointTokenizer
from harness.engines.vllm.engine import device
from harness.engines.vllm.replicas import KEY_VARIABLE, Copies, served_options
from harness.engines.vllm.reward import pooling
from harness.models.resolve import pin

OURS = ("seed", "worker_extension_cls", "use_tqdm_on_load")
"""What vLLM in this process is told, and servers are not."""


class Settings(Protocol):
    """What the settings of vLLM say of each copy."""

    @property
    def dtype(self) -> Dtype: ...

    @property
    def quantisation(self) -> Quantisation | None: ...

    @property
    def max_num_seqs(self) -> int: ...

    @property
    def score_concurrency(self) -> int: ...


class ReplicatedEngine:
    """Servers of this machine's own, as one engine."""

    def __init__(self, servers: Engine, copies: Copies) -> None:
        self._servers, self._copies = servers, copies
        self.tokenizer = servers.tokenizer
        self._watch = asyncio.create_task(copies.watch())

    async def complete(self, request: CompletionRequest) -> Completion:
        return await self._servers.complete(request)

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        return await self._servers.score(request)

    async def reward(self, request: RewardRequest) -> Reward:
        return await self._servers.reward(request)

    async def swap(self, request: LoadRequest) -> bool:
        return False  # a server keeps the weights that it was started with

    async def close(self) -> None:
        self._watch.cancel()
        with suppress(asyncio.CancelledError):
            await self._watch
        await self._servers.close()
        await asyncio.to_thread(self._copies.stop)


async def replicated(
    settings: Settings,
    request: LoadRequest,
    arguments: Mapping[str, Any],
    groups: Sequence[Sequence[str]],
) -> ReplicatedEngine:
    """Start a copy of the model on each group of GPUs, and ask them as one.

    Raises:
        UserError: one did not start.
    """
    identity = request.identity or pin(request.model)
    name = served_name(identity, settings.dtype, settings.quantisation)
    if request.model.reward is not None:
        arguments = {**arguments, **await asyncio.to_thread(_judging, request)}
    options = served_options(name, {k: v for k, v in arguments.items() if k not in OURS})
    copies = Copies(options, groups, cores_of(len(groups)))
    try:
        await copies.ready()
        servers = ServerConfig(
            urls=copies.urls,
            key_variable=KEY_VARIABLE,
            dtype=settings.dtype,
            quantisation=settings.quantisation,
            # A per-request seed ends the CPU's engine.
            seeds=device() == "cuda",
            concurrency=settings.max_num_seqs,
            score_concurrency=settings.score_concurrency,
        )
        return ReplicatedEngine(await servers.load(request), copies)
    except BaseException:
        await asyncio.to_thread(copies.stop)
        raise


def _judging(request: LoadRequest) -> dict[str, Any]:
    """What the servers of a reward model are told besides."""
    model = request.model
    return pooling(
        model,
        CheckpointTokenizer(
            Path(model.weights), model.chat, request.date, remote_code=model.remote_code
        ),
    )


def cores_of(copies: int) -> tuple[str, ...]:
    """A share of this machine's cores for each copy, as vLLM's setting for the CPU has them."""
    cores = sorted(os.sched_getaffinity(0))
    shares = [cores[number::copies] or [cores[number % len(cores)]] for number in range(copies)]
    return tuple(",".join(map(str, share)) for share in shares)
