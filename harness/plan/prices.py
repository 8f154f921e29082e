"""The prices of a plan: each stack rehearsed once a benchmark, whatever models answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from types import TracebackType
from typing import Protocol

from harness.contracts.benchmark import Dataset, Task
from harness.contracts.pte import PTE, Slot
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.plan.budget import Times
from harness.plan.cell import rates
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.price import Price
from harness.rehearsal.pricing import Pricer, RehearsalSettings
from harness.rehearsal.stand_ins import Corpora
from harness.rehearsal.watch import Loop
from harness.stack import Stack

BASE = Stack(())
ROUND = 256
"""Tokens by which a longer context window is suggested."""


class PricedBenchmark(Protocol):
    """A benchmark with what has been read of it."""

    @property
    def task(self) -> Task: ...

    @property
    def dataset(self) -> Dataset: ...


@dataclass(frozen=True)
class StackPrices:
    """A stack's prices with one model on one benchmark."""

    expected: Price
    worst: Price
    net: float
    """Expected FLOP over the base's, both net of the own prefix."""
    gross: float
    """Expected inference FLOP over the base's, with every prompt token of every call counted."""


class PriceList:
    """Prices of stacks by benchmark; to be closed."""

    def __init__(
        self, benchmarks: Mapping[str, PricedBenchmark], window: int, settings: RehearsalSettings
    ) -> None:
        self._loop, corpora = Loop(), Corpora()
        self._priced: dict[tuple[object, ...], StackPrices] = {}
        self._multiples: dict[tuple[object, ...], tuple[float, float]] = {}
        self._pricers = {
            name: Pricer(
                task=read.task,
                problems=[item.problem for item in read.dataset.items],
                window=window,
                settings=settings,
                loop=self._loop,
                corpora=corpora,
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

    def times(self, benchmark: str, model: ModelSpec, lengths: Lengths, net: bool) -> Times:
        """Multiples of the base's expected FLOP, with one model on one benchmark, net of the own
        prefix or gross; of its tokens where the size of a model is not known."""
        return lambda stack: self._times(benchmark, stack, model, lengths)[0 if net else 1]

    def of(self, benchmark: str, stack: Stack, model: ModelSpec, lengths: Lengths) -> StackPrices:
        """A stack's prices."""
        key = (benchmark, *_asked(stack, model, lengths))
        if key not in self._priced:
            pricer, chat = self._pricers[benchmark], answering_model_of(stack, model).chat
            self._priced[key] = StackPrices(
                pricer.expected(stack, chat, lengths),
                pricer.worst(stack, chat),
                *self._times(benchmark, stack, model, lengths),
            )
        return self._priced[key]

    def _times(
        self, benchmark: str, stack: Stack, model: ModelSpec, lengths: Lengths
    ) -> tuple[float, float]:
        """Multiples of the base's cost, net and gross."""
        key = (benchmark, *_asked(stack, model, lengths))
        if key not in self._multiples:
            pricer, answering_model = self._pricers[benchmark], answering_model_of(stack, model)
            base = pricer.expected(BASE, model.chat, lengths)
            price = pricer.expected(stack, answering_model.chat, lengths)
            ours, theirs = answering_model.flop_per_token, model.flop_per_token
            net, gross = (
                price.flop(ours, rates(stack, model), each) / base.flop(theirs, {}, each)
                for each in (True, False)
            )
            if isnan(gross):  # a model of unknown size: what is left is its tokens
                net, gross = price.net_tokens / base.net_tokens, price.tokens / base.tokens
            self._multiples[key] = net, gross
        return self._multiples[key]


def _asked(stack: Stack, model: ModelSpec, lengths: Lengths) -> tuple[object, ...]:
    """What prices depend on: models of the same size and kind have the same."""
    answering_model = answering_model_of(stack, model)
    own, base = answering_model.flop_per_token, model.flop_per_token
    return stack.config, answering_model.chat, own, model.chat, base, lengths


def notes(priced: StackPrices, window: int, model: ModelSpec) -> tuple[str, ...]:
    """That the context window may be too short and what to change, or that smaller settings than
    the stack's were rehearsed."""
    results = [_window(priced.worst.longest, window, model)]
    if priced.expected.extrapolated:
        results.append("too large to be rehearsed: priced from smaller settings of its PTEs")
    return tuple(note for note in results if note)


def answering_model_of(stack: Stack, model: ModelSpec) -> ModelSpec:
    """What answers: the rung after the stack's weights PTEs."""
    for pte in stack.filling(Slot.WEIGHTS):
        model = with_weights_of(pte, model)
    return model


def with_weights_of(pte: PTE, model: ModelSpec) -> ModelSpec:
    """The model that a weights PTE puts in the place of another.

    Raises:
        UserError: what it gives is no model.
        ValueError: it has none for this one.
    """
    result = pte.weights(model)
    if not isinstance(result, ModelSpec):
        raise UserError(
            f"{pte.name}: weights gives a {type(result).__name__} where a ModelSpec is needed"
        )
    return result


def _window(longest: int, window: int, model: ModelSpec) -> str | None:
    if longest <= window:
        return None
    enough = -(-longest // ROUND) * ROUND
    mend = (
        f"set context_window={enough}"
        if model.context_window is None or enough <= model.context_window
        else f"{model.name} was trained for {model.context_window}: lower what it is shown or "
        "may say"
    )
    return (
        f"a prompt with its answer may take about {longest} tokens, and the context window is "
        f"{window}: {mend}"
    )
