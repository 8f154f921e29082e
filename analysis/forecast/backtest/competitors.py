"""Models of growth that compete: the line, diminishing returns, and resampled innovations.

The line and its two rivals are one model each, log10 total = a + b f(t) with normal scatter, where
f bends as a shape says: not at all, as a power of time, or levelling off with a time constant.
Given the shape, a future total is Student's t with n - 2 degrees, about the fitted value and wider
by its uncertainty. Shapes of one model are weighed by how well they fit the past (the marginal
likelihood under flat priors on a, on the rise in units of the shape's own spread, and on log
scatter), so that nothing is tuned to what comes later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.intervals import innovations
from analysis.writeup.months import years

Array = NDArray[np.float64]

LEAST_SCATTER = 1e-3
"""OOM: least residual deviation, so that points on a line leave a density."""
POWERS = tuple(np.arange(1, 11) / 10)
"""Powers of time, 1 the line itself."""
TIME_CONSTANTS = tuple(np.geomspace(0.5, 32, 13))
"""Years: how fast growth levels off. The longest is all but a line over the table's few years."""


@dataclass(frozen=True)
class Past:
    """What is known at a cut."""

    months: tuple[int, ...]
    """[change] months at which the total changed."""
    totals: Array
    """[change] log10 totals."""


@dataclass(frozen=True)
class Competitor:
    """A model that predicts."""

    name: str
    meaning: str
    predict: Callable[[Past, Sequence[int], int, np.random.Generator], Array]
    """From the past, future months, and a number of members to [date, member] log10 totals."""


def _curved(shapes: Sequence[Callable[[Array], Array]]) -> Callable[..., Array]:
    def predict(past: Past, future: Sequence[int], members: int, rng: np.random.Generator) -> Array:
        start = float(years(past.months[0]))
        known, ahead = years(past.months) - start, years(future) - start
        fits = [_fit(shape(known), shape(ahead), past.totals) for shape in shapes]
        logs = np.array([fit.log_weight for fit in fits])
        weights = np.exp(logs - logs.max())
        counts = rng.multinomial(members, weights / weights.sum())
        drawn = [fit.draw(int(n), rng) for fit, n in zip(fits, counts, strict=True)]
        return np.concatenate(drawn, axis=1)

    return predict


@dataclass(frozen=True)
class _Fit:
    centre: Array
    """[date] fitted values ahead."""
    covariance: Array
    """[date, date] of what is predicted, in units of the scatter's variance."""
    scatter: float
    degrees: int
    log_weight: float

    def draw(self, members: int, rng: np.random.Generator) -> Array:
        """[date, member]: joint over the dates, which share the fit's errors and its scatter."""
        shared = np.sqrt(self.degrees / rng.chisquare(self.degrees, members))
        root = np.linalg.cholesky(self.covariance)
        normal = root @ rng.standard_normal((len(self.centre), members))
        return np.asarray(self.centre[:, None] + self.scatter * shared * normal)


def _fit(known: Array, ahead: Array, totals: Array) -> _Fit:
    design = np.column_stack([np.ones_like(known), known])
    gram = design.T @ design
    inverse = np.linalg.inv(gram)
    coefficients = inverse @ design.T @ totals
    degrees = len(totals) - 2
    rss = float(((totals - design @ coefficients) ** 2).sum())
    rss = max(rss, degrees * LEAST_SCATTER**2)
    new = np.column_stack([np.ones_like(ahead), ahead])
    covariance = np.eye(len(ahead)) + new @ inverse @ new.T
    log_weight = -0.5 * degrees * np.log(rss)
    return _Fit(
        new @ coefficients, covariance, float(np.sqrt(rss / degrees)), degrees, float(log_weight)
    )


def _resampled(past: Past, future: Sequence[int], members: int, rng: np.random.Generator) -> Array:
    gaps = np.diff(np.asarray(past.months, int))
    jumps = np.repeat(np.diff(past.totals)[:, None], members, axis=1)
    months = [past.months[-1], *future]
    return np.asarray(past.totals[-1] + innovations(gaps, jumps, months, rng)[1:])


def _power(power: float) -> Callable[[Array], Array]:
    return lambda t: np.asarray(np.maximum(t, 0.0) ** power)


def _levelling(years_: float) -> Callable[[Array], Array]:
    return lambda t: np.asarray(-np.expm1(-t / years_))


COMPETITORS = (
    Competitor("line", "log10 total = a + b t", _curved([lambda t: t])),
    Competitor(
        "innovations", "gaps and jumps so far, drawn again (the forecast's own)", _resampled
    ),
    Competitor(
        "power of time",
        "diminishing: a + b t^p, p in (0, 1]",
        _curved([_power(float(p)) for p in POWERS]),
    ),
    Competitor(
        "levelling off",
        "diminishing: a + b (1 - exp(-t / tau)), tau 0.5 to 32 years",
        _curved([_levelling(float(tau)) for tau in TIME_CONSTANTS]),
    ),
)
"""The models, the line first; the last two have diminishing returns."""
REFERENCE = "line"
