"""Forecast of total CEG to a date that the user names, with its bands.

Two things are not known. What the PTEs so far are worth: the parameter draws. What comes next:
innovations, made by resampling the historical pairs of gap and jump (months from one change of the
total to the next, and how much log10 total rose by it). No regression error is used: the points
of Lifland et al.'s line are cumulative. Both take it that the future resembles the years of the
table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.slope import TrendLine, line
from analysis.writeup.months import label, month, years
from harness.errors import UserError

Array = NDArray[np.float64]

LONGEST = 30
"""Years past the table's last date."""
QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
"""Quantiles of every band: the median, and the central 50% and 95%."""


class Component(StrEnum):
    """What a band is made of."""

    BOTH = "parameters and innovations"
    PARAMETERS = "parameters"
    """Each draw grows at its own mean rate."""
    INNOVATIONS = "innovations"
    """Growth by resampled gaps and jumps, around the point values."""
    LINE = "line"
    """The plain line of each draw, extrapolated, as Lifland et al.'s figure would be."""


@dataclass(frozen=True)
class Forecast:
    """log10 total CEG over future dates."""

    months: tuple[int, ...]
    """[date]: the months of the forecast, the table's last date first."""
    bands: dict[Component, Array]
    """[date, quantile of `QUANTILES`] by component: log10 total CEG."""
    point_line: Array
    """[date]: the line of the point values, extrapolated."""
    paths: dict[Component, Array]
    """[date, draw] by component: log10 total CEG, of which the bands are quantiles."""


def horizon(until: str, last: int) -> tuple[int, ...]:
    """Every month from the table's last to a date.

    Raises:
        UserError: it is no date, or not after the table's last, or too far from it.
    """
    end = month(until)
    if end <= last:
        raise UserError(f"--until {until} must lie after {label(last)}, where the table ends")
    if end > last + 12 * LONGEST:
        raise UserError(f"--until {until} is more than {LONGEST} years after the table's end")
    return tuple(range(last, end + 1))


def forecast(
    changes: Sequence[int],
    points: Array,
    totals: Array,
    future: Sequence[int],
    seed: int,
    *,
    lines: tuple[TrendLine, TrendLine] | None = None,
) -> Forecast:
    """Bands of log10 total CEG.

    Args:
        changes: [change] months at which the total changed.
        points: [change] log10 total of the point values.
        totals: [change, draw] log10 totals of the draws.
        future: [date] months, the first of them the last change.
        seed: Of the resampling.
        lines: Of the points and of the draws, to extrapolate; None fits both over the changes.
    """
    of_points, of_draws = lines or (line(changes, points[:, None]), line(changes, totals))
    rng = np.random.default_rng([seed, 2])
    gaps = np.diff(np.asarray(changes, int))
    rise = np.diff(totals, axis=0)
    still = np.repeat(points[:, None], totals.shape[1], axis=1)
    since = years(future) - years(future[0])
    rate = (totals[-1] - totals[0]) / float(years(changes[-1]) - years(changes[0]))
    paths = {
        Component.BOTH: totals[-1] + innovations(gaps, rise, future, rng),
        Component.PARAMETERS: totals[-1] + since[:, None] * rate,
        Component.INNOVATIONS: still[-1] + innovations(gaps, np.diff(still, axis=0), future, rng),
        Component.LINE: of_draws.at(future),
    }
    bands = {name: np.quantile(path, QUANTILES, axis=1).T for name, path in paths.items()}
    extrapolated = of_points.at(future)[:, 0]
    return Forecast(tuple(future), bands, np.asarray(extrapolated), paths)


def innovations(
    gaps: NDArray[np.int_], jumps: Array, future: Sequence[int], rng: np.random.Generator
) -> Array:
    """[date, draw]: rise of log10 total since the first date, by resampled gaps and jumps.

    A gap and the jump that ended it stay together. A jump counts from the month in which its gap
    is over; what has not ended by a date adds nothing to it.

    Args:
        gaps: [pair] months.
        jumps: [pair, draw] OOM.
        future: [date] months, rising.
        rng: Random numbers.
    """
    draws = jumps.shape[1]
    span = future[-1] - future[0]
    rise = np.zeros((span + 1, draws))
    now = np.zeros(draws, int)
    worlds = np.arange(draws)
    while len(worlds):
        pair = rng.integers(0, len(gaps), len(worlds))
        now[worlds] += gaps[pair]
        inside = now[worlds] <= span
        worlds, pair = worlds[inside], pair[inside]
        np.add.at(rise, (now[worlds], worlds), jumps[pair, worlds])
    return np.asarray(np.cumsum(rise, axis=0)[np.asarray(future, int) - future[0]])
