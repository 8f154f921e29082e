"""The reference engine for reward models: the hidden states of a checkpoint, and its head on them.

Whatever architecture a head comes in, its numbers are read at the places that were asked about, in
32-bit: so a whole solution and its steps are judged in one way, and as vLLM judges them.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from harness.engines.judging import JudgingEngine
from harness.engines.protocol import (
    LoadRequest,
    Reward,
    RewardRequest,
)
from harness.engines.remote_code import own_code
from harness.engines.tokenizer import CheckpointTokenizer
from harness.errors import UserError, require
from harness.models.reward_head import head_fault
from harness.models.spec import ModelSpec

_Asked = tuple[RewardRequest, "asyncio.Future[Reward]"]
"""A request, and who waits for it."""


class TransformersRewardEngine(JudgingEngine):
    """A loaded reward model; what waits at the same time is judged together."""

    def __init__(self, dtype: str, device: str, batch: int, request: LoadRequest) -> None:
        """
        Args:
            dtype: number format of the weights below the head.
            device: as torch names it, or `auto`.
            batch: solutions judged together.
            request: the reward model.

        Raises:
            UserError: the checkpoint cannot be asked as its config says.
        """
        torch = require("torch", "transformers")
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        model = request.model
        self.tokenizer = CheckpointTokenizer(
            Path(model.weights), model.chat, request.date, remote_code=model.remote_code
        )
        self._torch: Any = torch
        self._device = device
        with own_code(model):
            loaded = _loaded(model, getattr(torch, dtype))
        self._body: Any = loaded.base_model.to(device).eval()
        self._head: Any = _head(loaded, model).float().to(device).eval()
        self._turn = asyncio.Lock()
        self._batch = batch
        self._waiting: list[_Asked] = []
        self._serving: asyncio.Task[None] | None = None

    async def reward(self, request: RewardRequest) -> Reward:
        done: asyncio.Future[Reward] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, done))
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        return await done

    async def _serve(self) -> None:
        """Judge batch after batch; who gives up waiting is left out."""
        while self._waiting:
            batch = [each for each in self._waiting[: self._batch] if not each[1].done()]
            del self._waiting[: self._batch]
            if not batch:
                continue
            try:
                async with self._turn:
                    asked = [request for request, _ in batch]
                    said = await asyncio.to_thread(self._judge, asked)
            except Exception as error:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
                continue
            for (_, done), reward in zip(batch, said, strict=True):
                if not done.done():
                    done.set_result(reward)

    def _judge(self, requests: list[RewardRequest]) -> list[Reward]:
        torch = self._torch
        longest = max(len(request.ids) for request in requests)
        # What fills a row up comes after all that is read, which attention does not look at.
        rows = [[*request.ids, *[0] * (longest - len(request.ids))] for request in requests]
        mask = [[1] * len(r.ids) + [0] * (longest - len(r.ids)) for r in requests]
        with torch.inference_mode():
            hidden = self._body(
                torch.tensor(rows, device=self._device),
                attention_mask=torch.tensor(mask, device=self._device),
                use_cache=False,
            ).last_hidden_state
            result = []
            for row, request in zip(hidden, requests, strict=True):
                at = torch.tensor(list(request.at), device=self._device)
                numbers = self._head(row[at].float())
                result.append(Reward(tuple(map(float, log_odds(numbers).tolist()))))
        return result

    async def close(self) -> None:
        self._body = self._head = None


def log_odds(numbers: Any) -> Any:
    """Log-odds of right from a head's numbers: (places, 1) or (places, 2), wrong before right."""
    return numbers[:, 0] if numbers.shape[1] == 1 else numbers[:, 1] - numbers[:, 0]


def described(folder: Path) -> tuple[str | None, int | None]:
    """Architecture and number of labels of a checkpoint, as its config.json has them."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    names = config.get("architectures") or [None]
    labels = config.get("id2label")
    count = len(labels) if isinstance(labels, dict) else config.get("num_labels", 2)
    return names[0], count


def checked(model: ModelSpec) -> str:
    """The architecture of a reward model whose head can be read.

    Raises:
        UserError: it cannot, or is not as its config says.
    """
    name, labels = described(Path(model.weights))
    if fault := head_fault(model.reward, name, labels):
        raise UserError(f"model {model.name}: {fault}")
    return name or ""


def _loaded(model: ModelSpec, dtype: Any) -> Any:
    transformers = require("transformers", "transformers")
    name = checked(model)
    kind = "AutoModel"  # of one with a class of its own, which comes with its code
    for end in ("SequenceClassification", "TokenClassification", "CausalLM"):
        if name.endswith(f"For{end}"):
            kind = f"AutoModelFor{end}"
    return getattr(transformers, kind).from_pretrained(
        model.weights,
        dtype=dtype,
        use_safetensors=None if model.pickled_weights else True,
        trust_remote_code=model.remote_code,
    )


def _head(loaded: Any, model: ModelSpec) -> Any:
    """What makes numbers of hidden states: the head, or the rows of two tokens of a vocabulary."""
    assert model.reward is not None, "asked of reward models alone"
    torch = require("torch", "transformers")
    if model.reward.returned:
        right, wrong = model.reward.returned
        output = loaded.get_output_embeddings()
        rows = torch.nn.Linear(output.in_features, 2, bias=False)
        rows.weight.data = output.weight.data[[wrong, right]].clone()
        return rows
    head = getattr(loaded, "score", None)
    if head is None:
        raise UserError(
            f"model {model.name}: its head is not where decoders have it (`score`): take one that "
            "was made by transformers or TRL, or serve it with engine=vllm"
        )
    return head
