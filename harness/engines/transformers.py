"""The reference engine: Hugging Face transformers, one request at a time, nothing clever."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from harness.contracts.pte import Capabilities
from harness.engines.memory import shortage
from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    Identity,
    LoadRequest,
    Score,
    ScoreRequest,
)
from harness.engines.text import cut
from harness.engines.tokenizer import CheckpointTokenizer
from harness.errors import require
from harness.models.spec import ModelSpec


@dataclass(frozen=True)
class TransformersConfig:
    """Settings of the transformers engine."""

    dtype: str = "bfloat16"
    device: str = "auto"
    """`auto` takes a GPU where there is one."""
    name: str = "transformers"
    max_concurrency: int = 1

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(score=True, adapters=False)

    def identity(self, weights: str, adapter: str) -> Identity:
        try:
            installed = version("transformers")
        except PackageNotFoundError:
            installed = "absent"
        return Identity(weights, adapter, self.dtype, "none", self.name, installed)

    def settings(self) -> Mapping[str, Any]:
        return {"device": self.device}

    def check(self, model: ModelSpec) -> str | None:
        require("transformers", "transformers")
        require("torch", "transformers")
        return shortage(model, self.dtype, None)

    def check_stacks(self, stacks: tuple[frozenset[str], ...]) -> str | None:
        return None

    async def load(self, request: LoadRequest) -> TransformersEngine:
        return await asyncio.to_thread(TransformersEngine, self, request)


class TransformersEngine:
    """A loaded model; requests take turns."""

    def __init__(self, config: TransformersConfig, request: LoadRequest) -> None:
        torch = require("torch", "transformers")
        transformers = require("transformers", "transformers")
        device = config.device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self._torch: Any = torch
        self._device = device
        self._model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            request.model.weights, dtype=getattr(torch, config.dtype)
        ).to(device)
        self._model.eval()
        # The checkpoint's own generation settings (penalties, top-k) are nobody's sampling here.
        self._ends = self._model.generation_config.eos_token_id
        self._model.generation_config = transformers.GenerationConfig(eos_token_id=self._ends)
        self.tokenizer = CheckpointTokenizer(Path(request.model.weights), request.model.chat)
        self._turn = asyncio.Lock()

    async def complete(self, request: CompletionRequest) -> Completion:
        async with self._turn:
            return await asyncio.to_thread(self._complete, request)

    def _complete(self, request: CompletionRequest) -> Completion:
        torch, sampling = self._torch, request.sampling
        torch.manual_seed(request.seed)
        ids = torch.tensor([list(request.ids)], device=self._device)
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
        with torch.inference_mode():
            output = self._model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=request.max_tokens,
                pad_token_id=self._model.config.eos_token_id,
                **how,
            )
        said = array("I", output[0, ids.shape[1] :].tolist())
        text = self.tokenizer.decode(said)
        ended = said[-1] in _several(self._ends) or cut(text, request.stop) != text
        return Completion(text, said, "stop" if ended else "length")

    async def score(self, request: ScoreRequest) -> Score:
        async with self._turn:
            return await asyncio.to_thread(self._score, request)

    def _score(self, request: ScoreRequest) -> Score:
        torch = self._torch
        ids = torch.tensor([[*request.ids, *request.continuation]], device=self._device)
        with torch.inference_mode():
            logits = self._model(ids).logits[0, len(request.ids) - 1 : -1]
        logprobs = torch.log_softmax(logits.float(), dim=-1)
        targets = ids[0, len(request.ids) :]
        return Score(float(logprobs.gather(1, targets[:, None]).sum()))

    async def close(self) -> None:
        self._model = None


def _several(ends: int | list[int]) -> list[int]:
    return ends if isinstance(ends, list) else [ends]
