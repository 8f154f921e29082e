"""What thousands of curve fits at once come to, and what their parameters may be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.curves.form import LINEAR, Curve, Form
from analysis.curves.posterior import (
    CEILING_SD,
    FLOOR_SD,
    HIGHEST_FLOOR,
    LOWEST_CEILING,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """The base's fitted curves, one a replicate, beside the lines of all arms."""

    form: Form
    floor: Array
    """[replicate]: lower end of the curve, common to all arms."""
    ceiling: Array
    """[replicate]: upper end of the curve, common to all arms."""
    lines: Array
    """[replicate, arm, 2]: intercept and slope of each arm's own linear predictor; NaN without a
    ladder."""
    base: int
    """Index of the base arm."""

    @property
    def intercept(self) -> Array:
        """[replicate]: the base's linear predictor at x = 0."""
        return self.lines[:, self.base, 0]

    @property
    def slope(self) -> Array:
        """[replicate]: slope of the base's linear predictor, per OOM."""
        return self.lines[:, self.base, 1]

    def predictors(self, x: Array) -> Array:
        """[replicate, rung]: the base's linear predictor at x."""
        return self.of(self.base, x)

    def of(self, arm: int, x: Array) -> Array:
        """[replicate, rung]: the linear predictor of an arm's own line at x."""
        return np.asarray(self.lines[:, arm, :1] + self.lines[:, arm, 1:] * x)

    def curve(self, index: int = 0) -> Curve:
        """One of the base's fits as a curve of its own."""
        numbers = (self.intercept, self.slope, self.floor, self.ceiling)
        return Curve(self.form, *(float(values[index]) for values in numbers))


@dataclass(frozen=True)
class Bounds:
    """What floor and ceiling may be, and their priors: those of `posterior`. Arrays are [end],
    floor and ceiling."""

    chance: float
    free_floor: bool
    free_ceiling: bool

    @property
    def free(self) -> bool:
        """Whether arms have an end to share."""
        return self.free_floor or self.free_ceiling

    @property
    def low(self) -> Array:
        floor = 0.0 if self.free_floor else self.chance
        return np.array([floor, LOWEST_CEILING if self.free_ceiling else 1.0])

    @property
    def high(self) -> Array:
        floor = min(2 * self.chance, HIGHEST_FLOOR) if self.free_floor else self.chance
        return np.array([floor, 1.0])

    @property
    def centre(self) -> Array:
        return np.array([self.chance, 1.0])

    @property
    def precision(self) -> Array:
        floor = 1 / (FLOOR_SD * self.chance) ** 2 if self.free_floor else 0.0
        return np.array([floor, 1 / CEILING_SD**2 if self.free_ceiling else 0.0])


def bounds(form: Form, chance: float) -> Bounds:
    """Floor free where guessing scores, ceiling free; both fixed for a straight line."""
    bent = form is not LINEAR
    return Bounds(chance, bent and chance > 0, bent)
