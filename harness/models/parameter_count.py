"""How many parameters a set of tensors is, and in which number format they lie."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.models.tensors import BITS, Tensor

HEADS = ("lm_head.weight", "embed_out.weight", "output.weight")
"""How output layers are called, which may be the input embedding once more."""
EMBEDDINGS = ("embed_tokens.weight", "embed_in.weight", "wte.weight", "word_embeddings.weight")
BUFFERS = re.compile(r"(inv_freq|masked_bias|rotary_emb\..*|position_ids)$")
"""Tensors that are saved with the weights and were never trained."""
BESIDE = re.compile(
    r"(qzeros|scales?|g_idx|absmax|quant_map|quant_state\..*|weight_shape|weight_zero_point"
    r"|weight_scale(_inv|_2)?|input_scale|weight_g_idx|SCB|_scales|perm)$"
)
"""What quantisation puts beside the weights."""
PACKED = ("int32", "int8")
"""Formats that hold several quantised numbers in one."""


@dataclass(frozen=True, slots=True)
class TensorCount:
    """What the headers of all weights come to."""

    parameters: int
    bytes: int
    """As they are stored."""
    dtype: str | None
    """The format that most of them are stored in; None where there are none."""
    rows: int | None
    """Rows of the input embedding: ids that the model knows."""


def count(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> TensorCount:
    """Count trained parameters, tied embeddings once and packed ones as what they unpack to.

    Args:
        tensors: of all files, by name.
        config: of the checkpoint, for `tie_word_embeddings` and `quantization_config`.
    """
    bits = packed_bits(config.get("quantization_config"))
    seen: set[str] = set()
    parameters = stored = 0
    formats: Counter[str] = Counter()
    for name, tensor in tensors.items():
        if tensor.storage and tensor.storage in seen:
            continue
        seen.add(tensor.storage)
        if _repeats(name, tensors, config):
            continue
        stored += tensor.bytes
        if _untrained(name, tensor, quantised=bits is not None):
            continue
        packed = bits is not None and tensor.dtype in PACKED
        times = BITS[tensor.dtype] // bits if packed and bits else 1
        parameters += tensor.size * times
        formats[tensor.dtype] += tensor.bytes
    dtype = formats.most_common(1)[0][0] if formats else None
    embeddings = (t for name, t in tensors.items() if name.endswith(EMBEDDINGS) and t.shape)
    rows = next((tensor.shape[0] for tensor in embeddings), None)
    return TensorCount(parameters, stored, dtype, rows)


def packed_bits(quantised: Any) -> int | None:
    """Bits of a quantised weight; None where the checkpoint is not quantised."""
    if not isinstance(quantised, Mapping):
        return None
    method = str(quantised.get("quant_method", ""))
    named = quantised.get("bits", quantised.get("w_bit"))
    if isinstance(named, int):
        return named
    groups = quantised.get("config_groups")
    if isinstance(groups, Mapping):
        each: Any = next(iter(groups.values()), {})
        result = (each.get("weights") or {}).get("num_bits") if isinstance(each, Mapping) else None
        return result if isinstance(result, int) else 8
    four = quantised.get("load_in_4bit") or method in ("awq", "gptq", "mxfp4")
    return 4 if four else 8


def _repeats(name: str, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> bool:
    """Whether it is an output layer that is the input embedding once more."""
    if not config.get("tie_word_embeddings") or not name.endswith(HEADS):
        return False
    return any(
        other.endswith(EMBEDDINGS) and each.shape == tensors[name].shape
        for other, each in tensors.items()
    )


def _untrained(name: str, tensor: Tensor, quantised: bool) -> bool:
    mask = name.endswith(".bias") and len(tensor.shape) == 4  # causal masks of the GPT family
    beside = quantised and BESIDE.search(name) is not None
    return mask or tensor.dtype == "bool" or BUFFERS.search(name) is not None or beside
