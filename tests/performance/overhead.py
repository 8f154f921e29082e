"""What the harness itself costs: planning, and a request's way through it without a model."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from harness.contracts.pte import PTE, Slot
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from harness.plan.plan import make
from harness.plan.sweep import Sweep
from ptes.selection.self_consistency import SelfConsistency
from tests.performance.figure import figure
from tests.toys import ToyBenchmark, toy_model, toy_plan, toy_runner

CELLS = 100_000
REQUESTS = 20_000


@dataclass(frozen=True)
class Idle(PTE):
    """A PTE that stands in for one of ten."""

    number: int
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})


def plan_100k(folder: Path) -> bool:
    """Plan 1024 stacks on 98 models: legality, rehearsals, budget and ids of 100,352 cells."""
    ptes: dict[str, PTE] = {}
    for n in range(10):
        kind = type(f"Idle{n}", (Idle,), {"name": f"idle_{n}"})
        ptes[f"idle_{n}"] = kind(n)
    stacks = Sweep("factorial", list(ptes)).build(ptes)
    model = toy_model(folder / "weights")
    models = [replace(model, name=f"model_{n}") for n in range(CELLS // len(stacks) + 1)]
    _, request = toy_plan(folder, [[]], FakeConfig())
    request = replace(request, stacks=stacks, models=models)
    start = time.perf_counter()
    plan = make(request)
    total = plan.distinct
    seconds = time.perf_counter() - start
    assert len(plan.cells) >= CELLS
    assert total.calls > 0
    return figure("plan_100k", seconds, "s", "<= 10")


def short(request: CompletionRequest, prompt: str) -> str:
    """A short answer that depends on the draw."""
    return f" {request.tag.address['selection']}."


def overhead(folder: Path) -> bool:
    """Requests a second through plan, journal, ledger and records, the engine answering at once."""
    engine = FakeConfig(script=short, max_concurrency=1024)
    benchmark = ToyBenchmark(size=REQUESTS // 10)
    runner = toy_runner(folder, [[SelfConsistency(n=10)]], engine, benchmark)
    start = time.perf_counter()
    asyncio.run(runner.run())
    seconds = time.perf_counter() - start
    assert len(engine.asked) == REQUESTS
    return figure("overhead_requests_per_second", REQUESTS / seconds, "requests/s", ">= 10000")


def main() -> bool:
    """Print every figure; whether all bars are met."""
    met = []
    for measure in (plan_100k, overhead):
        with tempfile.TemporaryDirectory() as folder:
            met.append(measure(Path(folder)))
    return all(met)


if __name__ == "__main__":
    raise SystemExit(not main())
