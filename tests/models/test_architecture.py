"""What a config.json says: window, sliding attention, cache, quantisation."""

from __future__ import annotations

from typing import Any

import pytest

from harness.models.architecture import Architecture
from tests.checkpoints import CONFIG


def of(**config: Any) -> Architecture:
    return Architecture.of({**CONFIG, **config})


def test_an_empty_config_says_nothing() -> None:
    nothing = Architecture.of({})
    assert (nothing.name, nothing.quantisation) == (None, None)
    assert (nothing.window, nothing.cached_numbers) == (None, None)
    assert nothing.decodes


@pytest.mark.parametrize(
    ("config", "window"),
    [
        ({"max_position_embeddings": 2048}, 2048),
        ({"n_positions": 1024}, 1024),
        ({"max_seq_len": 512}, 512),
        ({"max_position_embeddings": 8192, "model_max_length": 131072}, 131072),
        ({"text_config": {"max_position_embeddings": 4096}}, 4096),
        ({}, None),
    ],
)
def test_the_window_under_each_of_its_names(config: dict[str, Any], window: int | None) -> None:
    assert Architecture.of(config).window == window


@pytest.mark.parametrize(
    ("scaling", "window"),
    [
        ({"rope_type": "linear", "factor": 4.0}, 256),
        ({"type": "dynamic", "factor": 2.0}, 128),
        ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}, 256),
        ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}, 64),
        ({"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8}, 64),
        ({"rope_type": "longrope", "factor": 32.0}, 64),
        ({"rope_type": "default"}, 64),
        ({"full_attention": {"rope_type": "linear", "factor": 8.0}}, 512),
    ],
)
@pytest.mark.parametrize("key", ["rope_scaling", "rope_parameters"])
def test_a_stretched_rope_stretches_the_window(
    key: str, scaling: dict[str, Any], window: int
) -> None:
    assert of(**{key: scaling}).window == window


def test_sliding_attention_counts_where_all_layers_have_it() -> None:
    assert of(sliding_window=16).sliding == 16
    assert of(sliding_window=16, use_sliding_window=False).sliding is None
    assert of(sliding_window=None).sliding is None
    mixed = ["sliding_attention", "full_attention"]
    assert of(sliding_window=16, layer_types=mixed).sliding is None


def test_the_cache_keeps_keys_and_values_of_the_heads_that_have_them() -> None:
    assert of().cached_numbers == 2 * 1 * 1 * 4
    assert of(num_key_value_heads=None).cached_numbers == 2 * 1 * 2 * 4
    gpt2 = {"n_layer": 3, "n_head": 2, "n_embd": 10}
    assert Architecture.of(gpt2).cached_numbers == 2 * 3 * 2 * 5
    latent = of(kv_lora_rank=12, qk_rope_head_dim=4)
    assert latent.cached_numbers == 12 + 4


def test_quantisation_is_named_by_its_method() -> None:
    assert of(quantization_config={"quant_method": "gptq"}).quantisation == "gptq"


@pytest.mark.parametrize("name", ["BertForMaskedLM", "LlamaForSequenceClassification"])
def test_some_architectures_do_not_continue_text(name: str) -> None:
    assert not of(architectures=[name]).decodes


def test_an_encoder_and_decoder_does_not_continue_text() -> None:
    assert not of(is_encoder_decoder=True).decodes
