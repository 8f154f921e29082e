"""PTE compute held constant against PTE compute that grows.

Lifland et al. would like the trend at constant inference compute and say that they cannot give it,
so that their own slope is biased upwards. With the printed multipliers it can be bounded: at each
date the best set of PTEs whose multipliers, multiplied, stay within a budget. PTEs whose multiplier
is not printed are named, and counted by an explicit choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, product
from math import inf, prod, sqrt

import numpy as np

from analysis.forecast.aggregate import total_ceg
from analysis.forecast.totals import Parameters, running_totals
from analysis.writeup.table import Factor, NotCounted, PteRow, PteTable

WRITEUP_LIMIT = 100.0
"""Times the base's inference: Lifland et al.'s own limit on what a PTE is."""


class End(StrEnum):
    """Which number of a printed range of multipliers counts."""

    LOW = "low"
    MIDDLE = "middle"
    """Geometric mean of both ends of the range."""
    HIGH = "high"


class Unknown(StrEnum):
    """What becomes of a PTE whose multiplier is not printed."""

    EXCLUDED = "excluded"
    FREE = "free"
    """Counted as a multiplier of 1, which is too kind."""


@dataclass(frozen=True)
class AffordableSet:
    """The best set of PTEs at one date within a budget."""

    month: int
    ptes: tuple[str, ...]
    multiplier: float
    """Multiplier of inference: the product of the PTEs' own."""
    log_ceg: float
    """log10 total CEG of the set."""


@dataclass(frozen=True)
class Pricing:
    """How multipliers are read from the table."""

    end: End = End.MIDDLE
    unknown: Unknown = Unknown.EXCLUDED

    def multiplier(self, row: PteRow) -> float | None:
        """Inference multiplier of a PTE; None where it stays out."""
        if row.inference is None or row.inference.high is None:
            return 1.0 if self.unknown is Unknown.FREE else None
        return _number(row.inference.low, row.inference.high, self.end)


def unknown_multipliers(table: PteTable) -> tuple[str, ...]:
    """PTEs in the totals whose inference multiplier is not printed."""
    return tuple(
        row.key
        for row in table.rows
        if row.inference is None and not isinstance(row.rule, NotCounted)
    )


def best_within(
    table: PteTable,
    parameters: Parameters,
    months: Sequence[int],
    budget: float = inf,
    pricing: Pricing = Pricing(),
) -> tuple[AffordableSet, ...]:
    """The best set of PTEs out by each month whose multipliers fit the budget.

    A PTE that includes another (Parsel: CodeT) brings it along at no further cost; one that
    stands on another (process-based feedback: a verifier) needs it in the set.

    Args:
        table: The rows.
        parameters: One draw.
        months: Dates.
        budget: The most inference, as a multiple of the base's; infinite for a growing budget.
        pricing: How multipliers are read.
    """
    return tuple(_best(table, parameters, date, budget, pricing) for date in months)


@dataclass(frozen=True)
class _Option:
    """One set of PTEs of one category."""

    ptes: tuple[str, ...]
    multiplier: float
    log_ceg: float


def _best(
    table: PteTable, parameters: Parameters, date: int, budget: float, pricing: Pricing
) -> AffordableSet:
    fronts = [
        _front(
            table=table,
            parameters=parameters,
            category=c,
            date=date,
            budget=budget,
            pricing=pricing,
        )
        for c in table.categories
    ]
    best = AffordableSet(date, (), 1.0, 0.0)
    for options in product(*fronts):
        multiplier = prod(option.multiplier for option in options)
        if multiplier > budget:
            continue
        categories = np.array([[option.log_ceg for option in options]])
        log_ceg = float(total_ceg(categories, parameters.m)[0])
        if (log_ceg, -multiplier) > (best.log_ceg, -best.multiplier):
            ptes = tuple(key for option in options for key in option.ptes)
            best = AffordableSet(date, ptes, multiplier, log_ceg)
    return best


def _front(
    *,
    table: PteTable,
    parameters: Parameters,
    category: str,
    date: int,
    budget: float,
    pricing: Pricing,
) -> list[_Option]:
    """Sets of one category that no other set beats at the same cost or less."""
    rows = [
        row
        for row in table.of(category)
        if row.month <= date and not isinstance(row.rule, NotCounted)
    ]
    options = [_Option((), 1.0, 0.0)]
    for size in range(1, len(rows) + 1):
        for chosen in combinations(rows, size):
            option = _option(table, parameters, chosen, pricing)
            if option is not None and option.multiplier <= budget:
                options.append(option)
    options.sort(key=lambda o: (o.multiplier, -o.log_ceg, len(o.ptes)))
    front = options[:1]
    for option in options[1:]:
        if option.log_ceg > front[-1].log_ceg + 1e-12:
            front.append(option)
    return front


def _option(
    table: PteTable, parameters: Parameters, chosen: Sequence[PteRow], pricing: Pricing
) -> _Option | None:
    """A set with what it includes; None where it cannot be or its cost is not known."""
    keys = {row.key for row in chosen}
    if any(need not in keys for row in chosen for need in row.requires):
        return None
    included = {row.rule.includes for row in chosen if isinstance(row.rule, Factor)}
    paid = [pricing.multiplier(row) for row in chosen if row.key not in included]
    if any(cost is None for cost in paid):
        return None
    steps = running_totals(table, parameters, rounded=False, present=keys | included)
    last = steps[chosen[0].category][-1]
    ptes = tuple(row.key for row in table.of(last.row.category) if row.key in keys | included)
    return _Option(ptes, prod(cost for cost in paid if cost is not None), float(last.total[0]))


def _number(low: float | None, high: float, end: End) -> float:
    foot = 1.0 if low is None else low  # no printed multiplier lies below the base's own cost
    return {End.LOW: foot, End.MIDDLE: sqrt(foot * high), End.HIGH: high}[end]
