"""How many parameters some tensors are."""

from __future__ import annotations

from typing import Any

import pytest

from harness.models.parameter_count import count
from harness.models.tensors import Tensor
from tests.checkpoints import CONFIG, PARAMETERS, tensors


def test_all_that_was_trained_counts() -> None:
    result = count(tensors(), CONFIG)
    assert result.parameters == PARAMETERS
    assert result.bytes == 4 * PARAMETERS
    assert result.dtype == "float32"
    assert result.rows == 10


def test_tied_embeddings_count_once() -> None:
    head = {"lm_head.weight": Tensor("float32", (10, 8))}
    assert count(tensors() | head, CONFIG).parameters == PARAMETERS
    untied = {**CONFIG, "tie_word_embeddings": False}
    assert count(tensors() | head, untied).parameters == PARAMETERS + 80
    silent = {key: value for key, value in CONFIG.items() if key != "tie_word_embeddings"}
    assert count(tensors() | head, silent).parameters == PARAMETERS + 80


def test_tensors_of_one_storage_count_once() -> None:
    shared = {name: Tensor("float32", (3, 3), "0:0") for name in ("one", "two")}
    assert count(shared, {}).parameters == 9


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("gpt_neox.layers.0.attention.bias", Tensor("bool", (1, 1, 64, 64))),
        ("gpt_neox.layers.0.attention.bias", Tensor("int8", (1, 1, 64, 64))),
        ("gpt_neox.layers.0.attention.masked_bias", Tensor("float16", ())),
        ("gpt_neox.layers.0.attention.rotary_emb.inv_freq", Tensor("float32", (2,))),
        ("h.0.attn.bias", Tensor("float32", (1, 1, 64, 64))),
    ],
)
def test_masks_and_tables_were_not_trained(name: str, tensor: Tensor) -> None:
    assert count(tensors() | {name: tensor}, CONFIG).parameters == PARAMETERS


def test_biases_were_trained() -> None:
    bias = {"h.0.attn.c_attn.bias": Tensor("float32", (24,))}
    assert count(tensors() | bias, CONFIG).parameters == PARAMETERS + 24


@pytest.mark.parametrize(
    ("config", "packed"),
    [
        (
            {"quant_method": "gptq", "bits": 4},
            {
                "qweight": Tensor("int32", (8, 64)),
                "qzeros": Tensor("int32", (1, 8)),
                "scales": Tensor("float16", (1, 64)),
                "g_idx": Tensor("int32", (64,)),
            },
        ),
        (
            {"quant_method": "awq", "bits": 4},
            {"qweight": Tensor("int32", (64, 8)), "scales": Tensor("float16", (1, 64))},
        ),
        (
            {"quant_method": "bitsandbytes", "load_in_4bit": True},
            {
                "weight": Tensor("int8", (2048, 1)),
                "weight.absmax": Tensor("int8", (64,)),
                "weight.quant_state.bitsandbytes__nf4": Tensor("int8", (90,)),
            },
        ),
        (
            {"quant_method": "fp8"},
            {
                "weight": Tensor("float8", (64, 64)),
                "weight_scale_inv": Tensor("float32", (1, 1)),
            },
        ),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"group_0": {"weights": {"num_bits": 4}}},
            },
            {
                "weight_packed": Tensor("int32", (64, 8)),
                "weight_scale": Tensor("bfloat16", (64, 1)),
                "weight_shape": Tensor("int64", (2,)),
            },
        ),
    ],
    ids=lambda each: each.get("quant_method", ""),
)
def test_packed_weights_count_as_what_they_unpack_to(
    config: dict[str, Any], packed: dict[str, Tensor]
) -> None:
    layer = {f"model.layers.0.up_proj.{name}": tensor for name, tensor in packed.items()}
    result = count(tensors("float16") | layer, {**CONFIG, "quantization_config": config})
    assert result.parameters == PARAMETERS + 64 * 64
    assert result.bytes == 2 * PARAMETERS + sum(each.bytes for each in packed.values())
