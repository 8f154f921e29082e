"""Checkpoints of a few hundred bytes with the files of real ones: ours, for tests alone."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.models.tensors import BITS, SAFETENSORS, Tensor

NAMES = {ours: theirs for theirs, ours in reversed(SAFETENSORS.items())}
CONFIG: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 4,
    "max_position_embeddings": 64,
    "vocab_size": 10,
    "tie_word_embeddings": True,
    "torch_dtype": "float32",
}
TENSORS = {
    "model.embed_tokens.weight": (10, 8),
    "model.layers.0.self_attn.q_proj.weight": (8, 8),
    "model.layers.0.mlp.up_proj.weight": (16, 8),
    "model.norm.weight": (8,),
}
PARAMETERS = 80 + 64 + 128 + 8
TOKENIZER = {"model": {"vocab": {str(n): n for n in range(9)}}, "added_tokens": [{"id": 9}]}


def tensors(dtype: str = "float32", **more: tuple[int, ...]) -> dict[str, Tensor]:
    """The tensors of the tiny model, and further ones."""
    return {name: Tensor(dtype, shape) for name, shape in {**TENSORS, **more}.items()}


def write_safetensors(path: Path, content: Mapping[str, Tensor]) -> None:
    """A safetensors file of zeros."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in content.items():
        start, end = end, end + tensor.size * BITS[tensor.dtype] // 8
        header[name] = {
            "dtype": NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(end))


def checkpoint(
    folder: Path,
    dtype: str = "float32",
    template: str | None = None,
    tokenizer: Mapping[str, Any] = TOKENIZER,
    **config: Any,
) -> Path:
    """A whole checkpoint in `folder`, with changes of its config; a value of None takes one out."""
    folder.mkdir(parents=True, exist_ok=True)
    merged = {key: value for key, value in {**CONFIG, **config}.items() if value is not None}
    (folder / "config.json").write_text(json.dumps(merged))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text("{}")
    if template is not None:
        (folder / "chat_template.jinja").write_text(template)
    write_safetensors(folder / "model.safetensors", tensors(dtype))
    return folder


def sharded(folder: Path, shards: int = 2) -> Path:
    """The same with its weights cut into shards and an index."""
    checkpoint(folder)
    (folder / "model.safetensors").unlink()
    places: dict[str, str] = {}
    content = tensors()
    for number in range(shards):
        name = f"model-{number + 1:05}-of-{shards:05}.safetensors"
        part = {key: each for n, (key, each) in enumerate(content.items()) if n % shards == number}
        write_safetensors(folder / name, part)
        places |= dict.fromkeys(part, name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    return folder
