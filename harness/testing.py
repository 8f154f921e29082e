"""Trying a stack in a test of one's own: no model, no configuration, and everything to look at.

tried = tried_on(PocketArithmetic(limit=3), [Polite()], lambda request, prompt: " 7.")
assert all("Please." in prompt for prompt in tried.prompts["solve"])
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.contracts.benchmark import Benchmark
from harness.contracts.prompt import SOLVE
from harness.contracts.pte import PTE
from harness.contracts.sampling import Sampling
from harness.engines.fake import Script
from harness.engines.protocol import FAKE, CompletionRequest
from harness.engines.weightless.config import ChunkTokenizer, WeightlessConfig
from harness.engines.weightless.replies import plausible_reply
from harness.errors import UserError
from harness.journal import Journal
from harness.models.spec import ModelSpec, TrainingCompute
from harness.plan.cell import Setting
from harness.plan.plan import make
from harness.plan.request import LoadedBenchmark, Request
from harness.records.store import read_table
from harness.run.runner import Runner
from harness.run.tracker import Tracker
from harness.stack import Stack

NOBODY = ModelSpec(
    name="nobody",
    weights="none",
    family="none",
    stage="base",
    parameters=1e6,
    training_tokens=None,
    training=TrainingCompute(6e12, "none", valid_for_ceg=False),
    context_window=100_000,
)
"""A model that is only ever named."""


@dataclass(frozen=True)
class Tried:
    """What a stack did on a few problems."""

    rows: tuple[dict[str, Any], ...]
    """A row an attempt, with the columns of the records (`harness.records.schema`)."""
    prompts: Mapping[str, Sequence[str]]
    """By role, the prompts that were completed, in the order in which they were asked."""


def tried_on(
    benchmark: Benchmark,
    ptes: Sequence[PTE],
    says: Script = plausible_reply,
    sampling: Mapping[str, Sampling] | None = None,
) -> Tried:
    """Run one stack on a benchmark's problems with an engine without weights.

    Args:
        benchmark: with a `limit`, as every problem is run.
        ptes: the stack, in any order; none is the base.
        says: `(request, prompt) -> text`, in place of a model; `request.tag` has role and problem.
        sampling: by role, in place of what the PTEs declare.

    Raises:
        UserError: the stack is refused there; the message is the reason.
    """
    declared = {role: each for pte in ptes for role, each in pte.role_sampling.items()}
    setting = Setting(FAKE, {SOLVE: Sampling(), **declared, **(sampling or {})}, 100_000, 0)
    engine = WeightlessConfig(script=says)
    loaded = {benchmark.name: LoadedBenchmark(benchmark, benchmark.task(), benchmark.load())}
    plan = make(
        Request([NOBODY], loaded, [Stack.of(ptes)], engine, setting, greedy="none", budget=None)
    )
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(
            plan=plan,
            benchmarks=loaded,
            engine=engine,
            folder=Path(folder),
            journal=Journal.open(Path(folder) / "journal"),
            tracker=Tracker(plan.cells, Path(folder), "main"),
        )
        asyncio.run(runner.run())
        records = Path(folder) / "records"
        rows = tuple(read_table(sorted(records.glob("*.parquet")), [records]).to_pylist())
    for row in rows:
        if row["cell_error"] is not None or row["status"] == "error":
            raise UserError(f"{row['problem']}: {row['cell_error'] or row['error']}")
    return Tried(rows, _prompts(engine))


def _prompts(engine: WeightlessConfig) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    decode = ChunkTokenizer().decode
    for request in engine.asked:
        if isinstance(request, CompletionRequest):
            result.setdefault(request.tag.role, []).append(decode(request.ids))
    return result
