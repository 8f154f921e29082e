"""Putting other weights of the same architecture into a running vLLM engine.

Loading an engine takes half a minute and more, most of it spent on what does not depend on the
weights. A ladder of checkpoints of one run, or of one size, pays that once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EXTENSION = f"{__name__}.WeightSwap"
"""What vLLM is told to add to its workers."""
NAMES = ("_name_or_path", "name_or_path", "transformers_version")
"""Entries of a model's config that say nothing of its architecture."""


BESIDE = ("tokenizer.json", "tokenizer_config.json", "generation_config.json")
"""Files that vLLM reads once, when an engine is loaded."""


def same_architecture(one: Path, other: Path) -> bool:
    """Whether two checkpoints differ in nothing but the numbers in their weights."""
    if _architecture(one) != _architecture(other):
        return False
    return all(_content(one / name) == _content(other / name) for name in BESIDE)


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


def _architecture(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return {name: value for name, value in config.items() if name not in NAMES}


class WeightSwap:
    """Mixed into vLLM's worker, which brings `reload_weights` and `model_runner`."""

    reload_weights: Any
    model_runner: Any

    def swap_weights(self, folder: str) -> None:
        """Serve the checkpoint in `folder` from now on; the caller empties the prefix cache."""
        from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead

        self.reload_weights(weights_path=folder)
        # An output layer that shares the embedding's matrix has no weights of its own to load, so
        # reloading (0.32) leaves it with the kernel that was packed from the old ones.
        for module in self.model_runner.get_model().modules():
            if isinstance(module, ParallelLMHead):
                module.quant_method.process_weights_after_loading(module)
