"""What was measured on one benchmark, by however many experiments on the same items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.measured.estimates import Measurement
from analysis.forecast.measured.usable import bound
from analysis.uncertainty.random_effects import says_nothing
from harness.errors import UserError

Array = NDArray[np.float64]

SD_95 = 2 * 1.959964
"""Standard deviations in a 95% interval."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkValue:
    """A benchmark: what was measured on it in all experiments that share its items."""

    members: tuple[Measurement, ...]
    point: float
    noise: float
    """Variance of the point."""
    at_least: float
    at_most: float
    """Upper bound where there is no value; infinite where there is none."""

    @property
    def known(self) -> bool:
        """Whether it has a value."""
        return isfinite(self.point)


def telling(result: Sequence[Measurement]) -> tuple[list[Measurement], list[str]]:
    """Without intervals so wide that they say nothing, as in the report, and what is said of
    them."""
    widths = {m.id: m.high - m.low for m in result if bound(m) is None}
    widest = says_nothing(list(widths.values()))
    wide = [m for m in result if widths.get(m.id, 0.0) > widest]
    if len(wide) == len(result):
        raise UserError("no interval says anything")
    said = [f"{m.id} is left out: its interval says nothing" for m in wide]
    return [m for m in result if not any(m is each for each in wide)], said


def benchmark_value(group: Sequence[Measurement]) -> BenchmarkValue:
    """One benchmark at the mean of its experiments, as uncertain as one of them is.

    If one of them is known by a bound alone, so is the mean.
    """
    bounds = [bound(m) or (m.point, m.point) for m in group]
    low, high = (float(np.mean([b[end] for b in bounds])) for end in (0, 1))
    known = all(bound(m) is None for m in group)
    ends = [float(np.mean([getattr(m, end) for m in group])) for end in ("low", "high")]
    return BenchmarkValue(
        members=tuple(group),
        point=low if known else np.nan,
        noise=((ends[1] - ends[0]) / SD_95) ** 2 if known else np.nan,
        at_least=-inf if known else low,
        at_most=inf if known else high,
    )


def joint_mean(drawn: Sequence[Array]) -> Array:
    """The mean of draws on the same items, as uncertain as these are: their noise is one noise."""
    mean = np.mean(drawn, axis=0)
    own, each = float(np.std(mean)), float(np.mean([np.std(draws) for draws in drawn]))
    return np.asarray(mean if own == 0 else mean.mean() + (mean - mean.mean()) * each / own)
