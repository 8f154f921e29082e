"""Placing arms above a base curve, one replicate or thousands at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.curves.batch import MOST, shift_many
from analysis.curves.fitted import Curves
from analysis.curves.form import LINEAR, Form
from analysis.curves.joint import fit_joint

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Placed:
    """Slope and shifts, as measured or one a replicate; NaN slope where there is no ladder."""

    slope: Array
    """[replicate]: slope of the base's linear predictor, per OOM."""
    shifts: Array
    """[replicate, arm]: shift of each arm above the base, over all its rungs, in units of the
    linear predictor."""


@dataclass(frozen=True, kw_only=True)
class Placing:
    """What placing arms takes besides their scores; rungs are those in use."""

    form: Form
    x: Array
    """[rung]: log10(FLOP / 1e21)."""
    base: int
    """Index of the base arm."""
    counts: Array
    """[arm, rung]: items behind each score."""
    chance: float
    ladder: bool
    """Whether the rungs make one; else the base's own scores take the place of a curve."""

    def fit(self, means: Array) -> tuple[Placed, Curves, Array]:
        """Slope, shifts, curves and linear predictors of [replicate, arm, rung] scores.

        A mean of exactly 0 or 1 has no finite predictor: it is taken as half an item off, the mean
        of Jeffreys's posterior, here as in the replicates (`resample`).
        """
        least = 0.5 / (self.counts + 1)
        means = np.where(means <= 0, least, np.where(means >= 1, 1 - least, means))
        bottom = means[:, self.base]
        if self.ladder:
            curves = fit_joint(
                self.form, self.x, means, self.counts, chance=self.chance, base=self.base
            )
            reference = curves.predictors(self.x)
        else:
            curves = self._flat(means.shape[:2])
            reference = np.clip(linked(curves, bottom[:, None])[:, 0], -MOST, MOST)
        shifts = shift_many(curves, reference, means, self.counts)
        if self.ladder:  # what the base misses of its own curve on the rungs where an arm was run
            own = ~np.isnan(means[:1])
            seen = np.where(own, bottom[:, None], np.nan)
            partial = ~own.all(axis=(0, 2))
            shifts[:, partial] -= shift_many(
                curves, reference, seen[:, partial], self.counts[partial]
            )
        return Placed(curves.slope, shifts), curves, linked(curves, means)

    def _flat(self, size: tuple[int, ...]) -> Curves:
        """Curves of [replicate, arm] scores where nothing tells how they rise."""
        # Nothing shows where the floor is, and the base may well score below chance: plain logits.
        floor, ceiling = np.zeros(size[0]), np.ones(size[0])
        return Curves(self.form, floor, ceiling, np.full((*size, 2), np.nan), self.base)


def linked(curves: Curves, means: Array) -> Array:
    """Linear predictors of scores, [replicate, arm, rung]."""
    floor = curves.floor[:, None, None]
    share = (means - floor) / (curves.ceiling[:, None, None] - floor)
    if curves.form is LINEAR:
        return np.asarray(share)
    with np.errstate(divide="ignore"):
        return np.asarray(curves.form.inverse(np.clip(share, 0.0, 1.0)))
