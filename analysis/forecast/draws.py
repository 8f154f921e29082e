"""The draws of everything that a forecast knows, joint: index n is one world in all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.forecast.caps import hard_cap, soft_cap
from analysis.forecast.continuous import ContinuousCdf, continuous_cdf, fitting_range
from analysis.forecast.intervals import Component
from analysis.forecast.study import Study
from analysis.writeup.months import label, month
from harness.errors import UserError

Array = NDArray[np.float64]

PERCENT = tuple(range(1, 100))
"""The quantiles of `ForecastDraws.quantiles`, in percent."""
CAPS: dict[str, Callable[[Array, float], Array] | None] = {
    "none": None,
    "hard": hard_cap,
    "soft": soft_cap,
}
HEADLINE = "headline"
SO_FAR = "so far"
"""In place of a component, of dates within the table."""
OOM, RATE, PLAIN = "OOM", "OOM a year", "1"
"""Units: orders of magnitude of training compute; the same by year; none."""
TOTAL_STEP, SLOPE_STEP = 0.5, 0.1
"""Ends of a question's range are multiples of these, where none is given."""


@dataclass(frozen=True)
class DrawColumn:
    """One column of the draws: what it is called, its unit, what it means, its numbers."""

    name: str
    unit: str
    meaning: str
    draws: Array
    """[draw]: the column's numbers, in its unit."""


@dataclass(frozen=True, eq=False, repr=False)
class ForecastDraws:
    """A forecast as draws: arrays, and frames with a row a draw."""

    study: Study
    """What the draws were made from: options, table, sources of every number, bands."""

    def __repr__(self) -> str:
        low, median, high = np.quantile(self.total_at(self.horizon), [0.025, 0.5, 0.975])
        return (
            f"<forecast of {len(self.slope)} draws: log10 total CEG in {self.horizon} "
            f"{median:.1f} (95%: {low:.1f} to {high:.1f}), "
            f"{np.median(self.slope):.2f} OOM a year>"
        )

    @property
    def m(self) -> Array:
        """[draw]: composability across categories."""
        return self.study.draws.m

    @property
    def slope(self) -> Array:
        """[draw]: growth of log10 total CEG over the table's years, in OOM a year."""
        return self.study.slopes

    @property
    def log10_cegs(self) -> dict[str, Array]:
        """By PTE, [draw]: log10 CEG for the average task."""
        return dict(self.study.draws.log_ceg)

    @property
    def exponents(self) -> dict[tuple[str, str], Array]:
        """By (PTE, other), or (PTE, "") on its category's running total, [draw]."""
        return dict(self.study.draws.exponents)

    @property
    def horizon(self) -> str:
        """The last date of the forecast, as `2026-12`."""
        return label(self.study.forecast.months[-1])

    def total_at(
        self, date: str, component: Component | str = Component.BOTH, cap: str = HEADLINE
    ) -> Array:
        """[draw]: log10 total CEG at the end of a month, in OOM.

        Args:
            date: As `2027-06`. Within the table's years it is what the PTEs out by then are worth;
                before the first of them 0.
            component: What a date after the table's end is made of; see `Component`.
            cap: `headline` for what the user asked of the headline, or `none`, `hard` or `soft`, by
                the user's cap or else the write-up's example.

        Raises:
            UserError: no date, one beyond the horizon, or an unknown component or cap.
        """
        totals = self._uncapped(month(date), _component(component))
        if cap == HEADLINE:
            return self.study.limits.capped(totals)
        if cap not in CAPS:
            raise UserError(f"there is no cap '{cap}': give {HEADLINE}, {', '.join(CAPS)}")
        capped = CAPS[cap]
        return totals if capped is None else capped(totals, self.study.cap)

    def _uncapped(self, date: int, component: Component) -> Array:
        changes, months = self.study.changes, self.study.forecast.months
        if date <= changes[-1]:
            begun = sum(change <= date for change in changes)
            return np.asarray(self.study.totals[begun - 1] if begun else 0.0 * self.slope)
        if date > months[-1]:
            raise UserError(
                f"{label(date)} is after {label(months[-1])}, where this forecast ends: "
                "forecast until a later date"
            )
        return np.asarray(self.study.forecast.paths[component][months.index(date)])

    @property
    def dates(self) -> tuple[str, ...]:
        """The dates of `frame`: every change of the table, then Junes, Decembers and the last."""
        last = self.study.changes[-1]
        months = self.study.forecast.months
        half_years = [d for d in months if d > last and (d % 6 == 5 or d == months[-1])]
        return tuple(label(date) for date in (*self.study.changes, *half_years))

    def columns(self) -> tuple[DrawColumn, ...]:
        """Every column of `frame`, described."""
        return (*self._parameters(), *self._totals())

    def frame(self) -> pd.DataFrame:
        """A row a draw: M, every CEG, every exponent, slope, totals by date; see `columns`."""
        made = pd.DataFrame({column.name: column.draws for column in self.columns()})
        return made.rename_axis("draw")

    def quantiles(self, percent: Sequence[int] = PERCENT) -> pd.DataFrame:
        """Quantiles by date and component: `date`, `component`, `cap`, then `p01` to `p99`.

        log10 total CEG, in OOM: every change of the table, then every month of the forecast.
        """
        rows = []
        for date, component, cap in self._lines():
            values = np.percentile(self.total_at(date, component, cap), percent)
            shown = SO_FAR if month(date) <= self.study.changes[-1] else component.value
            named = {f"p{p:02d}": value for p, value in zip(percent, values, strict=True)}
            rows.append({"date": date, "component": shown, "cap": cap, **named})
        return pd.DataFrame(rows)

    def _lines(self) -> Iterator[tuple[str, Component, str]]:
        later = [label(d) for d in self.study.forecast.months if d > self.study.changes[-1]]
        yield from ((label(date), Component.BOTH, HEADLINE) for date in self.study.changes)
        for component in Component:
            yield from ((date, component, HEADLINE) for date in later)
        for cap in CAPS:
            yield from ((date, Component.BOTH, cap) for date in later)

    def cdf(
        self,
        date: str | None = None,
        *,
        low: float | None = None,
        high: float | None = None,
        open_low: bool = True,
        open_high: bool = True,
    ) -> ContinuousCdf:
        """The distribution of log10 total CEG at a date, or of the slope, for a question platform.

        Args:
            date: As `2027-06`; None for the slope.
            low: Lower end of the question's range, in OOM (slope: OOM a year). Without both ends a
                range is taken that holds the central 99% of the draws.
            high: Upper end of it.
            open_low: Whether the question allows answers below its range.
            open_high: Whether it allows answers above.

        Raises:
            UserError: see `total_at` and `continuous_cdf`; or one end without the other.
        """
        draws = self.slope if date is None else self.total_at(date)
        if (low is None) != (high is None):
            raise UserError("a range has two ends: give both, low and high, or neither")
        if low is None or high is None:
            low, high = fitting_range(draws, SLOPE_STEP if date is None else TOTAL_STEP)
        return continuous_cdf(
            draws,
            low=low,
            high=high,
            open_low=open_low,
            open_high=open_high,
            quantity="slope of log10 total CEG" if date is None else f"log10 total CEG in {date}",
            unit=RATE if date is None else OOM,
        )

    def _parameters(self) -> Iterator[DrawColumn]:
        yield DrawColumn("m", PLAIN, "composability across categories, M", self.m)
        for key, draws in self.log10_cegs.items():
            meaning = f"log10 CEG of {key} for the average task; below 0 it is left out"
            yield DrawColumn(f"log10_ceg__{key}", OOM, meaning, draws)
        for (key, other), draws in self.exponents.items():
            what = f"on {other}" if other else "on the running total of its category"
            name = "__".join(filter(None, ("exponent", key, other)))
            meaning = f"exponent of {key} {what}; below 0 counts as 0"
            yield DrawColumn(name, PLAIN, meaning, draws)
        by = self.study.options.stated.convention.meaning
        meaning = f"growth of log10 total CEG over the table's years: {by}"
        yield DrawColumn("slope", RATE, meaning, self.slope)

    def _totals(self) -> Iterator[DrawColumn]:
        for date in self.dates:
            name = f"log10_total__{date.replace('-', '_')}"
            meaning = f"log10 total CEG at the end of {date}"
            yield DrawColumn(name, OOM, meaning, self.total_at(date))
            if month(date) <= self.study.changes[-1]:
                continue
            for component in Component:
                if component is not Component.BOTH:
                    only = self.total_at(date, component)
                    yield DrawColumn(
                        f"{name}__{component.name.lower()}",
                        OOM,
                        f"{meaning}, {component.value} only",
                        only,
                    )
            for cap in ("hard", "soft"):
                under = f"{meaning}, under a {cap} cap of {self.study.cap:g} OOM"
                yield DrawColumn(f"{name}__{cap}_cap", OOM, under, self.total_at(date, cap=cap))


def _component(name: Component | str) -> Component:
    try:
        return Component(name)
    except ValueError:
        raise UserError(
            f"there is no component '{name}': give {', '.join(c.value for c in Component)}"
        ) from None
