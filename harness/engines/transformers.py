"""The reference engine: Hugging Face transformers, one request at a time, nothing clever.

With `batch_size` above 1 equal requests that wait are generated together, which makes it a way to
serve small models on machines that vLLM does not run on. A sampled draw then depends on its company
(the journal keeps it all the same), and greedy ones may part from single ones at a tie.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from harness.contracts.pte import Capabilities
from harness.engines.memory import Placement
from harness.engines.protocol import (
    NO_REWARDS,
    Completion,
    CompletionRequest,
    Engine,
    Identity,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Reward,
    RewardRequest,
)
from harness.engines.remote_code import own_code
from harness.engines.text import cut
from harness.engines.together import NextTokenRequest
from harness.engines.tokenizer import CheckpointTokenizer
from harness.engines.transformers_reward import TransformersRewardEngine
from harness.errors import EngineError, require
from harness.models.spec import ModelSpec
from harness.ranges import Device, Parallel

_Asked = tuple[CompletionRequest, "asyncio.Future[Completion]"]
"""A request, and who waits for it."""


@dataclass(frozen=True)
class TransformersConfig:
    """Settings of the transformers engine."""

    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    device: Device = "auto"
    """`auto` takes a GPU where there is one."""
    batch_size: Parallel = 1
    """Requests generated together, where so many wait with the same sampling and limits."""
    name: str = field(default="transformers", init=False)

    @property
    def max_concurrency(self) -> int:
        return self.batch_size

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(score=True, adapters=False, reward=True)

    def identity(self, weights: str, adapter: str) -> Identity:
        try:
            installed = version("transformers")
        except PackageNotFoundError:
            installed = "absent"
        return Identity(
            weights=weights,
            adapter=adapter,
            dtype=self.dtype,
            quantisation="none",
            engine=self.name,
            version=installed,
        )

    def settings(self) -> Mapping[str, Any]:
        return {"device": self.device, "batch_size": self.batch_size}

    def check(self, models: Sequence[ModelSpec], window: int) -> str | None:
        require("transformers", "transformers")
        torch = require("torch", "transformers")
        kind, _, place = self.device.partition(":")
        if kind == "cuda" and int(place or 0) >= (there := torch.cuda.device_count()):
            return (
                f"engine.device is {self.device}, and torch sees {there} NVIDIA GPU(s) on this "
                "machine: set engine.device=auto"
            )
        if kind == "mps" and not torch.backends.mps.is_available():
            return "engine.device is mps, which this machine does not have: set engine.device=auto"
        return None

    def placement(self) -> Placement:
        return Placement(dtype=self.dtype, on_cpu=self.device == "cpu")

    def check_stacks(self, stacks: tuple[frozenset[str], ...]) -> str | None:
        return None

    async def load(self, request: LoadRequest) -> Engine:
        if request.model.reward is not None:
            settings = self.dtype, self.device, self.batch_size
            return await asyncio.to_thread(TransformersRewardEngine, *settings, request)
        return await asyncio.to_thread(TransformersEngine, self, request)


class TransformersEngine:
    """A loaded model; requests take turns."""

    def __init__(self, config: TransformersConfig, request: LoadRequest) -> None:
        torch = require("torch", "transformers")
        transformers = require("transformers", "transformers")
        device = config.device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        # First: a chat template that cannot be used is known before the weights are loaded.
        self.tokenizer = CheckpointTokenizer(
            Path(request.model.weights),
            request.model.chat,
            request.date,
            thinking=request.thinking,
            thinks=request.model.thinking,
            remote_code=request.model.remote_code,
        )
        self._torch: Any = torch
        self._device = device
        with own_code(request.model):
            self._model: Any = transformers.AutoModelForCausalLM.from_pretrained(
                request.model.weights,
                dtype=getattr(torch, config.dtype),
                use_safetensors=None if request.model.pickled_weights else True,
                trust_remote_code=request.model.remote_code,
            ).to(device)
        self._model.eval()
        # The checkpoint's own generation settings (penalties, top-k) are nobody's sampling here.
        self._ends = self._model.generation_config.eos_token_id
        self._model.generation_config = transformers.GenerationConfig(eos_token_id=self._ends)
        self._turn = asyncio.Lock()
        self._batch = config.batch_size
        self._waiting: list[_Asked] = []
        self._serving: asyncio.Task[None] | None = None

    async def complete(self, request: CompletionRequest) -> Completion:
        done: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, done))
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        return await done

    async def _serve(self) -> None:
        """Generate batch after batch; who gives up waiting is left out, and costs nobody else."""
        while batch := self._next():
            try:
                async with self._turn:
                    asked = [request for request, _ in batch]
                    said = await asyncio.to_thread(self._complete, asked)
            except Exception as error:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
                continue
            for (_, done), completion in zip(batch, said, strict=True):
                if not done.done():
                    done.set_result(completion)

    def _next(self) -> list[_Asked]:
        """The first of those that wait, and with it others like it."""
        batch: list[_Asked] = []
        others: list[_Asked] = []
        for each in self._waiting:
            if each[1].done():
                continue
            like = not batch or _kind(each[0]) == _kind(batch[0][0])
            (batch if like and len(batch) < self._batch else others).append(each)
        self._waiting = others
        return batch

    def _complete(self, requests: list[CompletionRequest]) -> list[Completion]:
        torch, first = self._torch, requests[0]
        torch.manual_seed(first.seed)
        longest = max(len(request.ids) for request in requests)
        pad = _several(self._ends)[0]
        rows = [[pad] * (longest - len(r.ids)) + list(r.ids) for r in requests]
        mask = [[0] * (longest - len(r.ids)) + [1] * len(r.ids) for r in requests]
        with torch.inference_mode():
            output = self._model.generate(
                torch.tensor(rows, device=self._device),
                attention_mask=torch.tensor(mask, device=self._device),
                max_new_tokens=first.max_tokens,
                pad_token_id=pad,
                **self._how(first),
            )
        return [self._completion(row[longest:].tolist(), first) for row in output]

    def _how(self, request: CompletionRequest) -> dict[str, Any]:
        sampling = request.sampling
        how: dict[str, Any] = {"do_sample": False}
        if not sampling.greedy:
            how = {
                "do_sample": True,
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "top_k": sampling.top_k,
            }
        if request.stop:
            how["stop_strings"] = list(request.stop)
            how["tokenizer"] = self.tokenizer.raw
        return how

    def _completion(self, ids: list[int], request: CompletionRequest) -> Completion:
        """A row without what fills it up after its end, an end of its own kept."""
        ends = [place for place, token in enumerate(ids) if token in _several(self._ends)]
        said = array("I", ids[: ends[0]] if ends else ids)
        text = self.tokenizer.decode(said)
        stopped = cut(text, request.stop) != text
        if ends and not stopped:  # after a stop string the end is only filling
            said.append(ids[ends[0]])
        return Completion(text, said, "stop" if stopped or ends else "length")

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        async with self._turn:
            return await asyncio.to_thread(self._score, request)

    def _score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        torch = self._torch
        ids = torch.tensor([[*request.ids, *request.continuation]], device=self._device)
        with torch.inference_mode():
            logits = self._model(ids).logits[0, len(request.ids) - 1 : -1]
        logprobs = torch.log_softmax(logits.float(), dim=-1)
        targets = ids[0, len(request.ids) :]
        return LogLikelihood(float(logprobs.gather(1, targets[:, None]).sum()))

    async def reward(self, request: RewardRequest) -> Reward:
        raise EngineError(NO_REWARDS)

    async def next_tokens(self, request: NextTokenRequest) -> tuple[LogLikelihood, ...]:
        async with self._turn:
            return await asyncio.to_thread(self._next_tokens, request)

    def _next_tokens(self, request: NextTokenRequest) -> tuple[LogLikelihood, ...]:
        torch = self._torch
        with torch.inference_mode():
            ids = torch.tensor([list(request.ids)], device=self._device)
            logits = self._model(ids).logits[0, -1]
        logprobs = torch.log_softmax(logits.float(), dim=-1)
        return tuple(LogLikelihood(float(logprobs[token])) for token in request.tokens)

    async def swap(self, request: LoadRequest) -> bool:
        return False  # loading is all that there is to do

    async def close(self) -> None:
        self._model = None


def _kind(request: CompletionRequest) -> tuple[Any, ...]:
    """What requests of one batch have in common."""
    return request.sampling, request.max_tokens, request.stop


def _several(ends: int | list[int]) -> list[int]:
    return ends if isinstance(ends, list) else [ends]
