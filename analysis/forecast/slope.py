"""Growth of total CEG in OOM a year: Lifland et al.'s line, and other reasonable conventions.

The points of the line are cumulative: each holds all the PTEs before it. They are not
independent, so the regression's own standard error means nothing, and none is given. What the
slope depends on is shown by the conventions here, the jackknife, and Monte Carlo.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.forecast.aggregate import change_months, printed_totals
from analysis.writeup.months import month, years
from analysis.writeup.table import PteRow, PteTable

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
    """
    since = years(months) - years(months[0])
    centred = since - since.mean()
    slope = centred @ totals / (centred @ centred)
    return TrendLine(slope, totals.mean(axis=0) - slope * since.mean(), months[0])


@dataclass(frozen=True)
class SlopeConvention:
    """One way of taking a slope from the printed table."""

    name: str
    meaning: str
    slope: Callable[[PteTable, float], float]
    """From a table and M to the slope by this convention, OOM a year."""


def writeup_slope(table: PteTable, m: float) -> float:
    """Lifland et al.'s slope: over the dates at which a printed total changes."""
    return _over(table, m, change_months(table))


def _over(table: PteTable, m: float, months: Sequence[int], rounded: bool = True) -> float:
    totals = printed_totals(table, months, m, rounded)
    return float(line(months, totals[:, None]).slope[0])


def _since(date: str) -> Callable[[PteTable, float], float]:
    first = month(date)
    return lambda table, m: _over(table, m, [d for d in change_months(table) if d >= first])


def _monthly(table: PteTable, m: float) -> float:
    dates = change_months(table)
    return _over(table, m, range(dates[0], dates[-1] + 1))


def _ends(table: PteTable, m: float) -> float:
    dates = change_months(table)
    return _over(table, m, [dates[0], dates[-1]])


def _median_of_pairs(table: PteTable, m: float) -> float:
    dates = change_months(table)
    return float(stats.theilslopes(printed_totals(table, dates, m), years(dates)).slope)


def _through_first(table: PteTable, m: float) -> float:
    dates = change_months(table)
    since = years(dates) - years(dates[0])
    totals = printed_totals(table, dates, m)
    return float(since @ (totals - totals[0]) / (since @ since))


def _every_row(table: PteTable, m: float) -> float:
    return _over(table, m, sorted(row.month for row in table.rows if not row.inferred))


def _every_date(table: PteTable, m: float) -> float:
    return _over(table, m, sorted({row.month for row in table.rows}))


def _not_inferred(table: PteTable, m: float) -> float:
    inferred = [row.key for row in table.rows if row.inferred]
    return _over(table.without(inferred), m, change_months(table))


def _inferred_earlier(table: PteTable, m: float) -> float:
    rows = tuple(replace(r, month=r.month - 1) if r.inferred else r for r in table.rows)
    moved = PteTable(table.categories, rows, table.source)
    return _over(moved, m, sorted({*change_months(table), *change_months(moved)}))


def _other_cegs(table: PteTable, m: float) -> float:
    rows = tuple(_with_other_ceg(row) for row in table.rows)
    return _over(PteTable(table.categories, rows, table.source), m, change_months(table))


def _with_other_ceg(row: PteRow) -> PteRow:
    return row if row.ceg_also_printed is None else replace(row, ceg=row.ceg_also_printed)


WRITEUP_CONVENTION = "dates of change"

CONVENTIONS: tuple[SlopeConvention, ...] = (
    SlopeConvention(
        WRITEUP_CONVENTION, "the dates at which a printed total changes", writeup_slope
    ),
    SlopeConvention("all printed dates", "also dates at which nothing changes", _every_date),
    SlopeConvention("a point a PTE", "every printed row is a point", _every_row),
    SlopeConvention("a point a month", "every month from first to last", _monthly),
    SlopeConvention("two ends", "last total over first total", _ends),
    SlopeConvention("through the first", "a line through the first point", _through_first),
    SlopeConvention(
        "median of pairs", "Theil and Sen's slope on the dates of change", _median_of_pairs
    ),
    SlopeConvention("from 2021-10", "without few-shot prompting alone", _since("2021-10")),
    SlopeConvention("from 2021-12", "from the first tools", _since("2021-12")),
    SlopeConvention("from 2022-03", "from the first data enhancement", _since("2022-03")),
    SlopeConvention("from 2022-07", "only once every category has begun", _since("2022-07")),
    SlopeConvention(
        "not rounded",
        "running totals not rounded to whole numbers",
        lambda t, m: _over(t, m, change_months(t), rounded=False),
    ),
    SlopeConvention("no inferred row", "without the row that is missing in print", _not_inferred),
    SlopeConvention("inferred row earlier", "the missing row a month earlier", _inferred_earlier),
    SlopeConvention(
        "other CEG printed", "Reflexion at 10, which its cell prints first", _other_cegs
    ),
)
"""All conventions by name; the first gives the slopes that Lifland et al. print."""
