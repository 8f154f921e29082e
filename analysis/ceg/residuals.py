"""What the base curve leaves on each rung, and what that adds to the uncertainty of CEG."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.parallelism import Trend, trend
from analysis.ceg.placement import Placed, Placing, linked
from analysis.curves.batch import MOST, Curves
from analysis.uncertainty.resample import Resampled
from analysis.uncertainty.rungs import Scatter, noise, scatter

FEWEST = 3
"""Rungs that make a ladder: two points bend to any curve and show no scatter."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Residuals:
    """What the fit leaves on each rung, on the scale of the linear predictor."""

    placing: Placing
    curves: Curves
    point: Placed
    resampled: Resampled
    on: NDArray[np.intp]

    @cached_property
    def _linearised(self) -> tuple[Array, Array, Array]:
        """Residuals [arm, rung], deviations under resampling [replicate, arm, rung], weights."""
        form, floor = self.curves.form, float(self.curves.floor[0])
        height = float(self.curves.ceiling[0]) - floor
        scores = self.resampled.point[:, self.on]
        if self.placing.ladder:
            reference = self.curves.predictors(self.placing.x)[0]
        else:
            reference = np.clip(
                linked(self.curves, scores[None])[0, self.placing.base], -MOST, MOST
            )
        eta = np.clip(reference + self.point.shifts[0][:, None], -MOST, MOST)
        mean = np.clip(floor + height * form.rise(eta), 1e-6, 1 - 1e-6)
        steep = np.maximum(height * form.derivative(eta), 1e-9)
        weight = np.nan_to_num(self.placing.counts * steep**2 / (mean * (1 - mean)))
        weight[np.isnan(scores)] = 0.0
        moved = (self.resampled.means[:, :, self.on] - scores) / steep
        return np.nan_to_num((scores - mean) / steep), np.nan_to_num(moved), weight

    def perturbed(
        self, sampling: Placed, rng: np.random.Generator
    ) -> tuple[Placed, Scatter | None, tuple[Scatter | None, ...]]:
        """Add the rungs' random effects to slope and shifts."""
        residuals, moved, weight = self._linearised
        replicates, base = len(moved), self.placing.base
        slope, base_scatter = sampling.slope, None
        if self.placing.ladder:
            design = np.stack([np.ones_like(self.placing.x), self.placing.x], axis=1)
            base_scatter = scatter(residuals[base], moved[:, base], weight[base], design)
            deviation = base_scatter.deviations(rng.random(replicates))
            leverage = _slope_weights(self.placing.x, weight[base])
            effect = rng.standard_normal((replicates, len(leverage))) @ leverage
            slope = slope + deviation * effect
        level, signs = rng.random(replicates), rng.standard_normal((replicates, len(self.on)))
        shifts = sampling.shifts.copy()
        own = [self._arm(arm, residuals, moved, weight) for arm in range(len(weight))]
        part = noise([found[0] for found in own if found])
        for arm, result in enumerate(own):
            if result:
                spread, pattern = result
                shifts[:, arm] += spread.allowing(level, part) * (signs @ pattern)
        arm_scatter = tuple(found[0] if found else None for found in own)
        return Placed(slope, shifts), base_scatter, arm_scatter

    def trends(self) -> tuple[Trend | None, ...]:
        """[arm]: the trend of its distance to the base; None for the base and without a ladder."""
        residuals, moved, weight = self._linearised
        base = self.placing.base
        return tuple(
            None
            if arm == base or not self.placing.ladder
            else trend(
                residuals[arm] - residuals[base],
                moved[:, arm] - moved[:, base],
                weight[arm],
                self.placing.x,
            )
            for arm in range(len(weight))
        )

    def _arm(
        self, arm: int, residuals: Array, moved: Array, weight: Array
    ) -> tuple[Scatter, Array] | None:
        """An arm's scatter about its shift, and how a unit of it moves the shift, by rung."""
        base = self.placing.base
        used = weight[arm] > 0
        if arm == base or used.sum() < 2:
            return None
        share = weight[arm] / weight[arm].sum()
        left = residuals[arm] - residuals[base]
        left = np.where(used, left - share @ left, 0.0)
        size = np.sqrt(share @ left**2)
        constant = np.ones((len(left), 1))
        spread = scatter(left, moved[:, arm] - moved[:, base], weight[arm], constant)
        return spread, share * left / size if size > 0 else share


def _slope_weights(x: Array, weight: Array) -> Array:
    """[rung]: what a unit on each rung adds to a weighted least squares slope."""
    share = weight / weight.sum()
    off = x - share @ x
    return np.asarray(share * off / (share @ off**2))
