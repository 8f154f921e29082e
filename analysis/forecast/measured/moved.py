"""What measured numbers do to the slope: each put in alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.forecast.aggregate import totals_by_date
from analysis.forecast.measured.values import GUESSED, Measured, ValueSource
from analysis.forecast.slope import line
from analysis.forecast.totals import ForecastParameters, printed
from analysis.writeup.table import PteTable

TABLE = "the table"
ALL = "all measured numbers"


@dataclass(frozen=True, kw_only=True)
class Moved:
    """The slope with one measured number in place of its guess, all others as in the table."""

    quantity: str
    key: str
    value: float
    """CEG, exponent or M as measured; NaN of the table and of all together."""
    guess: float
    slope: float
    """OOM a year, over the dates of change, running totals not rounded."""
    change: float
    """Over the slope of the table, not rounded either."""
    start: float
    """log10 total CEG at the first date."""
    end: float
    """log10 total CEG at the last date."""


def moved(table: PteTable, m: float, found: Measured, changes: Sequence[int]) -> tuple[Moved, ...]:
    """The table, each measured number alone, and all of them; nothing where all is guessed.

    Effects do not add up: the slope is of sorted, capped and multiplied numbers.

    Args:
        table: the rows.
        m: the guess of M.
        found: measured numbers in their places.
        changes: [date] months of the slope.
    """
    if not found.taken:
        return ()
    base = printed(table, m)
    first = _moved(table, base, changes, ("", TABLE))
    alone = [
        _moved(table, parameters, changes, (one.quantity, one.key), (one.value, one.guess))
        for parameters, one in _alone(base, found)
    ]
    last = _moved(table, found.points, changes, ("", ALL))
    return tuple(replace(one, change=one.slope - first.slope) for one in (first, *alone, last))


def _alone(
    base: ForecastParameters, found: Measured
) -> Iterator[tuple[ForecastParameters, ValueSource]]:
    """The table's numbers with one measured one in them, for each."""
    for one in found.sources:
        if one.source == GUESSED:
            continue
        if one.quantity == "M":
            parameters = replace(base, m=found.points.m)
        elif one.quantity == "ceg":
            own = {one.key: found.points.log_ceg[one.key]}
            parameters = replace(base, log_ceg={**base.log_ceg, **own})
        else:
            key, _, other = one.key.partition(" on ")
            pair = (key, other)
            exponents = {**base.exponents, pair: found.points.exponents[pair]}
            parameters = replace(base, exponents=exponents)
        yield parameters, one


def _moved(
    table: PteTable,
    parameters: ForecastParameters,
    changes: Sequence[int],
    name: tuple[str, str],
    numbers: tuple[float, float] = (np.nan, np.nan),
) -> Moved:
    """A slope, with what is put in: quantity and key, value and guess."""
    totals = totals_by_date(table, parameters, changes, rounded=False)
    return Moved(
        quantity=name[0],
        key=name[1],
        value=numbers[0],
        guess=numbers[1],
        slope=float(line(changes, totals).slope[0]),
        change=0.0,
        start=float(totals[0, 0]),
        end=float(totals[-1, 0]),
    )
