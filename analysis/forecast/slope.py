"""Growth of total CEG in OOM a year: Lifland et al.'s line, and other reasonable conventions.

The points of the line are cumulative: each holds all the PTEs before it. They are not
independent, so the regression's own standard error means nothing, and none is given. What the
slope depends on is shown by the conventions here, the jackknife, and Monte Carlo. Each convention
takes a `Growth` and gives a line, so that a headline can be taken by any of them: of points or of
draws, under a cap or a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.aggregate import change_months, printed_totals
from analysis.forecast.growth import Growth
from analysis.forecast.totals import ForecastParameters, printed
from analysis.writeup.months import label, years
from analysis.writeup.table import PteRow, PteTable
from harness.errors import UserError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TrendLine:
    """log10 total = level + slope x (years since `start`)."""

    slope: Array
    """[draw]: slope, OOM a year."""
    level: Array
    """[draw]: log10 total CEG at `start`."""
    start: int
    """Month at which the line has its level, counted as `month` does."""

    def at(self, months: Sequence[int]) -> Array:
        """[date, draw]: log10 total CEG on the line."""
        since = years(months) - years(self.start)
        return np.asarray(self.level + since[:, None] * self.slope)


def line(months: Sequence[int], totals: Array) -> TrendLine:
    """Least squares of log10 totals on time, unweighted.

    Args:
        months: [date], at least two of them distinct.
        totals: [date, draw].

    Raises:
        UserError: there are no two distinct dates.
    """
    if len(set(months)) < 2:
        there = label(months[0]) if len(months) else "none"
        raise UserError(f"a slope needs totals on two dates or more, and there is {there}")
    since = years(months) - years(months[0])
    centred = since - since.mean()
    slope = centred @ totals / (centred @ centred)
    return TrendLine(slope, totals.mean(axis=0) - slope * since.mean(), months[0])


def writeup_slope(table: PteTable, m: float) -> float:
    """Lifland et al.'s slope: over the dates at which a printed total changes."""
    months = change_months(table)
    totals = printed_totals(table, months, m, rounded=table.as_printed)
    return float(line(months, totals[:, None]).slope[0])


@dataclass(frozen=True)
class SlopeConvention:
    """One way of taking a slope from a table."""

    name: str
    meaning: str
    line: Callable[[Growth], TrendLine]
    """The line by this convention, a slope a draw."""

    def slope(self, table: PteTable, m: float) -> float:
        """OOM a year, of the table's own points; the print is rounded as it is.

        Raises:
            UserError: the table has too few dates for it.
        """
        growth = Growth(table, printed(table, m), rounded=table.as_printed)
        return float(self.line(growth).slope[0])


def _over(growth: Growth, months: Sequence[int]) -> TrendLine:
    return line(months, growth.at(months))


def _changes(growth: Growth) -> TrendLine:
    return _over(growth, growth.changes())


def since(first: int) -> SlopeConvention:
    """The dates of change from a month on."""
    return _since(first, f"the dates of change from {label(first)} on")


def _since(first: int, meaning: str) -> SlopeConvention:
    def of(growth: Growth) -> TrendLine:
        return _over(growth, [d for d in growth.changes() if d >= first])

    return SlopeConvention(f"from {label(first)}", meaning, of)


def _monthly(growth: Growth) -> TrendLine:
    dates = growth.changes()
    return _over(growth, range(dates[0], dates[-1] + 1))


def _ends(growth: Growth) -> TrendLine:
    dates = growth.changes()
    return _over(growth, [dates[0], dates[-1]])


def _median_of_pairs(growth: Growth) -> TrendLine:
    dates = growth.changes()
    totals, at = growth.at(dates), years(dates) - years(dates[0])
    pairs = list(combinations(range(len(dates)), 2))
    slopes = [(totals[j] - totals[i]) / (at[j] - at[i]) for i, j in pairs]
    slope = np.asarray(np.median(slopes, axis=0))
    level = np.median(totals, axis=0) - slope * np.median(at)
    return TrendLine(slope, np.asarray(level), dates[0])


def _through_first(growth: Growth) -> TrendLine:
    dates = growth.changes()
    at = years(dates) - years(dates[0])
    totals = growth.at(dates)
    return TrendLine(at @ (totals - totals[0]) / (at @ at), totals[0], dates[0])


def _every_row(growth: Growth) -> TrendLine:
    return _over(growth, growth.kept([r.month for r in growth.table.rows if not r.inferred]))


def _every_date(growth: Growth) -> TrendLine:
    return _over(growth, growth.kept({row.month for row in growth.table.rows}))


def _not_inferred(growth: Growth) -> TrendLine:
    inferred = [row.key for row in growth.table.rows if row.inferred]
    other = replace(growth, table=growth.table.without(inferred))
    return _over(other, growth.changes())


def _inferred_earlier(growth: Growth) -> TrendLine:
    rows = [replace(r, month=r.month - 1) if r.inferred else r for r in growth.table.rows]
    moved = replace(growth, table=replace(growth.table, rows=tuple(rows)))
    return _over(moved, sorted({*growth.changes(), *moved.changes()}))


def _other_cegs(growth: Growth) -> TrendLine:
    log_ceg = {
        row.key: growth.parameters.log_ceg[row.key] + _to_other(growth, row)
        for row in growth.table.rows
    }
    parameters = ForecastParameters(log_ceg, growth.parameters.exponents, growth.parameters.m)
    return _changes(replace(growth, parameters=parameters))


def _to_other(growth: Growth, row: PteRow) -> float:
    """OOM from the CEG that counts to the other one of its cell; 0 for a measured row."""
    if row.ceg_also_printed is None or row.key in growth.measured:
        return 0.0
    return float(np.log10(row.ceg_also_printed / row.ceg))


WRITEUP_CONVENTION = "dates of change"

CONVENTIONS: tuple[SlopeConvention, ...] = (
    SlopeConvention(WRITEUP_CONVENTION, "the dates at which a printed total changes", _changes),
    SlopeConvention("all printed dates", "also dates at which nothing changes", _every_date),
    SlopeConvention("a point a PTE", "every printed row is a point", _every_row),
    SlopeConvention("a point a month", "every month from first to last", _monthly),
    SlopeConvention("two ends", "last total over first total", _ends),
    SlopeConvention("through the first", "a line through the first point", _through_first),
    SlopeConvention(
        "median of pairs", "Theil and Sen's slope on the dates of change", _median_of_pairs
    ),
    _since(2021 * 12 + 9, "without few-shot prompting alone"),
    _since(2021 * 12 + 11, "from the first tools"),
    _since(2022 * 12 + 2, "from the first data enhancement"),
    _since(2022 * 12 + 6, "only once every category has begun"),
    SlopeConvention(
        "not rounded",
        "running totals not rounded to whole numbers",
        lambda growth: _changes(replace(growth, rounded=False)),
    ),
    SlopeConvention("no inferred row", "without the row that is missing in print", _not_inferred),
    SlopeConvention("inferred row earlier", "the missing row a month earlier", _inferred_earlier),
    SlopeConvention(
        "other CEG printed", "Reflexion at 10, which its cell prints first", _other_cegs
    ),
)
"""All conventions by name; the first gives the slopes that Lifland et al. print."""


def slopes_by_convention(table: PteTable, m: float) -> dict[str, float]:
    """OOM a year by name, of a table's points; those that have too few dates in it are left out."""
    results: dict[str, float] = {}
    for convention in CONVENTIONS:
        try:
            results[convention.name] = convention.slope(table, m)
        except UserError:
            continue
    return results
