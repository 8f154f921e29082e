"""Prices of stacks on toy benchmarks, for tests alone."""

from __future__ import annotations

from collections.abc import Sequence

from harness.contracts.benchmark import Benchmark
from harness.contracts.pte import PTE
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.price import Price
from harness.rehearsal.pricing import Pricer, RehearsalSettings
from harness.stack import Stack
from tests.toys import ToyBenchmark

FAILING, PASSING = Lengths(success=0.0), Lengths(success=1.0)
WINDOW = 100_000


def pricer(benchmark: Benchmark | None = None, window: int = WINDOW, problems: int = 3) -> Pricer:
    """What prices stacks on a benchmark."""
    toy = benchmark or ToyBenchmark()
    asked = [item.problem for item in toy.load().items]
    return Pricer(
        task=toy.task(),
        problems=asked,
        window=window,
        settings=RehearsalSettings(problems=problems),
    )


def price(
    ptes: Sequence[PTE], benchmark: Benchmark | None = None, lengths: Lengths = FAILING
) -> Price:
    """What a problem is expected to cost, here where nothing works unless it is said."""
    return pricer(benchmark).expected(Stack.of(ptes), False, lengths)


def worst(ptes: Sequence[PTE], benchmark: Benchmark | None = None) -> Price:
    """What a problem costs at worst."""
    return pricer(benchmark).worst(Stack.of(ptes), False)
