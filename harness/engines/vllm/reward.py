"""Reward models in vLLM's pooling runner: whole solutions by `classify`, steps by `token_classify`.

Solutions of one problem share its question in the prefix cache where wholes are judged. Where steps
are, vLLM reads no cache, as it would then have no hidden states of what the cache served.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.engines.judging import JudgingEngine
from harness.engines.protocol import (
    LoadRequest,
    Reward,
    RewardRequest,
)
from harness.engines.remote_code import own_code
from harness.engines.reward_rows import OUTCOME, read_rows, task_of
from harness.engines.tokenizer import CheckpointTokenizer
from harness.engines.transformers_reward import checked
from harness.engines.watchdog import watch_children
from harness.errors import EngineError, EngineLostError
from harness.models.reward_head import RewardHead
from harness.models.spec import ModelSpec


class VllmRewardEngine(JudgingEngine):
    """A reward model, loaded."""

    def __init__(self, request: LoadRequest, arguments: Mapping[str, Any]) -> None:
        """Load a reward model with vLLM's own arguments for a model that writes.

        Raises:
            UserError: the checkpoint cannot be asked as its config says.
        """
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM

        model = request.model
        self.tokenizer = CheckpointTokenizer(
            Path(model.weights), model.chat, request.date, remote_code=model.remote_code
        )
        self._kind = task_of(model)
        own = dict(arguments) | pooling(model, self.tokenizer)
        with own_code(model):
            self._llm: Any = AsyncLLM.from_engine_args(AsyncEngineArgs(**own))
        self._guard = watch_children()
        self._count = 0

    async def reward(self, request: RewardRequest) -> Reward:
        from vllm import PoolingParams
        from vllm.inputs import TokensPrompt
        from vllm.v1.engine.exceptions import EngineDeadError

        self._count += 1
        # Activations would make probabilities of them, and lose what is beyond 32-bit numbers.
        params = PoolingParams(task=self._kind, use_activation=False)
        prompt = TokensPrompt(prompt_token_ids=list(request.ids))
        output = None
        try:
            async for so_far in self._llm.encode(prompt, params, request_id=f"r{self._count}"):
                output = so_far
        except EngineDeadError as error:
            raise EngineLostError(f"vLLM's engine has died: {error}") from error
        except (ValueError, RuntimeError) as error:
            raise EngineError(f"vLLM refused the request: {error}") from error
        if output is None:
            raise EngineError("vLLM gave no answer")
        data = output.outputs.data.float()
        rows = data.reshape(1, -1) if self._kind == OUTCOME else data
        values = read_rows(rows.tolist(), request, whole=self._kind == OUTCOME)
        return Reward(values, output.num_cached_tokens or 0)

    async def close(self) -> None:
        if self._llm is not None:
            self._llm.shutdown()
            self._llm = None
        if self._guard is not None:
            self._guard.terminate()
            self._guard.wait()
            self._guard = None


def pooling(model: ModelSpec, tokenizer: CheckpointTokenizer) -> dict[str, Any]:
    """vLLM's arguments by which it loads a checkpoint to judge, beside those of any model.

    Raises:
        UserError: the checkpoint cannot be asked as its config says.
    """
    name = checked(model)
    head = model.reward
    assert head is not None, "asked of reward models alone"
    # The extension puts other weights into a model that writes.
    result: dict[str, Any] = {"runner": "pooling", "worker_extension_cls": ""}
    if head.returned:
        result |= {"convert": "classify", "hf_overrides": _two_rows(name, head, tokenizer)}
    return result


def _two_rows(name: str, head: RewardHead, tokenizer: CheckpointTokenizer) -> dict[str, Any]:
    """What makes a head of two rows of a language model's vocabulary, wrong before right."""
    right, wrong = head.returned
    pieces = tokenizer.raw.convert_ids_to_tokens([wrong, right])
    return {
        "architectures": [name.replace("ForCausalLM", "ForSequenceClassification")],
        "classifier_from_token": list(pieces),
        "method": "no_post_processing",
    }
