"""A distribution as question platforms take it: a cumulative distribution function on a grid.

The rules are those by which Metaculus checks `continuous_cdf` (its repository, the serializer of
forecasts): 201 values at equal steps of the question's range; rising by at least 0.00005 and by at
most 0.2 a step; at a closed end exactly 0 or 1, at an open one at least 0.001 of the probability
beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from harness.errors import UserError

Array = NDArray[np.float64]

POINTS = 201
LEAST_STEP = 0.01 / (POINTS - 1)
MOST_STEP = 0.2
FEWEST_STEPS = 10
"""Steps of the range that the central 99% of the draws must go over."""
BEYOND = 0.001
"""Probability that must lie beyond an open end."""
FOLDED = 0.01
"""Share of the draws beyond a closed end that is folded in; more is refused."""
_MARGIN = 1.01
"""Steps are made this much larger than the least, so that rounding does not undercut it."""


@dataclass(frozen=True, kw_only=True)
class ContinuousCdf:
    """A cumulative distribution function on the range of a continuous question."""

    quantity: str
    unit: str
    low: float
    """Lower end of the range, in `unit`."""
    high: float
    """Upper end of the range, in `unit`."""
    open_low: bool
    """Whether the quantity may lie below the range."""
    open_high: bool
    """Whether the quantity may lie above the range."""
    values: Array
    """[point]: probability that the quantity is at or below the point."""
    below: float
    """Share of the draws below the range, before the platform's minimum was met."""
    above: float
    """Share of the draws above the range, before the platform's minimum was met."""
    spread: float = 0.0
    """Probability that was moved to neighbouring steps, as one step takes no more than 0.2: where
    many draws are one number, such as a hard cap."""

    @property
    def grid(self) -> Array:
        """[point]: the points of the range, in `unit`."""
        return np.linspace(self.low, self.high, POINTS)


def continuous_cdf(
    draws: Array,
    *,
    low: float,
    high: float,
    open_low: bool = True,
    open_high: bool = True,
    quantity: str = "",
    unit: str = "",
) -> ContinuousCdf:
    """The distribution of some draws on a question's range, as Metaculus accepts it.

    The draws' own distribution function inside the range, mixed with as little of an even one as
    the least step takes: 1% of the probability in all. What a step holds beyond the most that one
    takes goes to the steps next to it.

    Args:
        draws: [draw] the quantity.
        low: Lower end of the range.
        high: Upper end of the range.
        open_low: Whether the quantity may lie below it.
        open_high: Whether the quantity may lie above it.
        quantity: What the question asks for.
        unit: Of the range.

    Raises:
        UserError: the range is none, almost all draws lie beyond it, more than 1% lie beyond a
            closed end, or it is so wide that a few steps hold most draws.
    """
    if not (isfinite(low) and isfinite(high) and low < high):
        raise UserError(f"{low:g} to {high:g} is no range: give the lower end first")
    grid = np.linspace(low, high, POINTS)
    at = np.searchsorted(np.sort(draws), grid, side="right") / len(draws)
    below, above = float(np.mean(draws < low)), float(np.mean(draws > high))
    _check_ends(draws, low, high, (below, open_low), (above, open_high))
    _check_width(draws, low, high)
    at[0] = below  # what lies at the lower end itself is inside the range
    foot = max(at[0], BEYOND) if open_low else 0.0
    head = min(at[-1], 1 - BEYOND) if open_high else 1.0
    share = _MARGIN * LEAST_STEP * (POINTS - 1) / (head - foot)
    inside = (at - at[0]) / (at[-1] - at[0])
    even = np.linspace(0, 1, POINTS)
    steps = (head - foot) * np.diff((1 - share) * inside + share * even)
    kept = _spread(steps)
    values = np.round(foot + np.concatenate([[0.0], np.cumsum(kept)]), 10)
    values[-1] = np.round(head, 10)
    return ContinuousCdf(
        quantity=quantity,
        unit=unit,
        low=low,
        high=high,
        open_low=open_low,
        open_high=open_high,
        values=values,
        below=below,
        above=above,
        spread=float(np.abs(kept - steps).sum() / 2),
    )


def _spread(steps: Array) -> Array:
    """Steps of which none is too large: the excess of one goes to the nearest that have room."""
    most = MOST_STEP * (1 - 1e-6)  # so that rounding does not pass it
    result = steps.copy()
    for large in np.argsort(-steps):
        excess = result[large] - most
        if excess <= 0:
            break
        result[large] = most
        for near in sorted(range(len(steps)), key=lambda i: abs(i - large)):
            moved = min(excess, max(most - result[near], 0.0))
            result[near] += moved
            excess -= moved
            if excess <= 0:
                break
    return result


def _check_ends(
    draws: Array, low: float, high: float, lower: tuple[float, bool], upper: tuple[float, bool]
) -> None:
    """Refuse a range that leaves out too much; each end is (share of the draws beyond, open)."""
    ends = f"{np.quantile(draws, 0.005):.3g} to {np.quantile(draws, 0.995):.3g}"
    if lower[0] + upper[0] > 0.9:
        raise UserError(
            f"{lower[0] + upper[0]:.0%} of the draws lie outside {low:g} to {high:g}: 99% of them "
            f"lie within {ends}"
        )
    for (beyond, is_open), side, end in ((lower, "below", low), (upper, "above", high)):
        if beyond > FOLDED and not is_open:
            raise UserError(
                f"{beyond:.1%} of the draws lie {side} {end:g}, where the range is closed: open "
                f"that end, or widen the range (99% of the draws lie within {ends})"
            )


def _check_width(draws: Array, low: float, high: float) -> None:
    """Refuse a range in which the draws have fewer than ten steps to themselves."""
    first, last = np.quantile(draws, [0.005, 0.995])
    steps = (last - first) / ((high - low) / (POINTS - 1))
    if 0 < steps < FEWEST_STEPS:
        raise UserError(
            f"{low:g} to {high:g} is too wide a range: 99% of the draws lie within {first:.3g} to "
            f"{last:.3g}, which is {steps:.2g} of its {POINTS - 1} steps; give a narrower one"
        )


def fitting_range(draws: Array, step: float) -> tuple[float, float]:
    """A range that holds the central 99% of the draws, its ends multiples of a step."""
    low, high = np.quantile(draws, [0.005, 0.995])
    # Draws that nearly agree, as under a cap, take a finer one.
    while 0 < (high - low) * (POINTS - 1) < FEWEST_STEPS * _whole(low, high, step):
        step /= 2
    first = float(np.floor(low / step) * step)
    last = float(np.ceil(high / step) * step)
    return round(first, 6), round(max(last, first + step), 6)


def _whole(low: float, high: float, step: float) -> float:
    """Width of the range whose ends are multiples of a step."""
    return float((np.ceil(high / step) - np.floor(low / step)) * step)
