"""Running totals of the CEG within each category of PTEs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.writeup.table import (
    Factor,
    LesserExponent,
    NamedProduct,
    NotCounted,
    PteRow,
    PteTable,
)

Array = NDArray[np.float64]
PairKey = tuple[str, str]


@dataclass(frozen=True)
class ForecastParameters:
    """The numbers of the model, as draws: one draw is one world in which all of them hold."""

    log_ceg: Mapping[str, Array]
    """By PTE, [draw]: log10 CEG for the average task. Below 0 the PTE is left out of that draw: the
    total is of the best combination, and a PTE that harms is in none (footnote 2)."""
    exponents: Mapping[PairKey, Array]
    """By (PTE, named PTE), or (PTE, "") for the exponent on the running total, [draw]: the
    exponent. Below 0 counts as 0: the better of the two alone is then the best combination."""
    m: Array
    """[draw]: composability across categories; below 0 counts as 0, like an exponent."""


def printed(table: PteTable, m: float) -> ForecastParameters:
    """The printed numbers: one draw."""
    exponents = {pair: np.array([value]) for pair, value in exponents_of(table).items()}
    log_ceg = {row.key: np.log10([row.ceg]) for row in table.rows}
    return ForecastParameters(log_ceg, exponents, np.array([m]))


def exponents_of(table: PteTable) -> dict[PairKey, float]:
    """Every exponent of the table's rules."""
    result: dict[PairKey, float] = {}
    for row in table.rows:
        if isinstance(row.rule, LesserExponent):
            result[row.key, ""] = row.rule.exponent
        elif isinstance(row.rule, NamedProduct):
            result |= {(row.key, other): value for other, value in row.rule.exponents.items()}
    return result


@dataclass(frozen=True)
class RunningTotal:
    """The running total of a category once a PTE is in it."""

    row: PteRow
    total: Array
    """[draw]: log10 CEG of the category once the PTE is in it."""
    before: Array
    """[draw]: log10 CEG of the category before the PTE; 0 for the first."""


def running_totals(
    table: PteTable,
    parameters: ForecastParameters,
    rounded: bool = True,
    present: Collection[str] | None = None,
) -> dict[str, list[RunningTotal]]:
    """The running total of each category after each of its PTEs, in the table's order.

    Args:
        table: The rows and their rules.
        parameters: The CEGs and exponents to combine.
        rounded: Round to a whole CEG at each step, as the print does. Without it Reflexion and
            LATS do not come out as printed.
        present: The PTEs that are in use; None for all.
    """
    return {
        category: _category(
            [row for row in table.of(category) if present is None or row.key in present],
            parameters,
            rounded,
        )
        for category in table.categories
    }


def _category(
    rows: list[PteRow], parameters: ForecastParameters, rounded: bool
) -> list[RunningTotal]:
    logs: dict[str, Array] = {}
    total = np.zeros(len(parameters.m))
    steps: list[RunningTotal] = []
    for row in rows:
        before = total
        own = np.maximum(parameters.log_ceg[row.key], 0.0)
        if not isinstance(row.rule, NotCounted):
            total = _combined(row, own, total, logs, parameters)
            if rounded:
                total = np.log10(np.rint(10**total))
            logs[row.key] = own
        steps.append(RunningTotal(row, total, before))
    return steps


def _combined(
    row: PteRow, own: Array, total: Array, logs: Mapping[str, Array], parameters: ForecastParameters
) -> Array:
    """log10 of the running total with one PTE more; `logs` holds those already in it.

    No rule lowers a total: where the new combination is worse, the best one stays the old.
    """
    if isinstance(row.rule, Factor):
        included = logs.get(row.rule.includes, np.zeros_like(own))
        return np.asarray(total + np.maximum(own - included, 0.0))
    if isinstance(row.rule, NamedProduct):
        product: Array = own.copy()
        for other in row.rule.exponents:
            if other in logs:
                product = (
                    product + np.maximum(parameters.exponents[row.key, other], 0) * logs[other]
                )
        return np.maximum(total, product)
    if not logs:
        return own
    exponent = np.maximum(parameters.exponents[row.key, ""], 0)
    return np.asarray(np.maximum(total, own) + exponent * np.minimum(total, own))
