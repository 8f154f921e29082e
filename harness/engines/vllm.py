"""vLLM in this process (`AsyncLLM`), one code path for GPU and CPU.

Continuous batching wants many requests in flight, and the prefix cache wants those that share a
prefix next to each other: the run sends them so, problem by problem, and vLLM's scheduler counts a
prefix as cached from the step that first computes it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from harness.contracts.pte import Capabilities
from harness.engines.adapters import lora_settings
from harness.engines.memory import first_shortage
from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    Identity,
    LoadRequest,
    Sampling,
    Score,
    ScoreRequest,
)
from harness.engines.tokenizer import CheckpointTokenizer
from harness.engines.watchdog import watch_children
from harness.engines.weight_swap import EXTENSION, same_architecture
from harness.errors import EngineError, EngineLostError, require
from harness.models.spec import Adapter, ModelSpec

CPU_BLOCK = 32
"""The smallest block that vLLM's CPU attention takes."""
SMALL_MACHINE = 4
"""Cores up to which the CPU engine computes on all of them."""


@dataclass(frozen=True)
class VllmConfig:
    """Settings of the vLLM engine; see `configs/engine/vllm.yaml` for what each does."""

    dtype: str = "bfloat16"
    quantisation: str | None = None
    tensor_parallel_size: int = 1
    max_num_seqs: int = 128
    gpu_memory_fraction: float = 0.9
    cpu_cache_gib: int = 4
    """Size of the KV cache where there is no GPU, in GiB."""
    lora_slots: int = 4
    """How many adapters may be active in one batch."""
    lora_rank: int = 64
    """The largest rank an adapter may have."""
    enforce_eager: bool | None = None
    """Skip graph capture and compilation: starts faster, runs slower on a GPU. None: on a CPU."""
    block_size: int | None = None
    """Tokens in a block of the prefix cache, the unit in which prompts share. None: vLLM's own on
    a GPU (16), and 32 on a CPU, where vLLM's own 128 leaves short prompts nothing to share."""
    score_concurrency: int = 8
    """Scores in flight: their memory is outside vLLM's own accounting."""
    name: str = "vllm"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(score=True, adapters=True)

    @property
    def max_concurrency(self) -> int:
        return self.max_num_seqs

    def identity(self, weights: str, adapter: str) -> Identity:
        quantisation = self.quantisation or "none"
        return Identity(weights, adapter, self.dtype, quantisation, self.name, installed())

    def settings(self) -> Mapping[str, Any]:
        return {
            "max_num_seqs": self.max_num_seqs,
            "tensor_parallel_size": self.tensor_parallel_size,
            "enforce_eager": self.enforce_eager,
            "batch_invariant": os.environ.get("VLLM_BATCH_INVARIANT", "0"),
        }

    def check(self, models: Sequence[ModelSpec], window: int) -> str | None:
        require("vllm", "vllm")
        return first_shortage(models, self.dtype, self.quantisation, self.tensor_parallel_size)

    def check_stacks(self, stacks: tuple[frozenset[str], ...]) -> str | None:
        return None

    async def load(self, request: LoadRequest) -> VllmEngine:
        # Read when vLLM is imported: what it prints, and that it phones nobody.
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
        os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(self.cpu_cache_gib))
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", cores())
        require("vllm", "vllm")
        return VllmEngine(self, request)


def installed() -> str:
    """Version of vLLM, whichever build of it is installed, found without importing it."""
    for package in ("vllm", "vllm-cpu"):
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return "absent"


class VllmEngine:
    """A loaded vLLM engine."""

    def __init__(self, config: VllmConfig, request: LoadRequest) -> None:
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM

        model, eager = request.model, config.enforce_eager
        self._llm: Any = AsyncLLM.from_engine_args(
            AsyncEngineArgs(
                model=model.weights,
                dtype=config.dtype,
                quantization=config.quantisation,
                tensor_parallel_size=config.tensor_parallel_size,
                max_num_seqs=config.max_num_seqs,
                max_model_len=request.context_window,
                gpu_memory_utilization=config.gpu_memory_fraction,
                enforce_eager=_device() == "cpu" if eager is None else eager,
                enable_prefix_caching=True,
                # Unseeded requests draw from the engine's own stream, which would start anew, and
                # say the same again, each time an engine is loaded.
                seed=secrets.randbelow(2**31),
                block_size=_block(config.block_size),
                disable_log_stats=True,
                worker_extension_cls=EXTENSION,
                **lora_settings(request.adapters, config.lora_slots, config.lora_rank, _device()),
            )
        )
        self._guard = watch_children()
        self._model = model
        self._swaps = _device() == "cpu" and not request.adapters and config.quantisation is None
        self.tokenizer = CheckpointTokenizer(Path(model.weights), model.chat)
        self._names = {adapter: n for n, adapter in enumerate(request.adapters, start=1)}
        self._scores = asyncio.Semaphore(config.score_concurrency)
        # A per-request seed ends the CPU engine when a prefill is chunked; on CUDA it makes a draw
        # reproducible. On either, the journal is what makes a finished draw permanent.
        self._seeded = _device() == "cuda"
        self._count = 0

    async def complete(self, request: CompletionRequest) -> Completion:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        params = SamplingParams(
            **_sampling(request.sampling),
            max_tokens=request.max_tokens,
            stop=list(request.stop),
            include_stop_str_in_output=True,
            seed=request.seed if self._seeded and not request.sampling.greedy else None,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        output = await self._ask(request.ids, params, request.adapter)
        said = output.outputs[0]
        finish = "length" if said.finish_reason == "length" else "stop"
        return Completion(
            said.text, array("I", said.token_ids), finish, output.num_cached_tokens or 0
        )

    async def score(self, request: ScoreRequest) -> Score:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        if len(request.continuation) == 1 and hasattr(SamplingParams, "logprob_token_ids"):
            return await self._score_next(request)
        # vLLM scores a prompt only on the way to generating, so one token is generated and dropped.
        params = SamplingParams(
            temperature=0.0,
            max_tokens=1,
            prompt_logprobs=0,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        ids = request.ids + request.continuation
        async with self._scores:
            output = await self._ask(ids, params, request.adapter)
        rows = output.prompt_logprobs[len(request.ids) :]
        pairs = zip(request.continuation, rows, strict=True)
        return Score(sum(row[token].logprob for token, row in pairs), output.num_cached_tokens or 0)

    async def _score_next(self, request: ScoreRequest) -> Score:
        """The log-likelihood of one token, read where the next one would be generated: the prefix
        cache serves the prompt, and the vocabulary is gone through once, not at every token."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        (token,) = request.continuation
        params = SamplingParams(
            temperature=0.0,
            max_tokens=1,
            logprob_token_ids=[token],
            detokenize=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        output = await self._ask(request.ids, params, request.adapter)
        (row,) = output.outputs[0].logprobs
        return Score(row[token].logprob, output.num_cached_tokens or 0)

    async def _ask(self, ids: array[int], params: Any, adapter: Adapter | None) -> Any:
        """vLLM's final output for a request."""
        from vllm.inputs import TokensPrompt
        from vllm.lora.request import LoRARequest
        from vllm.v1.engine.exceptions import EngineDeadError

        self._count += 1
        lora = LoRARequest(adapter.name, self._names[adapter], adapter.path) if adapter else None
        prompt = TokensPrompt(prompt_token_ids=list(ids))
        output = None
        try:
            async for so_far in self._llm.generate(
                prompt, params, request_id=str(self._count), lora_request=lora
            ):
                output = so_far
        except EngineDeadError as error:
            raise EngineLostError(f"vLLM's engine has died: {error}") from error
        except (ValueError, RuntimeError) as error:
            raise EngineError(f"vLLM refused the request: {error}") from error
        return output

    async def swap(self, request: LoadRequest) -> bool:
        """On a CPU, where a test holds it against transformers; a GPU's engine is loaded anew."""
        model = request.model
        if not self._swaps or request.adapters:
            return False
        if not same_architecture(Path(self._model.weights), Path(model.weights)):
            return False
        try:
            await self._llm.collective_rpc("swap_weights", args=(model.weights,))
            if not await self._llm.reset_prefix_cache():
                return False
        except Exception:  # whatever it is, a fresh engine is the way out
            return False
        self._model = model
        self.tokenizer = CheckpointTokenizer(Path(model.weights), model.chat)
        return True

    async def close(self) -> None:
        if self._llm is not None:
            self._llm.shutdown()
            self._llm = None
            gc.collect()  # vLLM's own finaliser fails if it runs as late as interpreter exit
        if self._guard is not None:
            self._guard.terminate()
            self._guard.wait()
            self._guard = None


def _block(asked: int | None) -> int | None:
    return CPU_BLOCK if asked is None and _device() == "cpu" else asked


def _sampling(sampling: Sampling) -> dict[str, Any]:
    return {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k or -1,
    }


def cores() -> str:
    """Where the CPU engine binds its threads.

    By itself it leaves a core to its scheduler, which on a small machine is a large part of it:
    two cores bound were 1.7 times as fast as one.
    """
    all_cores = sorted(os.sched_getaffinity(0))
    return ",".join(map(str, all_cores)) if len(all_cores) <= SMALL_MACHINE else "auto"


def _device() -> str:
    from vllm.platforms import current_platform

    return str(current_platform.device_type)
