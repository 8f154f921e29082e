"""Which measurements are one piece of evidence: those on the same items, or benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar


class OnItems(Protocol):
    """A measurement, as far as its items go."""

    @property
    def benchmark(self) -> str:
        """Name of the benchmark."""

    @property
    def experiment(self) -> str:
        """Name of the experiment."""

    @property
    def shares_items_with(self) -> tuple[str, ...]:
        """Names of other experiments on some of the same items."""


One = TypeVar("One", bound=OnItems)


def clusters(result: Sequence[One]) -> list[list[One]]:
    """Measurements on the same items, or on the same benchmark: one piece of evidence each."""
    groups: list[list[One]] = []
    for one in result:
        same = [group for group in groups if any(_related(one, other) for other in group)]
        groups = [group for group in groups if not any(group is each for each in same)]
        groups.append([*(each for group in same for each in group), one])
    return groups


def _related(one: OnItems, other: OnItems) -> bool:
    return (
        one.benchmark == other.benchmark
        or other.experiment in one.shares_items_with
        or one.experiment in other.shares_items_with
    )
