"""Total CEG over all categories, with Lifland et al.'s composability constant M."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.totals import ForecastParameters, RunningTotal, printed, running_totals
from analysis.writeup.table import NotCounted, PteTable

Array = NDArray[np.float64]

COMPOSABILITIES = (0.3, 0.45, 0.6, 0.8)
"""The values of M in Lifland et al.'s sensitivity analysis."""


def total_ceg(categories: Array, m: Array | float) -> Array:
    """[...]: log10 of the product of C_i ^ (M ^ i), categories sorted from high to low.

    Args:
        categories: [..., category] log10 CEG of each category; 0 for one not yet begun.
        m: [...] or one number.
    """
    ordered = -np.sort(-categories, axis=-1)
    powers = np.arange(categories.shape[-1])
    return np.asarray(
        (ordered * np.maximum(np.asarray(m, float), 0)[..., None] ** powers).sum(axis=-1)
    )


def category_totals(steps: Mapping[str, Sequence[RunningTotal]], months: Sequence[int]) -> Array:
    """[date, draw, category]: log10 CEG of each category at the end of each month."""
    draws = next(len(step.total) for row in steps.values() for step in row)
    result = np.zeros((len(months), draws, len(steps)))
    for c, row in enumerate(steps.values()):
        for d, date in enumerate(months):
            begun = [step for step in row if step.row.month <= date]
            if begun:
                result[d, :, c] = begun[-1].total
    return result


def totals_by_date(
    table: PteTable, parameters: ForecastParameters, months: Sequence[int], rounded: bool = True
) -> Array:
    """[date, draw]: log10 total CEG at the end of each month, relative to no PTE at all."""
    steps = running_totals(table, parameters, rounded)
    return total_ceg(category_totals(steps, months), parameters.m)


def change_months(table: PteTable) -> tuple[int, ...]:
    """The dates at which a printed running total changes, 14 in Lifland et al.'s own table.

    A row that leaves the printed total where it was (FireAct, learning from a teacher) has none.
    """
    result: set[int] = set()
    for category in table.categories:
        total = 1.0
        for row in table.of(category):
            if row.total != total and not isinstance(row.rule, NotCounted):
                result.add(row.month)
            total = row.total
    return tuple(sorted(result))


def printed_totals(
    table: PteTable, months: Sequence[int], m: float = 0.6, rounded: bool = True
) -> Array:
    """[date]: log10 total CEG of the printed numbers."""
    return np.asarray(totals_by_date(table, printed(table, m), months, rounded)[:, 0])
