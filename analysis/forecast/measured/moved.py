"""What measured numbers do to the slope: each put in alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.forecast.growth import Growth
from analysis.forecast.measured.model_numbers import GUESSED
from analysis.forecast.measured.values import Measured, ValueSource
from analysis.forecast.slope import SlopeConvention
from analysis.forecast.totals import ForecastParameters, printed

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
    """OOM a year, by the headline's convention and limits, running totals not rounded."""
    change: float
    """Over the slope of the table, not rounded either."""
    start: float
    """log10 total CEG at the first date."""
    end: float
    """log10 total CEG at the last date."""


def moved(
    growth: Growth, m: float, found: Measured, convention: SlopeConvention
) -> tuple[Moved, ...]:
    """The table, each measured number alone, and all of them; nothing where all is guessed.

    Effects do not add up: the slope is of sorted, capped and multiplied numbers.

    Args:
        growth: the headline's, with its table and limits.
        m: the guess of M.
        found: measured numbers in their places.
        convention: how the headline's slope is taken.
    """
    if not found.taken:
        return ()
    base = printed(growth.table, m)
    first = _moved(growth, base, convention, ("", TABLE))
    alone = [
        _moved(growth, parameters, convention, (one.quantity, one.key), (one.value, one.guess))
        for parameters, one in _alone(base, found)
    ]
    last = _moved(growth, found.points, convention, ("", ALL))
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
    growth: Growth,
    parameters: ForecastParameters,
    convention: SlopeConvention,
    name: tuple[str, str],
    numbers: tuple[float, float] = (np.nan, np.nan),
) -> Moved:
    """A slope, with what is put in: quantity and key, value and guess."""
    here = replace(growth, parameters=parameters, points=None)
    dates = here.changes()
    ends = here.at([dates[0], dates[-1]])[:, 0]
    return Moved(
        quantity=name[0],
        key=name[1],
        value=numbers[0],
        guess=numbers[1],
        slope=float(convention.line(here).slope[0]),
        change=0.0,
        start=float(ends[0]),
        end=float(ends[1]),
    )
