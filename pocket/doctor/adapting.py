"""A LoRA adapter of random numbers for a pocket model, and the same change put into the weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from harness.errors import require
from harness.models.spec import Adapter
from pocket.ladder import RECIPES, shipped
from pocket.recipe import HEAD

RANK, ALPHA = 8, 16
SIZE = 0.15
"""Standard deviation of its numbers: enough to change what the model says."""
LAYERS = ("q_proj", "v_proj")
WEIGHTS = "model.safetensors"


def random_adapter(folder: Path) -> Adapter:
    """Write the adapter into an empty folder."""
    torch = require("torch", "transformers")
    files = require("safetensors.torch", "transformers")
    generator = torch.Generator().manual_seed(0)
    recipe, tensors = RECIPES[0], {}
    for layer in range(recipe.layers):
        for name in LAYERS:
            stem = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            for part, shape in (
                ("A", (RANK, recipe.width)),
                ("B", (recipe.heads * HEAD, RANK)),
            ):
                numbers = SIZE * torch.randn(*shape, generator=generator)
                tensors[f"{stem}.lora_{part}.weight"] = numbers
    files.save_file(tensors, folder / "adapter_model.safetensors")
    config: dict[str, Any] = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": RANK,
        "lora_alpha": ALPHA,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": list(LAYERS),
        "base_model_name_or_path": "pocket",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return Adapter("doctor", str(folder))


def merged(adapter: Adapter, name: str, folder: Path) -> str:
    """The checkpoint `name` with the adapter added to its weights, in 32-bit numbers, so that they
    are as exact as the adapter beside them; the folder it is in."""
    files = require("safetensors.torch", "transformers")
    shutil.copytree(shipped() / name, folder)
    change = files.load_file(Path(adapter.path) / "adapter_model.safetensors")
    stored = files.load_file(folder / WEIGHTS)
    weights = {name: tensor.float() for name, tensor in stored.items()}
    for key in [key for key in change if key.endswith("lora_A.weight")]:
        stem = key.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
        up = change[key.replace("lora_A", "lora_B")]
        target = weights[f"{stem}.weight"]
        weights[f"{stem}.weight"] = target + (ALPHA / RANK) * (up @ change[key]).to(target.dtype)
    files.save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    return str(folder)
