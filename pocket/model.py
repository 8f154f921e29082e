"""The architecture: Llama's, as small as vLLM serves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.errors import require
from pocket import vocabulary
from pocket.recipe import HEAD, Recipe
from pocket.vocabulary import BOS, EOS, IDS, PAD, WORDS

WINDOW = 384
"""Longest context: a document and a little more."""


def build(recipe: Recipe) -> Any:
    """A model with fresh weights."""
    transformers = require("transformers", "transformers")
    return transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=len(WORDS),
            hidden_size=recipe.width,
            intermediate_size=recipe.inner,
            num_hidden_layers=recipe.layers,
            num_attention_heads=recipe.heads,
            num_key_value_heads=recipe.heads,
            head_dim=HEAD,
            max_position_embeddings=WINDOW,
            tie_word_embeddings=True,
            bos_token_id=IDS[BOS],
            eos_token_id=IDS[EOS],
            pad_token_id=IDS[PAD],
            rms_norm_eps=1e-5,
        )
    )


def save(model: Any, folder: Path) -> None:
    """Write a checkpoint that transformers and vLLM load; its numbers have 16 bits.

    It is what a model of the ladder is: what is asked, and what is trained on, starts from these.
    """
    require("transformers", "transformers").utils.logging.disable_progress_bar()
    folder.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(folder)
    vocabulary.save(folder)
