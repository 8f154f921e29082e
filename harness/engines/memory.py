"""Whether models fit the memory that they are to lie in, asked before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import psutil

from harness.models.architecture import Architecture
from harness.models.facts import Facts
from harness.models.spec import ModelSpec

GIB = float(2**30)
BYTES = {"float64": 8.0, "float32": 4.0, "bfloat16": 2.0, "float16": 2.0}
EIGHT_BITS = ("fp8", "int8")
"""Words in the names of methods that take a byte a parameter."""
FOUR_BITS = 0.56
"""Bytes a parameter with four bits and scales, which other methods take at least."""
DEFAULT = 2.0
WORKSPACE = 1.0 * GIB
"""What a loaded engine needs on each GPU besides weights and KV cache, at least."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How an engine lays one model into memory."""

    dtype: str
    quantisation: str | None = None
    devices: int = 1
    """GPUs that one copy is spread over."""
    fraction: float | None = None
    """Share of each GPU that one loaded model takes, whatever its size; None: what it needs."""
    cache: float | None = None
    """Bytes of KV cache set aside where there is no GPU; None where it grows as it is needed."""
    on_cpu: bool = False
    """Whether it takes no GPU even where there is one."""
    lora_rank: int | None = None
    """The largest rank that an adapter may have; None where that is no matter."""


@runtime_checkable
class HoldsWeights(Protocol):
    """Settings of an engine that loads weights itself, rather than asking a server that has."""

    def placement(self) -> Placement: ...


@dataclass(frozen=True, slots=True)
class AvailableMemory:
    """What there is to fit into."""

    name: str
    """As a message calls it: `an A100`, `this machine`."""
    bytes: float
    """Of one GPU, or of the machine where `gpu` is false."""
    gpu: bool
    devices: int | None = None
    """How many GPUs there are; None where nobody has said."""


@dataclass(frozen=True, slots=True)
class Need:
    """What one loaded model takes, in bytes."""

    name: str
    weights: float
    cache: float
    """KV cache of one context as long as the sweep's window: with less nothing can be asked."""


def need(spec: ModelSpec, facts: Facts | None, placement: Placement, window: int) -> Need | None:
    """What a model takes as the engine places it; None where its size is not known.

    Args:
        spec: the model, whose declared size counts where its files say none.
        facts: of its checkpoint, as far as they are known.
        placement: of the engine.
        window: the sweep's, in tokens.
    """
    parameters = facts.parameters if facts and facts.parameters else spec.parameters
    if parameters is None:
        return None
    architecture = facts.architecture if facts else Architecture.of({})
    stored = facts.dtype if facts else None
    dtype = stored if placement.dtype == "auto" and stored else placement.dtype
    number = BYTES.get(dtype, DEFAULT)
    if facts and facts.bytes and architecture.quantisation:
        weights = float(facts.bytes)
    else:
        weights = parameters * _each(placement.quantisation, number)
    cached = (architecture.cached_numbers or 0) * number * window
    return Need(spec.name, weights, cached)


def _each(quantisation: str | None, number: float) -> float:
    """Bytes a parameter takes."""
    if quantisation is None:
        return number
    return 1.0 if any(word in quantisation for word in EIGHT_BITS) else FOUR_BITS


def shortage(needs: Sequence[Need], placement: Placement, memory: AvailableMemory) -> str | None:
    """Why these models, loaded at the same time, do not fit; None where they do."""
    if memory.gpu and not placement.on_cpu:
        return _on_gpus(needs, placement, memory)
    return _in_machine(needs, placement, memory)


def _on_gpus(needs: Sequence[Need], placement: Placement, memory: AvailableMemory) -> str | None:
    spread = placement.devices
    if memory.devices is not None and spread > memory.devices:
        return (
            f"engine.tensor_parallel_size is {spread}, and {memory.name} has {memory.devices} "
            f"GPU(s): set engine.tensor_parallel_size={memory.devices}"
        )
    fraction = placement.fraction
    if fraction is None:
        sizes = [(each.weights + each.cache) / spread + WORKSPACE for each in needs]
        return None if sum(sizes) <= memory.bytes else _too_large(needs, placement, memory)
    if len(needs) > 1 and len(needs) * fraction > 1.0:
        names = ", ".join(each.name for each in needs)
        return (
            f"{names} are loaded on the same GPU, each with engine.gpu_memory_fraction="
            f"{fraction:g} of it: set engine.gpu_memory_fraction="
            f"{int(100 / len(needs) - 3) / 100:g} or less"
        )
    have = memory.bytes * fraction
    for each in needs:
        needed = (each.weights + each.cache) / spread + WORKSPACE
        if needed > have:
            return (
                f"{each.name} needs {_gib(each.weights)} for its weights in {_format(placement)}"
                f"{_and_cache(each)}: {_gib(needed)} on each of {spread} GPU(s), and "
                f"{_gib(have)} of {memory.name} may be taken ({fraction:g} of "
                f"{_gib(memory.bytes)}, engine.gpu_memory_fraction). Raise "
                f"engine.tensor_parallel_size (to {_enough(each, have)} or more), set "
                "engine.quantisation, or take a smaller model"
            )
    return None


def _in_machine(needs: Sequence[Need], placement: Placement, memory: AvailableMemory) -> str | None:
    for each in needs:
        if placement.cache is not None and each.cache > placement.cache:
            return (
                f"{each.name} needs {_gib(each.cache)} of KV cache for one context as long as "
                f"context_window, and engine.cpu_cache_gib is {placement.cache / GIB:g}: raise it, "
                "or lower context_window"
            )
    needed = sum(each.weights for each in needs) + _caches(needs, placement)
    return None if needed <= memory.bytes else _too_large(needs, placement, memory)


def _caches(needs: Sequence[Need], placement: Placement) -> float:
    """Bytes of KV cache of models that are loaded together, where they share one memory."""
    if placement.cache is None:
        return sum(each.cache for each in needs)
    return len(needs) * placement.cache


def _too_large(needs: Sequence[Need], placement: Placement, memory: AvailableMemory) -> str:
    names = " and ".join(each.name for each in needs)
    verb = "needs" if len(needs) == 1 else "together need"
    weights = sum(each.weights for each in needs)
    return (
        f"{names} {verb} {_gib(weights)} for weights in {_format(placement)} and "
        f"{_gib(_caches(needs, placement))} of KV cache, and {memory.name} has "
        f"{_gib(memory.bytes)} of memory: "
        "take a smaller model, a machine with more memory, or with engine=vllm GPUs "
        "(engine.tensor_parallel_size) or engine.quantisation"
    )


def _format(placement: Placement) -> str:
    return placement.quantisation or placement.dtype


def _and_cache(each: Need) -> str:
    return f" and {_gib(each.cache)} of KV cache for one context" if each.cache else ""


def _enough(each: Need, have: float) -> int | str:
    """The smallest power of two of GPUs that would do, of each of which so much may be taken."""
    room = have - WORKSPACE
    counts = (2**power for power in range(1, 13))
    fits = (count for count in counts if (each.weights + each.cache) / count <= room)
    return next(fits, "more than there are")


def _gib(size: float) -> str:
    return f"{size / GIB:.3g} GiB" if size < 1000 * GIB else f"{size / GIB:.0f} GiB"


def here(placement: Placement) -> AvailableMemory:
    """The memory of this machine that an engine would load models into."""
    machine = float(psutil.virtual_memory().total)
    if placement.on_cpu:
        return AvailableMemory("this machine", machine, gpu=False)
    try:
        import torch
    except ModuleNotFoundError:
        return AvailableMemory("this machine", machine, gpu=False)
    if not torch.cuda.is_available():
        return AvailableMemory("this machine (no GPU found)", machine, gpu=False)
    count = torch.cuda.device_count()
    sizes = [torch.cuda.get_device_properties(place).total_memory for place in range(count)]
    return AvailableMemory("this machine", float(min(sizes)), gpu=True, devices=count)


def planned(name: str, memory_gib: float | None) -> AvailableMemory:
    """The memory of the hardware that a plan is made for.

    Args:
        name: of the hardware.
        memory_gib: of one GPU; None for a machine without, which is taken to be this one.
    """
    if memory_gib is None:
        return AvailableMemory("this machine", float(psutil.virtual_memory().total), gpu=False)
    return AvailableMemory(f"one {name}", memory_gib * GIB, gpu=True)
