"""How vLLM is told to serve LoRA adapters beside their base model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.models.spec import Adapter


def lora_settings(
    adapters: tuple[Adapter, ...], slots: int, rank: int, device: str
) -> dict[str, Any]:
    """vLLM's engine arguments for serving these adapters; none without adapters.

    `slots` is how many may be active in one batch, `rank` the largest rank of any.
    """
    if not adapters:
        return {}
    slots = min(slots, len(adapters))
    if device == "cpu":
        # The CPU kernels (0.32) read the slot of a request without an adapter, -1, as the last
        # one: batched with an adapter's, base requests got the adapter's answers. One slot that
        # stays empty makes the last one add nothing.
        slots = len(adapters) + 1
    # Named modules alone are wrapped. Left to itself vLLM wraps the output layer as well, and there
    # the CPU kernels end the engine when a prompt is scored.
    named = [_modules(adapter) for adapter in adapters]
    modules = None if None in named else sorted({m for names in named for m in names or ()})
    return {
        "enable_lora": True,
        "max_loras": slots,
        "max_cpu_loras": max(slots, len(adapters)),
        "max_lora_rank": rank,
        "lora_target_modules": modules,
    }


def _modules(adapter: Adapter) -> list[str] | None:
    """Names of the layers that an adapter changes; None where it says so by a pattern."""
    config = json.loads((Path(adapter.path) / "adapter_config.json").read_text())
    modules = config["target_modules"]
    return list(modules) if isinstance(modules, list) else None
