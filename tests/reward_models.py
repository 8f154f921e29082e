"""Reward models of a few thousand numbers with a tokenizer of bytes: ours, for tests alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.models.reward_head import RewardHead
from harness.models.spec import ModelSpec
from tests.small_tokenizers import byte_level

OUTCOME = RewardHead("outcome", trained_on="nobody's samples", tried=True)
STEPS = RewardHead("process", step="<|im_end|>", between="\n", trained_on="nothing", tried=True)
KINDS = {
    "outcome": ("SequenceClassification", 1, OUTCOME),
    "steps": ("TokenClassification", 2, STEPS),
    "words": ("CausalLM", None, RewardHead("process", step="<|im_end|>", returned=(10, 12))),
}
"""By name: the architecture, its labels, and what it judges."""
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def reward_model(folder: Path, kind: str = "outcome", chat: bool = False) -> ModelSpec:
    """A tiny Llama with random weights, and a head of this kind."""
    torch = pytest.importorskip("torch", reason="it makes the weights")
    transformers = pytest.importorskip("transformers", reason="it makes the model")
    name, labels, head = KINDS[kind]
    byte_level(folder, TEMPLATE, eos_token="<|im_end|>", pad_token="<|im_end|>")
    size = len(transformers.AutoTokenizer.from_pretrained(folder))
    torch.manual_seed(len(kind))
    settings: dict[str, Any] = {} if labels is None else {"num_labels": labels}
    config = transformers.LlamaConfig(
        vocab_size=size,
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        pad_token_id=size - 1,
        eos_token_id=size - 1,
        initializer_range=0.3,
        tie_word_embeddings=False,
        **settings,
    )
    made = getattr(transformers, f"LlamaFor{name}")(config)
    made.save_pretrained(folder)
    return ModelSpec(
        name=f"tiny_{kind}",
        weights=str(folder),
        family="tiny",
        stage="reward",
        parameters=float(sum(each.numel() for each in made.parameters())),
        training_tokens=None,
        training=None,
        context_window=1024,
        chat=chat,
        reward=head,
    )
