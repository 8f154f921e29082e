"""The whole forecast: every part computed once, from one set of options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from analysis.curves.least_squares import LeastSquaresFit
from analysis.forecast.aggregate import (
    COMPOSABILITIES,
    category_totals,
    change_months,
    printed_totals,
    totals_by_date,
)
from analysis.forecast.budget import (
    WRITEUP_LIMIT,
    AffordableSet,
    Pricing,
    Unknown,
    best_within,
    unknown_multipliers,
)
from analysis.forecast.caps import WRITEUP_CAP
from analysis.forecast.distributions import drawn
from analysis.forecast.intervals import QUANTILES, Forecast, forecast
from analysis.forecast.jackknife import LeftOut, leave_one_out
from analysis.forecast.measured.counting import EVERYTHING_SAID, Counting
from analysis.forecast.measured.estimates import EstimatesFile
from analysis.forecast.measured.moved import Moved, moved
from analysis.forecast.measured.told import first_lines
from analysis.forecast.measured.values import Measured, measured
from analysis.forecast.reproduction import Reproduced, reproduction
from analysis.forecast.slope import CONVENTIONS, TrendLine, line, writeup_slope
from analysis.forecast.totals import ForecastParameters, RunningTotal, printed, running_totals
from analysis.forecast.trends import Dating, TrendPoint, trends
from analysis.writeup.published import ladder, results, sigmoid
from analysis.writeup.table import PteTable, writeup_table

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Options:
    """What the user asks for."""

    m: float = 0.6
    until: tuple[int, ...] = ()
    """Months to forecast, the table's last first."""
    seed: int = 0
    draws: int = 10_000
    budget: float = WRITEUP_LIMIT
    cap: float | None = None
    """Cap on the total CEG in OOM; None shows the example of Lifland et al. and applies none."""
    file: EstimatesFile | None = None
    counting: Counting = EVERYTHING_SAID
    """What of the file's values counts: rows, benchmarks, compute."""


@dataclass(frozen=True)
class Compared:
    """Totals and slope at one M, from the printed table and with measured values in it."""

    m: float
    totals: Array
    """[date]: log10 total CEG from the printed table alone, rounded as it is."""
    slope: float
    with_measured: Array
    """[date]: log10 total CEG with measured points in place of guesses, not rounded."""
    slope_with_measured: float


@dataclass(frozen=True)
class BudgetCase:
    """The best set of PTEs by date, for one budget and one choice about unknown multipliers."""

    name: str
    budget: float
    unknown: Unknown
    choices: tuple[AffordableSet, ...]
    slope: float
    """OOM a year, over the dates of change."""


@dataclass(frozen=True)
class Study:
    """Everything that leaves as JSON, tables and plots."""

    options: Options
    table: PteTable
    changes: tuple[int, ...]
    """[date]: months at which a printed total changes."""
    sigmoid: LeastSquaresFit
    reproduction: tuple[Reproduced, ...]
    running: Mapping[str, list[RunningTotal]]
    """Running totals of each category from the printed numbers, rounded."""
    running_measured: Mapping[str, list[RunningTotal]]
    """Running totals of each category with measured points in place of guesses, not rounded."""
    by_m: tuple[Compared, ...]
    conventions: Mapping[str, float]
    """Slope by name of the convention, at the user's M."""
    left_out: tuple[LeftOut, ...]
    measured: Measured
    point_totals: Array
    """[date]: log10 totals of the points, measured ones in, not rounded."""
    point_line: TrendLine
    draws: ForecastParameters
    totals: Array
    """[date, draw]: log10 total CEG."""
    slopes: Array
    """[draw]: slope of the total CEG, OOM a year."""
    trends: Mapping[Dating, tuple[TrendPoint, ...]]
    forecast: Forecast
    budgets: tuple[BudgetCase, ...]
    unpriced: tuple[str, ...]
    """PTEs without a printed inference multiplier."""
    moved: tuple[Moved, ...] = ()
    """The slope with each measured number put in alone; empty where all is guessed."""

    @property
    def first_lines(self) -> list[str]:
        """What was measured, what of it counts, and what was dropped and why; nothing without a
        file."""
        return first_lines(self.options.file, self.measured, self.moved, self.options.m)

    @property
    def bands(self) -> Array:
        """[date, quantile]: of log10 totals over the draws."""
        return np.asarray(np.quantile(self.totals, QUANTILES, axis=1).T)

    @property
    def cap(self) -> float:
        """OOM of the cap that is shown: the user's, or Lifland et al.'s example."""
        return WRITEUP_CAP if self.options.cap is None else self.options.cap

    @property
    def categories(self) -> Array:
        """[date, category]: log10 of the printed running totals."""
        return np.asarray(category_totals(self.running, self.changes)[:, 0])


def study(options: Options) -> Study:
    """Compute the forecast.

    Raises:
        UserError: the file's estimates do not belong together.
    """
    table = writeup_table()
    changes = change_months(table)
    result = measured(
        table=table,
        m=options.m,
        file=options.file,
        draws=options.draws,
        seed=options.seed,
        counting=options.counting,
    )
    draws = drawn(table, options.m, options.draws, options.seed, result.given)
    totals = totals_by_date(table, draws, changes, rounded=False)
    points = totals_by_date(table, result.points, changes, rounded=False)[:, 0]
    curve = sigmoid()
    return Study(
        options=options,
        table=table,
        changes=changes,
        sigmoid=curve,
        reproduction=reproduction(table),
        running=running_totals(table, printed(table, options.m)),
        running_measured=running_totals(table, result.points, rounded=False),
        by_m=tuple(
            _compared(table, result, changes, m) for m in sorted({*COMPOSABILITIES, options.m})
        ),
        conventions={c.name: c.slope(table, options.m) for c in CONVENTIONS},
        left_out=leave_one_out(table, options.m),
        measured=result,
        point_totals=points,
        point_line=line(changes, points[:, None]),
        draws=draws,
        totals=totals,
        slopes=line(changes, totals).slope,
        trends={how: trends(ladder(), results(), curve.curve, how) for how in Dating},
        forecast=forecast(changes, points, totals, options.until, options.seed),
        budgets=_budgets(table, result.points, changes, options.budget),
        unpriced=unknown_multipliers(table),
        moved=moved(table, options.m, result, changes),
    )


def _compared(table: PteTable, result: Measured, changes: tuple[int, ...], m: float) -> Compared:
    points = replace(result.points, m=np.array([m]))
    ours = totals_by_date(table, points, changes, rounded=False)
    return Compared(
        m,
        printed_totals(table, changes, m),
        writeup_slope(table, m),
        ours[:, 0],
        float(line(changes, ours).slope[0]),
    )


def _budgets(
    table: PteTable, points: ForecastParameters, changes: tuple[int, ...], budget: float
) -> tuple[BudgetCase, ...]:
    results = []
    for unknown in Unknown:
        for limit in (budget, inf):
            choices = best_within(table, points, changes, limit, Pricing(unknown=unknown))
            totals = np.array([[choice.log_ceg] for choice in choices])
            name = "growing" if limit == inf else f"constant, {limit:g}x"
            slope = float(line(changes, totals).slope[0])
            results.append(BudgetCase(name, limit, unknown, choices, slope))
    return tuple(results)
