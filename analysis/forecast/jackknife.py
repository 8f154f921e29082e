"""How much of the slope hangs on one date, one PTE or one category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.aggregate import (
    category_totals,
    change_months,
    printed_totals,
    total_ceg,
)
from analysis.forecast.slope import line
from analysis.forecast.totals import printed, running_totals
from analysis.writeup.months import label
from analysis.writeup.table import NotCounted, PteTable

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LeftOut:
    """The slope with one thing left out."""

    what: str
    """`date`, `pte (its step)`, `pte (recombined)` or `category`."""
    name: str
    slope: float
    """OOM a year, on Lifland et al.'s dates."""


def leave_one_out(table: PteTable, m: float, rounded: bool = True) -> tuple[LeftOut, ...]:
    """Slopes with each date, PTE and category left out in turn.

    A PTE is left out in two ways. `its step`: what it added to its category's total, when it
    came, is taken away, and all others keep their own steps. `recombined`: the category is built
    again without it, so that the next PTE may take its place.
    """
    return (
        *_dates(table, m, rounded),
        *_steps(table, m, rounded),
        *_recombined(table, m, rounded),
        *_categories(table, m, rounded),
    )


def _dates(table: PteTable, m: float, rounded: bool) -> list[LeftOut]:
    months = change_months(table)
    totals = printed_totals(table, months, m, rounded)
    results: list[LeftOut] = []
    if len(months) < 3:  # a line takes two
        return results
    for i, date in enumerate(months):
        kept = [j for j in range(len(months)) if j != i]
        slope = line([months[j] for j in kept], totals[kept, None]).slope[0]
        results.append(LeftOut("date", label(date), float(slope)))
    return results


def _steps(table: PteTable, m: float, rounded: bool) -> list[LeftOut]:
    months = change_months(table)
    steps = running_totals(table, printed(table, m), rounded)
    categories = category_totals(steps, months)[:, 0]
    results = []
    for c, row in enumerate(steps.values()):
        for step in row:
            gain = float(step.total[0] - step.before[0])
            if gain == 0:
                continue
            less = categories.copy()
            less[:, c] -= gain * (np.array(months) >= step.row.month)
            slope = _slope(months, total_ceg(np.maximum(less, 0.0), m))
            results.append(LeftOut("pte (its step)", step.row.key, slope))
    return results


def _recombined(table: PteTable, m: float, rounded: bool) -> list[LeftOut]:
    months = change_months(table)
    return [
        LeftOut(
            "pte (recombined)",
            row.key,
            _slope(months, printed_totals(table.without([row.key]), months, m, rounded)),
        )
        for row in table.rows
        if not isinstance(row.rule, NotCounted)
    ]


def _categories(table: PteTable, m: float, rounded: bool) -> list[LeftOut]:
    months = change_months(table)
    results = []
    for category in table.categories:
        kept = table.without([row.key for row in table.of(category)])
        if not kept.rows:
            continue
        slope = _slope(months, printed_totals(kept, months, m, rounded))
        results.append(LeftOut("category", category, slope))
    return results


def _slope(months: tuple[int, ...], totals: Array) -> float:
    return float(line(months, totals[:, None]).slope[0])
