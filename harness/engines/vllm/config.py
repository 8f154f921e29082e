"""Settings of the vLLM engine, one path for GPU and CPU."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, Literal

from annotated_types import Interval

from harness.contracts.pte import Capabilities
from harness.engines.adapters import lora_settings
from harness.engines.devices import shared_out, visible_gpus
from harness.engines.formats import Dtype, Quantisation
from harness.engines.memory import GIB, Placement
from harness.engines.protocol import Engine, Identity, LoadRequest
from harness.engines.remote_code import load_format
from harness.engines.vllm.engine import VllmEngine, device
from harness.engines.vllm.replicated import replicated
from harness.engines.vllm.reward import VllmRewardEngine
from harness.engines.weight_swap import EXTENSION
from harness.errors import require
from harness.models.spec import ModelSpec
from harness.ranges import Count, Gpus, Parallel, Share

_log = logging.getLogger(__name__)
CPU_BLOCK = 32
"""The smallest block that vLLM's CPU attention takes."""
SMALL_MACHINE = 4
"""Cores up to which the CPU engine computes on all of them."""


@dataclass(frozen=True)
class VllmConfig:
    """Settings of the vLLM engine; see `configs/engine/vllm.yaml` for what each does."""

    dtype: Dtype = "bfloat16"
    quantisation: Quantisation | None = None
    tensor_parallel_size: Gpus = 1
    replicas: Gpus | Literal["auto"] = "auto"
    """Copies of the model, each on `tensor_parallel_size` GPUs of this machine. "auto": as many as
    there are GPUs for; one where there is no GPU, and where adapters are served."""
    max_num_seqs: Parallel = 128
    gpu_memory_fraction: Share = 0.9
    cpu_cache_gib: Count = 4
    """Size of the KV cache where there is no GPU, in GiB."""
    lora_slots: Parallel = 4
    """How many adapters may be active in one batch."""
    lora_rank: Annotated[int, Interval(ge=1, le=512)] = 64
    """The largest rank an adapter may have."""
    enforce_eager: bool | None = None
    """Skip graph capture and compilation: starts faster, runs slower on a GPU. None: on a CPU."""
    block_size: Annotated[int, Interval(ge=1, le=4096)] | None = None
    """Tokens in a block of the prefix cache, the unit in which prompts share. None: vLLM's own on
    a GPU (16), and 32 on a CPU, where vLLM's own 128 leaves short prompts nothing to share."""
    score_concurrency: Parallel = 8
    """Scores in flight: their memory is outside vLLM's own accounting."""
    name: str = field(default="vllm", init=False)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(score=True, adapters=True, reward=True)

    @property
    def max_concurrency(self) -> int:
        return self.max_num_seqs * len(self._groups())

    def identity(self, weights: str, adapter: str) -> Identity:
        quantisation = self.quantisation or "none"
        return Identity(
            weights=weights,
            adapter=adapter,
            dtype=self.dtype,
            quantisation=quantisation,
            engine=self.name,
            version=installed(),
        )

    def settings(self) -> Mapping[str, Any]:
        return {
            "max_num_seqs": self.max_num_seqs,
            "tensor_parallel_size": self.tensor_parallel_size,
            "replicas": len(self._groups()),
            "enforce_eager": self.enforce_eager,
            "batch_invariant": os.environ.get("VLLM_BATCH_INVARIANT", "0"),
        }

    def check(self, models: Sequence[ModelSpec], window: int) -> str | None:
        require("vllm", "vllm")
        devices, each = visible_gpus(), self.tensor_parallel_size
        if self.replicas != "auto" and devices and self.replicas * each > len(devices):
            return (
                f"engine.replicas is {self.replicas}, of {each} GPUs each, and this process sees "
                f"{len(devices)} GPUs: give {len(devices) // each or 1}, or auto"
            )
        return None

    def _groups(self) -> tuple[tuple[str, ...], ...]:
        """The GPUs of each copy; one empty group for a copy in this process."""
        groups = shared_out(visible_gpus(), self.tensor_parallel_size)
        if self.replicas == "auto":
            return groups or ((),)
        return groups[: self.replicas] or ((),) * self.replicas

    def placement(self) -> Placement:
        return Placement(
            dtype=self.dtype,
            quantisation=self.quantisation,
            devices=self.tensor_parallel_size,
            fraction=self.gpu_memory_fraction,
            cache=float(os.environ.get("VLLM_CPU_KVCACHE_SPACE", self.cpu_cache_gib)) * GIB,
            lora_rank=self.lora_rank,
        )

    def check_stacks(self, stacks: tuple[frozenset[str], ...]) -> str | None:
        return None

    async def load(self, request: LoadRequest) -> Engine:
        # Read when vLLM is imported: what it prints, and that it phones nobody.
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
        os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(self.cpu_cache_gib))
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", cores())
        require("vllm", "vllm")
        arguments, groups = self._arguments(request), self._groups()
        if request.model.reward is not None and len(groups) == 1:
            return VllmRewardEngine(request, arguments)
        if len(groups) == 1:
            return VllmEngine(request, arguments, self.score_concurrency)
        if request.adapters:
            _log.warning("adapters are served by one copy of %s alone", request.model.name)
            return VllmEngine(request, arguments, self.score_concurrency)
        return await replicated(self, request, arguments, groups)

    def _arguments(self, request: LoadRequest) -> Mapping[str, Any]:
        """What vLLM is told when it loads a model."""
        on_cpu = device() == "cpu"
        return {
            "model": request.model.weights,
            "load_format": load_format(request.model),
            "trust_remote_code": request.model.remote_code,
            "dtype": self.dtype,
            "quantization": self.quantisation,
            "tensor_parallel_size": self.tensor_parallel_size,
            "max_num_seqs": self.max_num_seqs,
            "max_model_len": request.context_window,
            "gpu_memory_utilization": self.gpu_memory_fraction,
            "enforce_eager": on_cpu if self.enforce_eager is None else self.enforce_eager,
            "enable_prefix_caching": True,
            # Unseeded requests draw from the engine's own stream, which would start anew, and
            # say the same again, each time an engine is loaded.
            "seed": secrets.randbelow(2**31),
            "block_size": CPU_BLOCK if self.block_size is None and on_cpu else self.block_size,
            "disable_log_stats": True,
            "use_tqdm_on_load": False,  # the run's own status says what is loading
            "worker_extension_cls": EXTENSION,
            **lora_settings(request.adapters, self.lora_slots, self.lora_rank, device()),
        }


def installed() -> str:
    """Version of vLLM, whichever build of it is installed, found without importing it."""
    for package in ("vllm", "vllm-cpu"):
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return "absent"


def cores() -> str:
    """Cores to which the CPU engine binds its threads, as vLLM's setting wants them.

    By itself it leaves a core to its scheduler, which on a small machine is a large part of it:
    two cores bound were 1.7 times as fast as one.
    """
    all_cores = sorted(os.sched_getaffinity(0))
    return ",".join(map(str, all_cores)) if len(all_cores) <= SMALL_MACHINE else "auto"
