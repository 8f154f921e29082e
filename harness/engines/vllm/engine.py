"""vLLM in this process (`AsyncLLM`), one code path for GPU and CPU.

Continuous batching wants many requests in flight, and the prefix cache wants those that share a
prefix next to each other: the run sends them so, problem by problem, and vLLM's scheduler counts a
prefix as cached from the step that first computes it.
"""

from __future__ import annotations

import asyncio
import gc
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.engines.protocol import (
    NO_REWARDS,
    Completion,
    CompletionRequest,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Reward,
    RewardRequest,
    Sampling,
)
from harness.engines.remote_code import own_code
from harness.engines.together import NextTokenRequest
from harness.engines.tokenizer import CheckpointTokenizer
from harness.engines.watchdog import watch_children
from harness.engines.weight_swap import same_architecture
from harness.errors import EngineError, EngineLostError
from harness.models.spec import Adapter


class VllmEngine:
    """A loaded vLLM engine."""

    def __init__(self, request: LoadRequest, arguments: Mapping[str, Any], scores: int) -> None:
        """Load a model with vLLM's own arguments; so many scores may be in flight."""
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM

        self._model = request.model
        # First: a chat template that cannot be used is known before minutes of loading.
        self.tokenizer = tokenizer_of(request)
        with own_code(request.model):
            self._llm: Any = AsyncLLM.from_engine_args(AsyncEngineArgs(**arguments))
        self._guard = watch_children()
        self._swaps = (
            device() == "cpu" and not request.adapters and arguments["quantization"] is None
        )
        self._names = {adapter: n for n, adapter in enumerate(request.adapters, start=1)}
        self._scores = asyncio.Semaphore(scores)
        # A per-request seed ends the CPU engine when a prefill is chunked; on CUDA it makes a draw
        # reproducible. On either, the journal is what makes a finished draw permanent.
        self._seeded = device() == "cuda"
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
            # Where marks of thoughts are special tokens, stop strings have to see them.
            skip_special_tokens=not self.tokenizer.marks,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        output = await self._ask(request.ids, params, request.adapter)
        said = output.outputs[0]
        finish = "length" if said.finish_reason == "length" else "stop"
        ids = array("I", said.token_ids)
        text = self.tokenizer.decode(ids) if self.tokenizer.marks else said.text
        return Completion(text, ids, finish, output.num_cached_tokens or 0)

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
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
        return LogLikelihood(
            sum(row[token].logprob for token, row in pairs), output.num_cached_tokens or 0
        )

    async def reward(self, request: RewardRequest) -> Reward:
        raise EngineError(NO_REWARDS)

    async def _score_next(self, request: LogLikelihoodRequest) -> LogLikelihood:
        (result,) = await self._read_next(request.ids, request.continuation, request.adapter)
        return result

    async def next_tokens(self, request: NextTokenRequest) -> tuple[LogLikelihood, ...]:
        from vllm import SamplingParams

        if hasattr(SamplingParams, "logprob_token_ids"):
            return await self._read_next(request.ids, request.tokens, request.adapter)
        each = (array("I", [token]) for token in request.tokens)
        scores = [
            self.score(LogLikelihoodRequest(request.ids, one, request.tag, request.adapter))
            for one in each
        ]
        return tuple(await asyncio.gather(*scores))

    async def _read_next(
        self, ids: array[int], tokens: array[int], adapter: Adapter | None
    ) -> tuple[LogLikelihood, ...]:
        """The log-likelihood of each token, read where the next one would be generated: the prefix
        cache serves the prompt, and the vocabulary is gone through once, not at every token."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        params = SamplingParams(
            temperature=0.0,
            max_tokens=1,
            logprob_token_ids=tokens.tolist(),
            detokenize=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        output = await self._ask(ids, params, adapter)
        (row,) = output.outputs[0].logprobs
        cached = output.num_cached_tokens or 0
        return tuple(LogLikelihood(row[token].logprob, cached) for token in tokens)

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
        tokenizer = tokenizer_of(request)
        try:
            await self._llm.collective_rpc("swap_weights", args=(model.weights,))
            if not await self._llm.reset_prefix_cache():
                return False
        except Exception:  # whatever it is, a fresh engine is the way out
            return False
        self._model = model
        self.tokenizer = tokenizer
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


def tokenizer_of(request: LoadRequest) -> CheckpointTokenizer:
    """The checkpoint's tokenizer, its chat template told the day and whether to think."""
    model = request.model
    return CheckpointTokenizer(
        Path(model.weights),
        model.chat,
        request.date,
        thinking=request.thinking,
        thinks=model.thinking,
        remote_code=model.remote_code,
    )


def _sampling(sampling: Sampling) -> dict[str, Any]:
    return {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k or -1,
    }


def device() -> str:
    """Where vLLM computes: "cuda", "cpu", ..."""
    from vllm.platforms import current_platform

    return str(current_platform.device_type)
