"""Whether an arm's gain is one number over the ladder: a trend of it against training compute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.contracts.estimate import LEVEL

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trend:
    """A slope of the gain against log10 compute, over its standard error."""

    t: float
    """Student's t: positive where the gain grows with compute."""
    degrees: int
    """Rungs less two."""

    @property
    def p(self) -> float:
        """Two-sided p of a gain that is the same on all rungs."""
        return float(2 * stats.t.sf(abs(self.t), self.degrees))


def trend(gains: Array, sampling: Array, weights: Array, x: Array) -> Trend | None:
    """The trend of an arm's distance to the base over the rungs where it was run.

    Its variance is the larger of two: what resampling items gives, and what the rungs' scatter
    about the trend gives. Items alone would take every model's luck in training for a trend.

    Args:
        gains: [rung], distance to the base in the linear predictor, less a constant or not.
        sampling: [replicate, rung], the same under resampled items, less what was measured.
        weights: [rung], information about the predictor; 0 where the arm was not run.
        x: [rung], log10(FLOP / 1e21).

    Returns:
        None below three different computes, or where nothing varies.
    """
    used = weights > 0
    if len(np.unique(x[used])) < 3:
        return None
    share, at = weights[used] / weights[used].mean(), x[used]
    off = at - np.average(at, weights=share)
    leverage = share * off / (share @ off**2)
    slope = float(gains[used] @ leverage)
    left = gains[used] - np.average(gains[used], weights=share) - slope * off
    degrees = int(used.sum()) - 2
    scatter = float(share @ left**2) / degrees * float((leverage**2 / share).sum())
    items = float(np.var(sampling[:, used] @ leverage))
    spread = max(items, scatter)
    return Trend(slope / spread**0.5, degrees) if spread > 0 else None


def rejects(trend: Trend) -> bool:
    """Whether one gain over the ladder is rejected."""
    return trend.p < 1 - LEVEL


def least_sure(trends: Iterable[Trend | None]) -> Trend | None:
    """The trend that says least against one gain, of those under several forms of the curve: a gain
    that is constant under one form is none that depends on compute."""
    known = [each for each in trends if each is not None]
    return max(known, key=lambda each: each.p, default=None)
