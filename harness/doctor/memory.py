"""Whether the models that were named fit this machine, weights and one whole context."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psutil

from harness.doctor.contract import Asked, Check, Finding, fail, ok, skip, warn
from harness.engines.memory import (
    GIB,
    AvailableMemory,
    HoldsWeights,
    Need,
    Placement,
    here,
    need,
    shortage,
)
from harness.models.hub import offline
from harness.models.inspection import read_facts

LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory(asked: Asked) -> Finding:
    """The largest of the models against what there is, and against what is free now."""
    if not asked.named:
        return skip("no model was named", "'pte doctor MODEL' says whether it fits")
    engine = asked.engine
    if not isinstance(engine, HoldsWeights):
        return skip(f"engine={engine.name} loads no weights on this machine")
    placement, window = engine.placement(), int(asked.config.context_window)
    needs = [
        need(model, read_facts(model, ask=not offline()), placement, window)
        for model in asked.models
    ]
    known = [each for each in needs if each is not None]
    if len(known) < len(needs):
        unknown = [m.name for m, each in zip(asked.models, needs, strict=True) if each is None]
        return warn(
            f"the size of {', '.join(unknown)} is not known", "download it: hf download MODEL"
        )
    there = here(placement)
    there = there if there.gpu else replace(there, bytes=min(there.bytes, cgroup_limit()))
    largest = max(known, key=lambda each: each.weights + each.cache)
    what = _told(largest, placement, window, there)
    for each in sorted(known, key=lambda each: -each.weights):
        if reason := shortage([each], placement, there):
            return fail(reason, "")
    free = replace(there, bytes=_free(there))
    if shortage([largest], replace(placement, fraction=None), free):
        return warn(
            f"{what}; only {free.bytes / GIB:.3g} GiB are free now", "end what holds the memory"
        )
    return ok(what, weights_gib=largest.weights / GIB, cache_gib=largest.cache / GIB)


def _told(largest: Need, placement: Placement, window: int, there: AvailableMemory) -> str:
    count = there.devices or 0
    place = f"{count} GPU(s) of {there.bytes / GIB:.3g} GiB" if there.gpu else "this machine"
    place += "" if there.gpu else f" with {there.bytes / GIB:.3g} GiB"
    cache = f"{largest.cache / GIB:.3g} GiB of KV cache for one context of {window} tokens"
    if not largest.cache:
        cache = "a KV cache that is known once its config.json is here"
    return (
        f"{largest.name}: {largest.weights / GIB:.3g} GiB of weights in "
        f"{placement.quantisation or placement.dtype} and {cache}, into {place}"
    )


def _free(there: AvailableMemory) -> float:
    """Bytes that nobody holds, of each GPU or of the machine."""
    if there.gpu:
        import torch

        places = range(torch.cuda.device_count())
        return float(min(torch.cuda.mem_get_info(place)[0] for place in places))
    return min(float(psutil.virtual_memory().available), there.bytes)


def cgroup_limit(files: tuple[str, ...] = LIMITS) -> float:
    """Bytes that a container or a job may take; infinite where it may take all there is."""
    for file in files:
        try:
            said = Path(file).read_text().strip()
        except OSError:
            continue
        if said.isdigit():
            return float(said)
    return float("inf")


CHECKS = (Check("memory", memory, seconds=240),)
