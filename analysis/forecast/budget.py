"""PTE compute held constant against PTE compute that grows.

Lifland et al. would like the trend at constant inference compute and say that they cannot give it,
so that their own slope is biased upwards. With the printed multipliers it can be bounded: at each
date the best set of PTEs whose multipliers, multiplied, stay within a budget. A measured multiplier
takes the place of the printed one of its row. PTEs whose multiplier is neither printed nor measured
are named, and counted by an explicit choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.aggregate import total_ceg
from analysis.forecast.totals import ForecastParameters, running_totals
from analysis.writeup.table import Factor, NotCounted, PteRow, PteTable
from harness.errors import UserError

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

WRITEUP_LIMIT = 100.0
"""Times the base's inference: Lifland et al.'s own limit on what a PTE is."""
MOST_ROWS = 18
"""Rows of one category whose sets can all be looked at."""
ROUNDING = 1 + 1e-9
"""What products of multipliers may miss a budget by."""
MOST_SETS = 5_000_000
"""Combinations of the categories' best sets that can be looked at."""


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
    measured: Mapping[str, float] = field(default_factory=dict)
    """Measured multipliers by PTE, which go before those of the table."""

    def multiplier(self, row: PteRow) -> float | None:
        """Inference multiplier of a PTE; None where it stays out."""
        if row.key in self.measured:
            return self.measured[row.key]
        if row.inference is None or row.inference.high is None:
            return 1.0 if self.unknown is Unknown.FREE else None
        return _number(row.inference.low, row.inference.high, self.end)


def unknown_multipliers(
    table: PteTable, measured: Mapping[str, float] | None = None
) -> tuple[str, ...]:
    """PTEs in the totals whose inference multiplier is neither in the table nor measured."""
    return tuple(
        row.key
        for row in table.rows
        if row.inference is None
        and not isinstance(row.rule, NotCounted)
        and row.key not in (measured or {})
    )


def best_within(
    table: PteTable,
    parameters: ForecastParameters,
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

    Raises:
        UserError: there are too many sets to look at all of them.
    """
    sets = [
        _sets(table, parameters, category, pricing)
        for category in table.categories
        if table.of(category)
    ]
    return tuple(_best(table, sets, parameters.m, date, budget) for date in months)


@dataclass(frozen=True)
class _Sets:
    """Every set of PTEs of one category that can be."""

    keys: tuple[str, ...]
    present: Bools
    """[set, PTE]: whether it is in the set, chosen or brought along."""
    month: NDArray[np.int_]
    """[set]: month from which all that were chosen are out."""
    multiplier: Array
    log_ceg: Array

    def front(self, date: int, budget: float) -> NDArray[np.int_]:
        """Sets that no other beats at the same cost or less, by rising cost."""
        there = np.flatnonzero((self.month <= date) & (self.multiplier <= budget * ROUNDING))
        size = self.present.sum(axis=1)
        by = np.lexsort((size[there], -self.log_ceg[there], self.multiplier[there]))
        order = there[by]
        logs = self.log_ceg[order]
        best_before = np.concatenate([[-inf], np.maximum.accumulate(logs)[:-1]])
        return np.asarray(order[logs > best_before + 1e-12])


def _sets(
    table: PteTable, parameters: ForecastParameters, category: str, pricing: Pricing
) -> _Sets:
    rows = [row for row in table.of(category) if not isinstance(row.rule, NotCounted)]
    if len(rows) > MOST_ROWS:
        raise UserError(
            f"a budget looks at every set of PTEs of a category, and '{category}' has {len(rows)}: "
            f"give it at most {MOST_ROWS} that count (counted: false leaves one out of the totals)"
        )
    keys = tuple(row.key for row in rows)
    at = {key: i for i, key in enumerate(keys)}
    numbers = np.arange(2 ** len(rows))[:, None]
    chosen: Bools = (numbers >> np.arange(len(rows)) & 1).astype(bool)
    possible = np.ones(len(chosen), bool)
    included = np.zeros_like(chosen)
    for i, row in enumerate(rows):
        for need in row.requires:
            possible &= ~chosen[:, i] | (chosen[:, at[need]] if need in at else False)
        if isinstance(row.rule, Factor) and row.rule.includes in at:
            included[:, at[row.rule.includes]] |= chosen[:, i]
    costs = [pricing.multiplier(row) for row in rows]
    paid = chosen & ~included
    for i, cost in enumerate(costs):
        if cost is None:
            possible &= ~paid[:, i]
    prices = np.array([1.0 if cost is None else cost for cost in costs])
    months = np.where(chosen, [row.month for row in rows], 0).max(axis=1, initial=0)
    present = (chosen | included)[possible]
    return _Sets(
        keys,
        present,
        months[possible],
        np.where(paid, prices, 1.0).prod(axis=1)[possible],
        _log_ceg(table, parameters, category, keys, present),
    )


def _log_ceg(
    table: PteTable,
    parameters: ForecastParameters,
    category: str,
    keys: Sequence[str],
    present: Bools,
) -> Array:
    """[set]: log10 CEG of each set. A PTE that is not in it has a CEG of 1 and exponents of 0."""
    there = dict(zip(keys, present.T, strict=True))
    nowhere = np.zeros(len(present))
    log_ceg = {
        row.key: np.where(there[row.key], parameters.log_ceg[row.key], 0.0)
        if row.key in there
        else nowhere
        for row in table.of(category)
    }
    exponents = {
        pair: np.where(there[pair[0]], value, 0.0)
        for pair, value in parameters.exponents.items()
        if pair[0] in there
    }
    alone = PteTable((category,), table.of(category))
    of_sets = ForecastParameters(log_ceg, exponents, nowhere)
    return running_totals(alone, of_sets, rounded=False)[category][-1].total


def _best(
    table: PteTable, sets: Sequence[_Sets], m: Array, date: int, budget: float
) -> AffordableSet:
    """Of all combinations of the categories' fronts the one of the largest total, at least cost."""
    multiplier, taken = np.ones(1), np.zeros((1, 0), int)
    for one in sets:
        front = one.front(date, budget)
        if len(front) * len(multiplier) > MOST_SETS:
            raise UserError(
                f"a budget of {budget:g}x leaves more than {MOST_SETS} sets of PTEs to look at: "
                "give a smaller one, or a table of fewer rows with a cost"
            )
        products = (multiplier[:, None] * one.multiplier[front]).ravel()
        both = np.column_stack(
            [np.repeat(taken, len(front), axis=0), np.tile(front, len(multiplier))]
        )
        kept = products <= budget * ROUNDING
        multiplier, taken = products[kept], both[kept]
    logs = np.column_stack([one.log_ceg[i] for one, i in zip(sets, taken.T, strict=True)])
    totals = total_ceg(logs, m)
    best = np.lexsort((multiplier, -totals))[0]
    ptes = {
        key
        for one, i in zip(sets, taken[best], strict=True)
        for key, there in zip(one.keys, one.present[i], strict=True)
        if there
    }
    in_order = tuple(r.key for c in table.categories for r in table.of(c) if r.key in ptes)
    return AffordableSet(date, in_order, float(multiplier[best]), float(totals[best]))


def _number(low: float | None, high: float, end: End) -> float:
    foot = 1.0 if low is None else low  # no printed multiplier lies below the base's own cost
    return {End.LOW: foot, End.MIDDLE: sqrt(foot * high), End.HIGH: high}[end]
