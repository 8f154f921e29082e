"""The prices of a plan: each stack rehearsed once a benchmark, whatever models answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from harness.contracts.benchmark import Dataset, Task
from harness.contracts.pte import Slot
from harness.models.spec import ModelSpec
from harness.plan.budget import Times
from harness.plan.cell import rates
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.price import Price
from harness.rehearsal.pricing import Pricer, Settings
from harness.rehearsal.stand_ins import Corpora
from harness.rehearsal.watch import Loop
from harness.stack import Stack

BASE = Stack(())
ROUND = 256
"""Tokens by which a longer context window is suggested."""


class Read(Protocol):
    """A benchmark with what has been read of it."""

    @property
    def task(self) -> Task: ...

    @property
    def dataset(self) -> Dataset: ...


@dataclass(frozen=True)
class Priced:
    """A stack's prices with one model on one benchmark."""

    expected: Price
    worst: Price
    multiplier: float
    """Expected FLOP over the base's."""
    window: str | None
    """That the context window may be too short, and what to change."""


class PriceList:
    """Prices of stacks by benchmark; to be closed."""

    def __init__(self, benchmarks: Mapping[str, Read], window: int, settings: Settings) -> None:
        self._loop, corpora = Loop(), Corpora()
        self._pricers = {
            name: Pricer(
                read.task,
                [item.problem for item in read.dataset.items],
                window,
                settings,
                self._loop,
                corpora,
            )
            for name, read in benchmarks.items()
        }

    def __enter__(self) -> PriceList:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.close()

    def times(self, benchmark: str, model: ModelSpec, lengths: Lengths) -> Times:
        """Multiples of the base's expected FLOP, with one model on one benchmark."""
        pricer = self._pricers[benchmark]

        def flop(stack: Stack) -> float:
            speaker = speaker_of(stack, model)
            price = pricer.expected(stack, speaker.chat, lengths)
            return price.flop(speaker.flop_per_token, rates(stack))

        return lambda stack: flop(stack) / flop(BASE)

    def of(
        self, benchmark: str, stack: Stack, model: ModelSpec, lengths: Lengths, window: int
    ) -> Priced:
        """Everything that a cell says of its cost."""
        pricer, speaker = self._pricers[benchmark], speaker_of(stack, model)
        expected = pricer.expected(stack, speaker.chat, lengths)
        worst = pricer.worst(stack, speaker.chat)
        times = self.times(benchmark, model, lengths)(stack)
        return Priced(expected, worst, times, _window(worst.longest, window, model))


def speaker_of(stack: Stack, model: ModelSpec) -> ModelSpec:
    """What answers: the rung after the stack's weights PTEs."""
    for pte in stack.filling(Slot.WEIGHTS):
        model = pte.weights(model)
    return model


def _window(longest: int, window: int, model: ModelSpec) -> str | None:
    if longest <= window:
        return None
    enough = -(-longest // ROUND) * ROUND
    mend = (
        f"set context_window={enough}"
        if enough <= model.context_window
        else f"{model.name} was trained for {model.context_window}: lower what it is shown or "
        "may say"
    )
    return (
        f"a prompt with its answer may take about {longest} tokens, and the context window is "
        f"{window}: {mend}"
    )
