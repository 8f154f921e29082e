"""Lifland et al.'s constant M, fitted to what was measured.

Lifland et al. aggregate over categories by log CEG = sum over i of M^i log C(i), categories sorted
from high to low (Lifland et al., "CEG aggregation"). Here C(i) are measured CEGs of the parts that
a stack has in each category, the left side is the measured CEG of the whole stack, and M is the
least squares fit over all stacks that reach into several categories. The slope of the ladder
cancels, so M is in reach without one. The order of the categories is that of the point estimates,
in every replicate.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.ladder import AT_END, LadderFit
from analysis.contracts.estimate import Estimate, EstimateStatus, percentile, quantiles, refused
from analysis.contracts.experiment import Arm

Array = NDArray[np.float64]

LARGEST = 2.0
"""Upper end of the search: 1 is 'gains multiply', above it they help each other."""
GRID = 401


@dataclass(frozen=True)
class FittedM:
    """M over the categories of one experiment."""

    m: Estimate
    stacks: tuple[str, ...]
    """Labels of the stacks that M was fitted to."""
    categories: tuple[str, ...]
    residual: float
    """Root mean square of what M leaves of these stacks' gains, in units of the predictor."""
    left_out: tuple[str, ...]
    """Labels of stacks over several categories that could not be used, with the reason."""


def fit_m(fit: LadderFit) -> FittedM:
    """Fit M to every stack over several categories whose parts were measured and clearly help."""
    used: list[tuple[int, list[int]]] = []
    left_out: list[str] = []
    for index, arm in enumerate(fit.experiment.arms):
        spread = len(set(arm.categories.values())) > 1
        own = fit.experiment.stack(arm.parts) == index
        if not (spread and own) or np.isnan(fit.point.shifts[0, index]):
            continue
        parts, reason = _parts(fit, arm)
        if reason:
            left_out.append(f"{fit.experiment.called(index)}: {reason}")
        else:
            used.append((index, parts))
    if not used:
        reason = (
            "no stack over several categories whose parts in each are measured and clearly help"
        )
        return FittedM(refused(reason), (), (), float("nan"), tuple(left_out))
    point = least_squares_m(fit.point.shifts, used)
    draws = least_squares_m(fit.across, used)
    arms = [fit.experiment.arms[index] for index, _ in used]
    return FittedM(
        m=_bounded(float(point[0]), draws),
        stacks=tuple(fit.experiment.called(index) for index, _ in used),
        categories=tuple(sorted({c for arm in arms for c in arm.categories.values()})),
        residual=_residual(fit.point.shifts[0], used, float(point[0])),
        left_out=tuple(left_out),
    )


def _bounded(point: float, draws: Array) -> Estimate:
    """M with its interval; an end that the search stopped at is no end."""
    result = percentile(point, draws)
    low = -inf if result.low <= 0 else result.low
    high = inf if result.high >= LARGEST else result.high
    status, reason = EstimateStatus.ESTIMATED, ""
    if point >= LARGEST:
        status, reason = (
            EstimateStatus.RIGHT_CENSORED,
            f"at least {LARGEST:g}, where the search ends",
        )
    elif point <= 0:
        status, reason = EstimateStatus.LEFT_CENSORED, "the best fit is at 0: the rest adds nothing"
    return Estimate(point=point, low=low, high=high, status=status, reason=reason, draws=draws)


def _parts(fit: LadderFit, arm: Arm) -> tuple[list[int], str]:
    """Arms that are the stack's parts by category, largest gain first, or why there are none."""
    unknown = [name for name in arm.ptes if name not in arm.categories]
    if unknown:
        return [], f"the category of {', '.join(unknown)} is not known"
    results = []
    for category in sorted(set(arm.categories.values())):
        own = [part for part in arm.parts if arm.categories[part[0]] == category]
        part = fit.experiment.stack(own)
        if part is None or np.isnan(fit.point.shifts[0, part]):
            names = "+".join(sorted(name for name, _ in own))
            return [], f"its part in {category} ({names}) was not measured"
        low, _ = quantiles(fit.across[:, part])
        if low <= 0:
            return (
                [],
                f"its part in {category} ({fit.experiment.called(part)}) does not clearly help",
            )
        if fit.at_end(part, fit.experiment.arm(arm.label)):
            return [], AT_END
        results.append(part)
    return sorted(results, key=lambda part: -fit.point.shifts[0, part]), ""


def least_squares_m(shifts: Array, used: list[tuple[int, list[int]]]) -> Array:
    """[replicate]: M in [0, `LARGEST`] of the smallest sum of squares.

    The sum of squares is a polynomial in M: its coefficients are added up over stacks, then it is
    looked at on a grid and refined by a parabola through the lowest three points.
    """
    degree = max(len(parts) for _, parts in used)
    squares = np.zeros((len(shifts), 2 * degree - 1))
    for whole, parts in used:
        terms = np.zeros((len(shifts), degree))
        terms[:, : len(parts)] = shifts[:, parts]
        terms[:, 0] -= shifts[:, whole]
        for power in range(degree):
            squares[:, power : power + degree] += terms[:, [power]] * terms
    grid = np.linspace(0, LARGEST, GRID)
    value = squares @ (grid ** np.arange(squares.shape[1])[:, None])
    best = value.argmin(axis=1)
    inner = np.clip(best, 1, GRID - 2)
    rows = np.arange(len(shifts))
    left, middle, right = (value[rows, inner + step] for step in (-1, 0, 1))
    curvature = left - 2 * middle + right
    step = np.where(curvature > 0, (left - right) / (2 * np.where(curvature > 0, curvature, 1)), 0)
    refined = grid[inner] + np.clip(step, -1, 1) * grid[1]
    return np.asarray(np.where(best == inner, refined, grid[best]))


def _residual(shifts: Array, used: list[tuple[int, list[int]]], m: float) -> float:
    left = [shifts[w] - (m ** np.arange(len(parts))) @ shifts[parts] for w, parts in used]
    return float(np.sqrt(np.mean(np.square(left))))
