"""Confidence sets for a ratio whose denominator may be 0."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, copysign, floor, inf, isfinite, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.contracts.estimate import LEVEL
from harness.errors import UserError

Array = NDArray[np.float64]

ROUNDING = 1e-9
"""Slack in draws, so that 2.5% of 1,000 draws are 25 in spite of binary fractions."""


class Kind(StrEnum):
    """Shape of a Fieller set."""

    INTERVAL = "interval"
    HALF_LINE = "half-line"
    COMPLEMENT = "complement"
    """Everything but an open interval: two half-lines, one for either sign of the denominator."""
    EVERYTHING = "everything"


@dataclass(frozen=True)
class FiellerSet:
    """All ratios that the data do not reject."""

    kind: Kind
    low: float
    """Lower end of the smallest interval that holds the set; -inf where there is none."""
    high: float
    """Upper end of the set; inf where there is none."""
    gap: tuple[float, float] = (nan, nan)
    """Where the set is the complement of an interval, the ends of the interval that is rejected;
    they themselves belong to the set."""

    def contains(self, value: float) -> bool:
        """Whether the data do not reject a ratio."""
        if self.kind is Kind.COMPLEMENT:
            return not self.gap[0] < value < self.gap[1]
        return self.low <= value <= self.high


EVERYTHING = FiellerSet(Kind.EVERYTHING, -inf, inf)


def fieller(
    *, d: float, b: float, var_d: float, var_b: float, cov: float, critical: float
) -> FiellerSet:
    """Fieller's set for d / b: all t with (d - t b)^2 <= critical^2 Var(d - t b).

    Fieller 1954, "Some problems in interval estimation", J. R. Stat. Soc. B 16. It is bounded
    exactly where b differs from 0 at the same level. Where b does not, and the ratio 0 is rejected
    nevertheless, the set is the complement of an interval: a large gain over a flat ladder. Where
    a number is not finite, nothing is known and nothing is rejected.

    Args:
        d: estimate of the numerator.
        b: estimate of the denominator.
        var_d: variance of d.
        var_b: variance of b.
        cov: their covariance.
        critical: quantile, normal or Student's, of the wanted two-sided level.
    """
    if not all(map(isfinite, (d, b, var_d, var_b, cov, critical))):
        return EVERYTHING
    square, half, constant = (
        b * b - critical**2 * var_b,
        d * b - critical**2 * cov,
        d * d - critical**2 * var_d,
    )
    spread = half * half - square * constant
    if square == 0:
        return _line(half, constant)
    if square < 0 and spread <= 0:
        return EVERYTHING
    root = half + copysign(sqrt(max(spread, 0.0)), half)
    low, high = sorted((root / square, constant / root if root else 0.0))
    if square > 0:
        return FiellerSet(Kind.INTERVAL, low, high)
    return FiellerSet(Kind.COMPLEMENT, -inf, inf, (low, high))


def _line(half: float, constant: float) -> FiellerSet:
    """All t with constant <= 2 half t: the denominator just reaches the critical value."""
    if half == 0:
        return EVERYTHING
    end = constant / (2 * half)
    return (
        FiellerSet(Kind.HALF_LINE, end, inf) if half > 0 else FiellerSet(Kind.HALF_LINE, -inf, end)
    )


def bootstrap_set(d: ArrayLike, b: ArrayLike, level: float = LEVEL) -> tuple[Array, Array]:
    """Hull of {t: tail <= G(t) <= 1 - tail}, where G(t) is the share of draws with d - t b <= 0.

    The bootstrap's counterpart of Fieller's set, exact for the given draws. Where every b is
    positive it is the percentile interval of d / b. It is unbounded above where no more than
    1 - tail of the draws of b are positive, and below where at least a tail of them is negative,
    so it never hides a denominator that may be 0. G is taken with its jumps filled in: where it
    leaps over the whole range at one ratio, as for identical arms, that ratio is the set. A draw
    with b = 0 counts for every t or for none, by the sign of d. If no t at all is in the set, both
    ends are inf (every ratio is too small) or -inf.

    G is a step function, up at d_i / b_i where b_i > 0 and down where b_i < 0: the ratios are
    sorted and the steps summed, O(B log B).

    Args:
        d: [..., draw], numerators; draws of NaN are left out.
        b: [draw], or of the shape of d: denominators that belong to the same draws.
        level: nominal coverage.

    Returns:
        Low and high, each of the leading shape of d; NaN where no draw is left.

    Raises:
        UserError: shapes do not match, or level is outside (0, 1).
    """
    top, bottom = _aligned(d, b, level)
    known = ~(np.isnan(top) | np.isnan(bottom))
    step = np.where(known, np.sign(bottom), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(step != 0, top / bottom, np.nan)
    order = np.lexsort((-step, ratio), axis=-1)
    ratio, step = np.take_along_axis(ratio, order, -1), np.take_along_axis(step, order, -1)
    number = known.sum(axis=-1)
    first = np.sum(known & ((bottom < 0) | ((bottom == 0) & (top <= 0))), axis=-1)
    below = np.concatenate([first[:, None], first[:, None] + np.cumsum(step, axis=-1)], axis=-1)
    low, high = _hull(ratio, below, number, (1 - level) / 2)
    shape = np.shape(d)[:-1]
    return low.reshape(shape), high.reshape(shape)


def _aligned(d: ArrayLike, b: ArrayLike, level: float) -> tuple[Array, Array]:
    """Both as [row, draw]."""
    top, bottom = np.asarray(d, float), np.asarray(b, float)
    if not top.ndim or bottom.shape not in (top.shape, top.shape[-1:]):
        raise UserError(
            f"numerators {top.shape} and denominators {bottom.shape} do not belong to the same "
            "draws: give denominators [draw] for numerators [..., draw]"
        )
    if not 0 < level < 1:
        raise UserError(f"level {level:g} is not between 0 and 1")
    bottom = np.broadcast_to(bottom, top.shape)
    return top.reshape(-1, top.shape[-1]), bottom.reshape(-1, top.shape[-1])


def _hull(ratio: Array, below: Array, number: Array, tail: float) -> tuple[Array, Array]:
    """Ends of the stretch where the count of draws below lies in the band.

    Args:
        ratio: [row, draw], where the count changes, sorted; NaN at the end where it does not.
        below: [row, draw + 1], the count before the first change and after each.
        number: [row], draws that are known.
        tail: share of draws beyond either end.
    """
    rows, draws = np.arange(len(ratio)), ratio.shape[-1]
    least = np.array([ceil(tail * n - ROUNDING) for n in number])[:, None]
    most = np.array([floor((1 - tail) * n + ROUNDING) for n in number])[:, None]
    inside = (below >= least) & (below <= most)
    start = np.argmax(inside, axis=-1)
    stop = draws - np.argmax(inside[:, ::-1], axis=-1)
    low = np.where(start == 0, -inf, ratio[rows, start - 1])
    high = np.where(stop == draws, inf, ratio[rows, np.minimum(stop, draws - 1)])
    empty = ~inside.any(axis=-1)
    outside = np.where(below[:, -1] < least[:, 0], inf, -inf)
    low, high = np.where(empty, outside, low), np.where(empty, outside, high)
    unknown = number == 0
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)
