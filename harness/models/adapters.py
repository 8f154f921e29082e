"""What an adapter's own files say, before it is loaded beside its base model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from harness.models.spec import Adapter
from harness.models.tensors import HeaderError, tensors_of

WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")


def adapter_faults(adapter: Adapter, largest: int | None) -> Iterator[str]:
    """Why an adapter could not be served.

    Args:
        adapter: with its folder.
        largest: the largest rank that the engine takes (`engine.lora_rank`); None for any.
    """
    folder = Path(adapter.path)
    try:
        config = json.loads((folder / "adapter_config.json").read_text())
    except (OSError, ValueError) as error:
        yield f"{folder}/adapter_config.json cannot be read ({error})"
        return
    kind = config.get("peft_type", "LORA")
    if kind != "LORA":
        yield f"{folder} is an adapter of kind {kind}, and engines here serve LORA alone"
    rank = config.get("r")
    if largest is not None and isinstance(rank, int) and rank > largest:
        yield f"{folder} is of rank {rank}, and engine.lora_rank is {largest}: set it to {rank}"
    weights = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if weights is None:
        yield f"{folder} has no weights ({' or '.join(WEIGHTS)})"
        return
    try:
        tensors_of(weights)
    except HeaderError as error:
        yield f"{weights}: {error}"
