"""The whole forecast: every part computed once, from one set of options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.curves.least_squares import LeastSquaresFit
from analysis.forecast.aggregate import (
    COMPOSABILITIES,
    category_totals,
    printed_totals,
)
from analysis.forecast.backtest.backtest import Backtest, backtest
from analysis.forecast.budget import (
    Pricing,
    unknown_multipliers,
)
from analysis.forecast.budget_cases import BudgetCase, budget_cases
from analysis.forecast.caps import WRITEUP_CAP
from analysis.forecast.costs import Cost, costs, measured_multipliers
from analysis.forecast.distributions import drawn
from analysis.forecast.effects import Effect, effects
from analysis.forecast.growth import NO_LIMITS, Growth, Limits
from analysis.forecast.intervals import QUANTILES, Component, Forecast, forecast, horizon
from analysis.forecast.jackknife import LeftOut, leave_one_out
from analysis.forecast.measured.counting import EVERYTHING_SAID, Counting
from analysis.forecast.measured.estimates import EstimatesFile
from analysis.forecast.measured.model_numbers import GUESSED
from analysis.forecast.measured.moved import Moved, moved
from analysis.forecast.measured.told import first_lines
from analysis.forecast.measured.values import Measured, measured
from analysis.forecast.own_trends import trends_in_use
from analysis.forecast.reproduction import Reproduced, reproduction
from analysis.forecast.slope import CONVENTIONS, TrendLine, slopes_by_convention
from analysis.forecast.stated.choices import BUDGETS, NOTHING_STATED, Stated
from analysis.forecast.totals import ForecastParameters, RunningTotal, printed, running_totals
from analysis.forecast.trends import Dating, TrendPoint
from analysis.writeup.months import label
from analysis.writeup.published import sigmoid
from analysis.writeup.table import PteTable, writeup_table
from harness.errors import UserError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Options:
    """What the user asks for."""

    m: float = 0.6
    until: tuple[int, ...] = ()
    """Months to forecast, the table's last first."""
    seed: int = 0
    draws: int = 10_000
    budget: float | None = None
    """Most inference as a multiple of the base's, which the headline obeys; None for no limit."""
    cap: float | None = None
    """Cap on the total CEG in OOM; None shows the example of Lifland et al. and applies none."""
    file: EstimatesFile | None = None
    counting: Counting = EVERYTHING_SAID
    """What of the file's values counts: rows, benchmarks, compute."""
    stated: Stated = NOTHING_STATED
    """What takes the place of the write-up's choices."""

    def limits(self, multipliers: Mapping[str, float] | None = None) -> Limits:
        """What the headline obeys.

        Args:
            multipliers: measured ones, by PTE.
        """
        if self.budget is None and self.cap is None and self.stated.reference is None:
            return NO_LIMITS
        pricing = Pricing(unknown=self.stated.unpriced, measured=multipliers or {})
        return Limits(self.cap, self.stated.soft, self.budget, pricing, self.stated.reference)


@dataclass(frozen=True)
class Compared:
    """Totals and slope at one M, from the table and with measured values in it, without limits."""

    m: float
    totals: Array
    """[date]: log10 total CEG from the table alone; the print's is rounded as it is."""
    slope: float
    """OOM a year, by the convention in use."""
    with_measured: Array
    """[date]: log10 total CEG with measured points in place of guesses, not rounded."""
    slope_with_measured: float


@dataclass(frozen=True)
class Study:
    """Everything that leaves as JSON, tables and plots."""

    options: Options
    table: PteTable
    changes: tuple[int, ...]
    """[date]: months at which a total of the table changes, from the reference date on."""
    sigmoid: LeastSquaresFit
    reproduction: tuple[Reproduced, ...]
    running: Mapping[str, list[RunningTotal]]
    """Running totals of each category from the printed numbers, rounded."""
    running_measured: Mapping[str, list[RunningTotal]]
    """Running totals of each category with measured points in place of guesses, not rounded."""
    by_m: tuple[Compared, ...]
    conventions: Mapping[str, float]
    """Slope of the table by name of the convention, at the user's M, without limits."""
    left_out: tuple[LeftOut, ...]
    measured: Measured
    point_totals: Array
    """[date]: log10 totals of the points, measured ones in, not rounded; under budget and reference
    date, and not capped."""
    point_line: TrendLine
    """The headline's line, under all limits."""
    draws: ForecastParameters
    totals: Array
    """[date, draw]: log10 total CEG, under budget and reference date, and not capped."""
    slopes: Array
    """[draw]: slope of the total CEG under all limits, OOM a year."""
    trends: Mapping[Dating, tuple[TrendPoint, ...]]
    forecast: Forecast
    budgets: tuple[BudgetCase, ...]
    unpriced: tuple[str, ...]
    """PTEs whose inference multiplier is neither in the table nor measured."""
    limits: Limits
    """What the headline obeys."""
    effects: tuple[Effect, ...]
    """From the printed number to the headline, step by step."""
    costs: tuple[Cost, ...]
    backtest: Backtest
    trend_notes: tuple[str, ...]
    """What stayed out of the trends, and why."""
    budget_note: str
    """Why there are no budgets, of which none was asked for; empty where there are."""
    moved: tuple[Moved, ...] = ()
    """The slope with each measured number put in alone; empty where all is guessed."""

    @property
    def first_lines(self) -> list[str]:
        """What was measured, what of it counts, and what was dropped and why; nothing without a
        file."""
        return first_lines(self.options.file, self.measured, self.moved, self.options.m)

    @property
    def bands(self) -> Array:
        """[date, quantile]: of log10 totals over the draws, under all limits."""
        return np.asarray(np.quantile(self.limits.capped(self.totals), QUANTILES, axis=1).T)

    def ahead(self, component: Component = Component.BOTH) -> Array:
        """[date, quantile]: the bands of the forecast under all limits.

        Quantiles pass through a cap, since caps rise with what they cap.
        """
        return self.limits.capped(self.forecast.bands[component])

    @property
    def plain(self) -> bool:
        """Whether the table's slopes are the write-up's own: its table, its convention."""
        return self.table.as_printed and self.options.stated.convention is CONVENTIONS[0]

    @property
    def table_name(self) -> str:
        """What the table in use is called."""
        stated = self.options.stated
        if stated.file is not None:
            return stated.file[0]
        return "the write-up's table" if self.table.as_printed else "the write-up's table, changed"

    @property
    def cap(self) -> float:
        """OOM of the cap that is shown: the user's, or Lifland et al.'s example."""
        return WRITEUP_CAP if self.options.cap is None else self.options.cap

    @property
    def categories(self) -> Array:
        """[date, category]: log10 of the table's running totals."""
        return np.asarray(category_totals(self.running, self.changes)[:, 0])


def study(options: Options) -> Study:
    """Compute the forecast.

    Raises:
        UserError: the file's estimates do not belong together, or what is stated cannot be.
    """
    stated = options.stated
    table = stated.table
    result = measured(
        table=table,
        m=options.m,
        file=options.file,
        draws=options.draws,
        seed=options.seed,
        counting=options.counting,
        weights=stated.weights,
    )
    draws = drawn(table, options.m, options.draws, options.seed, result.given)
    measurements = () if options.file is None else options.file.measurements
    known = costs(table, result.sources, measurements)
    multipliers = measured_multipliers(known)
    headline = Growth(
        table,
        result.points,
        limits=options.limits(multipliers),
        measured=frozenset(result.given.log_ceg),
    )
    worlds = replace(headline, parameters=draws, points=result.points)
    changes = headline.changes()
    totals, points = worlds.uncapped(changes), headline.uncapped(changes)[:, 0]
    curve = sigmoid()
    found, notes = trends_in_use(stated, options.file, curve.curve, options.counting)
    wanted = {*stated.budgets, *(() if options.budget is None else (options.budget,))}
    cases: tuple[BudgetCase, ...] = ()
    why_not = ""
    try:
        cases = budget_cases(wanted, headline, worlds, multipliers)
    except UserError as error:
        if options.budget is not None or stated.budgets is not BUDGETS:
            raise
        why_not = str(error)
    return Study(
        options=options,
        table=table,
        changes=changes,
        sigmoid=curve,
        reproduction=reproduction(writeup_table()),
        running=running_totals(table, printed(table, options.m), table.as_printed),
        running_measured=running_totals(table, result.points, rounded=False),
        by_m=tuple(
            _compared(stated, result, changes, m) for m in sorted({*COMPOSABILITIES, options.m})
        ),
        conventions=slopes_by_convention(table, options.m),
        left_out=leave_one_out(table, options.m, table.as_printed),
        measured=result,
        point_totals=points,
        point_line=stated.convention.line(headline),
        draws=draws,
        totals=totals,
        slopes=stated.convention.line(worlds).slope,
        trends=found,
        forecast=forecast(
            changes,
            points,
            totals,
            horizon(label(options.until[-1]), changes[-1]),
            options.seed,
            lines=(_uncapped_line(stated, headline), _uncapped_line(stated, worlds)),
        ),
        budgets=cases,
        budget_note=why_not,
        unpriced=unknown_multipliers(table, multipliers),
        limits=headline.limits,
        effects=effects(
            stated, headline, options.m, any(s.source != GUESSED for s in result.sources)
        ),
        costs=known,
        backtest=_backtest(options, replace(headline, limits=NO_LIMITS)),
        trend_notes=notes,
        moved=moved(headline, options.m, result, stated.convention),
    )


def _uncapped_line(stated: Stated, growth: Growth) -> TrendLine:
    """The line to extrapolate: a cap acts on what it reaches, and not on its slope."""
    return stated.convention.line(replace(growth, limits=replace(growth.limits, cap=None)))


def _compared(stated: Stated, result: Measured, changes: tuple[int, ...], m: float) -> Compared:
    table, convention = stated.table, stated.convention
    points = replace(result.points, m=np.array([m]))
    ours = Growth(table, points, measured=frozenset(result.given.log_ceg))
    return Compared(
        m,
        printed_totals(table, changes, m, table.as_printed),
        convention.slope(table, m),
        ours.at(changes)[:, 0],
        float(convention.line(ours).slope[0]),
    )


def _backtest(options: Options, growth: Growth) -> Backtest:
    """Over the table's whole history: no budget, no reference date, no cap."""
    changes = growth.changes()
    totals = growth.at(changes)[:, 0]
    return backtest(changes, totals, options.seed, options.stated.cut, options.until[-1])
