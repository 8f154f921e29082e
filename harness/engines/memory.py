"""Whether a model's weights fit this machine, asked before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence

import psutil

from harness.models.spec import ModelSpec

BYTES = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0, "auto": 2.0}
QUANTISED = {"fp8": 1.0, "awq": 0.56, "gptq": 0.56, "gguf": 0.6, "bitsandbytes": 0.56}
HEADROOM = 1.1
"""Weights are not all that must fit: activations and a first piece of KV cache."""


def first_shortage(
    models: Sequence[ModelSpec],
    dtype: str,
    quantisation: str | None,
    tensor_parallel_size: int = 1,
) -> str | None:
    """`shortage` of the first of these models that does not fit; they are loaded in turn."""
    each = (shortage(model, dtype, quantisation, tensor_parallel_size) for model in models)
    return next(filter(None, each), None)


def shortage(
    model: ModelSpec, dtype: str, quantisation: str | None, tensor_parallel_size: int = 1
) -> str | None:
    """Why the model does not fit, with both figures and the mend; None where it does."""
    each = QUANTISED.get(quantisation, 2.0) if quantisation else BYTES.get(dtype, 2.0)
    needed = model.parameters * each * HEADROOM
    have, where = _memory(tensor_parallel_size)
    if needed <= have:
        return None
    return (
        f"{model.name} needs about {needed / 1e9:.1f} GB for its weights, and {where} has "
        f"{have / 1e9:.1f} GB: take a smaller rung, a machine with more memory, or with "
        "engine=vllm more GPUs (engine.tensor_parallel_size) or engine.quantisation"
    )


def _memory(devices: int) -> tuple[float, str]:
    try:
        import torch
    except ModuleNotFoundError:
        return float(psutil.virtual_memory().total), "this machine"
    if torch.cuda.is_available():
        used = min(devices, torch.cuda.device_count())
        sizes = [torch.cuda.get_device_properties(i).total_memory for i in range(used)]
        return float(sum(sizes)), f"{used} GPU(s)"
    return float(psutil.virtual_memory().total), "this machine (no GPU found)"
