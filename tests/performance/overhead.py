"""What the harness itself costs: planning, and a request's way through it without a model."""

from __future__ import annotations

import asyncio
import tempfile
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
from tests.performance.reference import asked_plainly, cpu_seconds, described_plainly
from tests.toys import ToyBenchmark, toy_model, toy_plan, toy_runner

CELLS = 100_000
REQUESTS = 20_000
FLIGHTS = 1024
ROUNDS = 3


@dataclass(frozen=True)
class Idle(PTE):
    """A PTE that stands in for one of ten."""

    number: int
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})


def plan_100k(folder: Path) -> bool:
    """Plan 1024 stacks on 98 models (legality, rehearsals, budget and ids of 100,352 cells), over
    describing and hashing as many."""
    ptes: dict[str, PTE] = {}
    for n in range(10):
        kind = type(f"Idle{n}", (Idle,), {"name": f"idle_{n}"})
        ptes[f"idle_{n}"] = kind(n)
    stacks = Sweep("factorial", list(ptes)).build(ptes)
    model = toy_model(folder / "weights")
    models = [replace(model, name=f"model_{n}") for n in range(CELLS // len(stacks) + 1)]
    _, request = toy_plan(folder, [[]], FakeConfig())
    request = replace(request, stacks=stacks, models=models)
    calls = []

    def planned() -> None:
        plan = make(request)
        calls.append((len(plan.cells), plan.distinct.calls))

    ours = cpu_seconds(planned)
    ((cells, asked),) = calls
    assert cells >= CELLS
    assert asked > 0
    plain = cpu_seconds(lambda: described_plainly(cells))
    print(f"  (CPU seconds: {ours:.2f}, and {plain:.2f} without the harness)")
    return figure("plan_100k_over_plain", ours / plain, "x", "<= 25")


def short(request: CompletionRequest, prompt: str) -> str:
    """A short answer that depends on the draw."""
    return f" {request.tag.address['selection']}."


def overhead(folder: Path) -> bool:
    """Requests through plan, journal, ledger and records, the engine answering at once, over a bare
    loop that asks as many, writes each down and keeps a table."""
    ours = plain = 0.0
    for number in range(ROUNDS):
        engine = FakeConfig(script=short, max_concurrency=FLIGHTS)
        place = folder / str(number)
        place.mkdir()
        benchmark = ToyBenchmark(size=REQUESTS // 10)
        runner = toy_runner(place, [[SelfConsistency(n=10)]], engine, benchmark)
        ours += cpu_seconds(lambda run=runner.run: asyncio.run(run()))  # type: ignore[misc]
        assert len(engine.asked) == REQUESTS
        bare = asked_plainly(place, REQUESTS, FLIGHTS)
        plain += cpu_seconds(lambda work=bare: asyncio.run(work))  # type: ignore[misc]
    each = 1e6 / (ROUNDS * REQUESTS)
    print(f"  (CPU a request: {each * ours:.0f} us, and {each * plain:.0f} without the harness)")
    return figure("overhead_over_plain", ours / plain, "x", "<= 7")


def main() -> bool:
    """Print every figure; whether all bars are met."""
    met = []
    for measure in (plan_100k, overhead):
        with tempfile.TemporaryDirectory() as folder:
            met.append(measure(Path(folder)))
    return all(met)


if __name__ == "__main__":
    raise SystemExit(not main())
