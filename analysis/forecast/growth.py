"""Total CEG over time: a table with its numbers, under what limits it.

Three things may limit a total. A *budget* of inference: at each date only the best set of PTEs that
fits it counts, chosen by the points, since nobody can choose by a draw. A *reference date*: PTEs of
that date are in the base model already, and the total counts what came after. A *cap*: what one
base model can be brought to at most, applied last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.aggregate import change_months, total_ceg, totals_by_date
from analysis.forecast.budget import Pricing, Unknown, best_within
from analysis.forecast.caps import hard_cap, soft_cap
from analysis.forecast.totals import ForecastParameters, running_totals
from analysis.writeup.months import label
from analysis.writeup.table import NotCounted, PteTable

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """What a headline obeys."""

    cap: float | None = None
    """OOM that one base model can gain at most; None for no cap."""
    soft: bool = False
    """Whether the cap is soft, cap x (1 - exp(-L / cap)), or L stops at it."""
    budget: float | None = None
    """Most inference as a multiple of the base's; None for no limit."""
    pricing: Pricing = field(default_factory=Pricing)
    reference: int | None = None
    """Month of the base model, whose PTEs of then are in it; None counts from no PTE at all."""

    def capped(self, log_ceg: Array) -> Array:
        """log10 CEG under the cap."""
        if self.cap is None:
            return log_ceg
        return soft_cap(log_ceg, self.cap) if self.soft else hard_cap(log_ceg, self.cap)

    def said(self) -> str:
        """The limits in words, such as `cap 6 OOM (hard); budget 10x, unpriced excluded`."""
        cap = "no cap"
        if self.cap is not None:
            cap = f"cap {self.cap:g} OOM ({'soft' if self.soft else 'hard'})"
        budget = "no budget"
        if self.budget is not None:
            free = self.pricing.unknown is Unknown.FREE
            budget = f"budget {self.budget:g}x, unpriced PTEs {'free' if free else 'left out'}"
        since = "" if self.reference is None else f"; over the PTEs of {label(self.reference)}"
        return f"{cap}; {budget}{since}"


NO_LIMITS = Limits()


@dataclass(frozen=True)
class Growth:
    """A table's total CEG over time."""

    table: PteTable
    parameters: ForecastParameters
    rounded: bool = False
    """Whether running totals are rounded at each step, as the print's are."""
    limits: Limits = NO_LIMITS
    points: ForecastParameters | None = None
    """One draw, by which the set within a budget is chosen; None takes the parameters, which then
    must be one draw."""
    measured: frozenset[str] = frozenset()
    """PTEs whose CEG is measured."""

    def changes(self) -> tuple[int, ...]:
        """The dates at which a running total changes, from the reference date on: by the table's
        guesses, or as a measured row comes in that was guessed to add nothing."""
        measured = {
            row.month
            for row in self.table.rows
            if row.key in self.measured and not isinstance(row.rule, NotCounted)
        }
        return tuple(self.kept({*change_months(self.table), *measured}))

    def kept(self, months: Iterable[int]) -> list[int]:
        """The months from the reference date on, rising."""
        first = self.limits.reference
        return sorted(month for month in months if first is None or month >= first)

    def at(self, months: Sequence[int]) -> Array:
        """[date, draw]: log10 total CEG at the end of each month, under all limits."""
        return self.limits.capped(self.uncapped(months))

    def uncapped(self, months: Sequence[int]) -> Array:
        """[date, draw]: the same without the cap."""
        reference = self.limits.reference
        if reference is None:
            return self._whole(months)
        both = self._whole([reference, *months])
        return np.asarray(np.maximum(both[1:] - both[0], 0.0))

    def _whole(self, months: Sequence[int]) -> Array:
        """[date, draw]: over no PTE at all."""
        limits = self.limits
        if limits.budget is None:
            return totals_by_date(self.table, self.parameters, months, self.rounded)
        points = self.parameters if self.points is None else self.points
        dates = sorted({row.month for row in self.table.rows})
        sets = best_within(self.table, points, dates, limits.budget, limits.pricing)
        by_set = {chosen.ptes: self._of(chosen.ptes) for chosen in sets}
        # In a draw the new set may be worse: the old one can still be used.
        best = np.maximum.accumulate([by_set[chosen.ptes] for chosen in sets])
        nothing = np.zeros(len(self.parameters.m))
        begun = [sum(date <= month for date in dates) for month in months]
        return np.array([best[number - 1] if number else nothing for number in begun])

    def _of(self, ptes: tuple[str, ...]) -> Array:
        """[draw]: log10 total CEG of one set of PTEs."""
        steps = running_totals(self.table, self.parameters, rounded=False, present=set(ptes))
        draws = len(self.parameters.m)
        logs = [row[-1].total if row else np.zeros(draws) for row in steps.values()]
        return total_ceg(np.stack(logs, axis=-1), self.parameters.m)
