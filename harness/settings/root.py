"""What may be set at the top level of the configuration; `configs/config.yaml` says what it does.

A new top-level setting is a field here and a line with its comment there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Literal

from annotated_types import Interval, Predicate

from harness.contracts.benchmark import Benchmark
from harness.contracts.pte import PTE
from harness.contracts.tracking import WandbConfig
from harness.engines.chat_template import DATE
from harness.models.spec import ModelSpec
from harness.plan.budget import BudgetCost
from harness.plan.decodings import GreedyArms
from harness.plan.sweep import Sweep
from harness.ranges import Count, Day, Probability, Seed, Share, Text, Tokens
from harness.sandbox.contract import Tier
from harness.settings.hardware import Hardware


def is_below(name: str) -> bool:
    """the name of a folder below `runs`"""
    parts = PurePath(name).parts
    return bool(name.strip()) and bool(parts) and not {"..", "/"} & set(parts)


@dataclass(frozen=True)
class Root:
    """Settings that stand at the top by themselves."""

    data: Text | None
    limit: Count | None
    replicates: Annotated[int, Interval(ge=1, le=10_000)]
    seed: Seed
    context_window: Count
    greedy: GreedyArms
    runs: Text
    journal: Text
    name: Annotated[str, Predicate(is_below)] | None
    date: Day = DATE
    readout: Literal["auto", "cued", "free"] = "cued"
    thinking: bool | None = None
    thinking_tokens: Tokens = 4096
    forced_completion: bool = False
    system_prompt: Text | None = None


@dataclass(frozen=True)
class SandboxBlock:
    """Settings of the block `sandbox`."""

    tier: Tier | None
    workers: Annotated[int, Interval(ge=1, le=4096)] | None


@dataclass(frozen=True)
class BudgetBlock:
    """Settings of the group `budget`."""

    multiplier: Annotated[float, Interval(ge=1)] | None
    cost: BudgetCost
    keep_full: bool
    paper: bool = False


@dataclass(frozen=True)
class RehearsalBlock:
    """Settings of the block `rehearsal`."""

    length: Share = 0.35
    success: Probability = 0.3
    problems: Annotated[int, Interval(ge=1, le=1000)] = 3
    observation: Tokens = 100


BLOCKS: Mapping[str, type] = {
    "sandbox": SandboxBlock,
    "budget": BudgetBlock,
    "hardware": Hardware,
    "rehearsal": RehearsalBlock,
}
"""Blocks of plain settings."""
MANY: Mapping[str, type] = {"model": ModelSpec, "benchmark": Benchmark, "pte": PTE}
"""Groups of which a sweep has several, each under its name."""
ONE: Mapping[str, type | None] = {
    "engine": None,
    "sweep": Sweep,
    "cluster": None,
    "tracking": WandbConfig,
}
"""Groups of which one is chosen, and the class where there is but one."""
SAMPLING = "sampling"
"""The block of sampling by role."""
