"""Totals with inference held constant, budget by budget."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.aggregate import change_months
from analysis.forecast.budget import AffordableSet, Pricing, Unknown, best_within
from analysis.forecast.growth import Growth, Limits
from analysis.forecast.intervals import QUANTILES
from analysis.forecast.slope import line

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class BudgetCase:
    """The best set of PTEs by date, for one budget and one choice about unknown multipliers."""

    name: str
    budget: float
    unknown: Unknown
    choices: tuple[AffordableSet, ...]
    slope: float
    """OOM a year, over the dates of change."""
    band: Array
    """[quantile]: log10 total at the last date over the draws, of the set that the points chose."""


def budget_cases(
    budgets: Collection[float],
    headline: Growth,
    worlds: Growth,
    multipliers: Mapping[str, float],
) -> tuple[BudgetCase, ...]:
    """Best sets over the dates of change; counted from no PTE at all, and not capped.

    Raises:
        UserError: there are too many sets to look at all of them.

    Args:
        budgets: multiples of the base's inference; one without a limit is added.
        headline: the points, in one draw.
        worlds: the draws.
        multipliers: measured ones, by PTE.
    """
    table, points = headline.table, headline.parameters
    changes = change_months(table)
    results = []
    for unknown in Unknown:
        pricing = Pricing(unknown=unknown, measured=multipliers)
        for limit in (*sorted(budgets), inf):
            choices = best_within(table, points, changes, limit, pricing)
            totals = np.array([[choice.log_ceg] for choice in choices])
            name = "growing" if limit == inf else f"constant, {limit:g}x"
            slope = float(line(changes, totals).slope[0])
            limited = replace(worlds, limits=Limits(budget=limit, pricing=pricing))
            band = np.quantile(limited.at(changes[-1:])[0], QUANTILES)
            results.append(
                BudgetCase(
                    name=name,
                    budget=limit,
                    unknown=unknown,
                    choices=choices,
                    slope=slope,
                    band=band,
                )
            )
    return tuple(results)
