"""Every class of ours that takes part in identity, by the kind that tables know it under."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from types import ModuleType
from typing import Any

import benchmarks
import ptes
from harness.contracts.benchmark import Benchmark, FreeReply, Task
from harness.contracts.passage import Corpus, Passage
from harness.contracts.problem import Exemplar
from harness.contracts.pte import PTE
from harness.contracts.recipe import Collect, Fit, Keep
from harness.engines.fake import FakeConfig
from harness.engines.protocol import Identity, Sampling
from harness.engines.replay import ReplayConfig
from harness.engines.server.config import ServerConfig
from harness.engines.transformers import TransformersConfig
from harness.engines.vllm.config import VllmConfig
from harness.identity.describe import KIND
from harness.models.reward_head import RewardHead
from harness.models.spec import Adapter, ModelSpec, SiblingCheckpoint, TrainingCompute
from harness.plan.cell import Setting
from harness.plan.shard import Shard
from harness.run.work_unit import WorkUnit

SHARED: tuple[type, ...] = (
    *(Task, FreeReply, Exemplar, Passage, Corpus),
    *(ModelSpec, TrainingCompute, SiblingCheckpoint, Adapter, RewardHead),
    *(Sampling, Identity, Setting, Shard, WorkUnit),
    *(Collect, Keep, Fit),
)
"""Those that carry their kind (`described_as`)."""
ENGINES = (VllmConfig, TransformersConfig, ServerConfig, ReplayConfig, FakeConfig)


def kinds() -> dict[str, type]:
    """All of them by kind."""
    results = {vars(cls)[KIND]: cls for cls in SHARED}
    results |= {f"engine.{_default(cls, 'name')}": cls for cls in ENGINES}
    results |= {f"pte.{cls.name}": cls for cls in _made(ptes, PTE)}
    for cls in _made(benchmarks, Benchmark):
        results[getattr(cls, KIND, f"benchmark.{_default(cls, 'name')}")] = cls
    return results


def _made(package: ModuleType, base: type) -> Iterator[Any]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    for cls in _below(base):
        # A table of a user's own is named by its settings; its class says of what kind it is.
        named = hasattr(cls, KIND) or _default(cls, "name") not in (None, MISSING)
        ours = cls.__module__.startswith(f"{package.__name__}.")
        if ours and named and not getattr(cls, "__abstractmethods__", None):
            yield cls


def _below(cls: type) -> Iterator[Any]:
    below: list[type] = cls.__subclasses__()
    for each in below:
        if is_dataclass(each):
            yield each
        yield from _below(each)


def _default(cls: type, name: str) -> Any:
    return next((f.default for f in fields(cls) if f.name == name), getattr(cls, name, None))
