"""Growth of total CEG in OOM a year: the seed's line, and other reasonable conventions.

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
from analysis.writeup.table import Row, Table

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
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


def line(months: Sequence[int], totals: Array) -> Line:
    """Least squares of log10 totals on time, unweighted.

    Args:
        months: [date], at least two of them distinct.
        totals: [date, draw].
    """
    since = years(months) - years(months[0])
    centred = since - since.mean()
    slope = centred @ totals / (centred @ centred)
    return Line(slope, totals.mean(axis=0) - slope * since.mean(), months[0])


@dataclass(frozen=True)
class Convention:
    """One way of taking a slope from the printed table."""

    name: str
    meaning: str
    slope: Callable[[Table, float], float]
    """From a table and M to the slope by this convention, OOM a year."""


def seed_slope(table: Table, m: float) -> float:
    """The seed's slope: over the dates at which a printed total changes."""
    return _over(table, m, change_months(table))


def _over(table: Table, m: float, months: Sequence[int], rounded: bool = True) -> float:
    totals = printed_totals(table, months, m, rounded)
    return float(line(months, totals[:, None]).slope[0])


def _since(date: str) -> Callable[[Table, float], float]:
    first = month(date)
    return lambda table, m: _over(table, m, [d for d in change_months(table) if d >= first])


def _monthly(table: Table, m: float) -> float:
    dates = change_months(table)
    return _over(table, m, range(dates[0], dates[-1] + 1))


def _ends(table: Table, m: float) -> float:
    dates = change_months(table)
    return _over(table, m, [dates[0], dates[-1]])


def _median_of_pairs(table: Table, m: float) -> float:
    dates = change_months(table)
    return float(stats.theilslopes(printed_totals(table, dates, m), years(dates)).slope)


def _through_first(table: Table, m: float) -> float:
    dates = change_months(table)
    since = years(dates) - years(dates[0])
    totals = printed_totals(table, dates, m)
    return float(since @ (totals - totals[0]) / (since @ since))


def _every_row(table: Table, m: float) -> float:
    return _over(table, m, sorted(row.month for row in table.rows if not row.inferred))


def _every_date(table: Table, m: float) -> float:
    return _over(table, m, sorted({row.month for row in table.rows}))


def _not_inferred(table: Table, m: float) -> float:
    inferred = [row.key for row in table.rows if row.inferred]
    return _over(table.without(inferred), m, change_months(table))


def _inferred_earlier(table: Table, m: float) -> float:
    rows = tuple(replace(r, month=r.month - 1) if r.inferred else r for r in table.rows)
    moved = Table(table.categories, rows, table.source)
    return _over(moved, m, sorted({*change_months(table), *change_months(moved)}))


def _other_cegs(table: Table, m: float) -> float:
    rows = tuple(_with_other_ceg(row) for row in table.rows)
    return _over(Table(table.categories, rows, table.source), m, change_months(table))


def _with_other_ceg(row: Row) -> Row:
    return row if row.ceg_also_printed is None else replace(row, ceg=row.ceg_also_printed)


SEED_CONVENTION = "dates of change"

CONVENTIONS: tuple[Convention, ...] = (
    Convention(SEED_CONVENTION, "the dates at which a printed total changes", seed_slope),
    Convention("all printed dates", "also dates at which nothing changes", _every_date),
    Convention("a point a PTE", "every printed row is a point", _every_row),
    Convention("a point a month", "every month from first to last", _monthly),
    Convention("two ends", "last total over first total", _ends),
    Convention("through the first", "a line through the first point", _through_first),
    Convention("median of pairs", "Theil and Sen's slope on the dates of change", _median_of_pairs),
    Convention("from 2021-10", "without few-shot prompting alone", _since("2021-10")),
    Convention("from 2021-12", "from the first tools", _since("2021-12")),
    Convention("from 2022-03", "from the first data enhancement", _since("2022-03")),
    Convention("from 2022-07", "only once every category has begun", _since("2022-07")),
    Convention(
        "not rounded",
        "running totals not rounded to whole numbers",
        lambda t, m: _over(t, m, change_months(t), rounded=False),
    ),
    Convention("no inferred row", "without the row that is missing in print", _not_inferred),
    Convention("inferred row earlier", "the missing row a month earlier", _inferred_earlier),
    Convention("other CEG printed", "Reflexion at 10, which its cell prints first", _other_cegs),
)
"""All conventions by name; the first gives the slopes that Lifland et al. print."""
