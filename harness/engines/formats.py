"""Number formats and quantisation methods by the names that engines know them under."""

from __future__ import annotations

from typing import Literal

Dtype = Literal["bfloat16", "float16", "float32", "auto"]
"""What weights and activations are computed in; `auto` takes what the checkpoint says."""
Quantisation = Literal[
    "auto-round",
    "auto_awq",
    "auto_gptq",
    "awq",
    "awq_marlin",
    "bitsandbytes",
    "compressed-tensors",
    "experts_int8",
    "fbgemm_fp8",
    "fp8",
    "fp8_per_block",
    "fp8_per_channel",
    "fp8_per_tensor",
    "fp_quant",
    "gguf",
    "gpt_oss_mxfp4",
    "gptq",
    "gptq_marlin",
    "hqq",
    "inc",
    "int8_per_channel_weight_only",
    "ipex",
    "modelopt",
    "modelopt_fp4",
    "modelopt_mixed",
    "modelopt_mxfp8",
    "moe_wna16",
    "mxfp4",
    "mxfp8",
    "nvfp4_per_token",
    "online",
    "petit_nvfp4",
    "ptpc_fp8",
    "quark",
    "torchao",
]
"""vLLM's methods, of its recent versions."""
