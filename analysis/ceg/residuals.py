"""What the base curve leaves on each rung, and what that adds to the uncertainty of CEG."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.parallelism import Trend, trend
from analysis.ceg.placement import Placed, Placing, linked
from analysis.curves.batch import MOST
from analysis.curves.fitted import Curves
from analysis.uncertainty.resample import Resampled
from analysis.uncertainty.rungs import Scatter, scatter, unexplained

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
        if self.placing.ladder:
            reference = self.curves.predictors(self.placing.x)[0]
        else:
            scores = self.resampled.point[:, self.on]
            reference = np.clip(
                linked(self.curves, scores[None])[0, self.placing.base], -MOST, MOST
            )
        return self._about(reference + self.point.shifts[0][:, None])

    @cached_property
    def _about_lines(self) -> tuple[Array, Array, Array]:
        """The same about each arm's own line instead of a constant shift."""
        x = self.placing.x
        return self._about(np.stack([self.curves.of(arm, x)[0] for arm in self._arms]))

    @property
    def _arms(self) -> range:
        return range(len(self.resampled.point))

    def _about(self, predictors: Array) -> tuple[Array, Array, Array]:
        """What is left about fitted predictors [arm, rung]."""
        form, floor = self.curves.form, float(self.curves.floor[0])
        height = float(self.curves.ceiling[0]) - floor
        scores = self.resampled.point[:, self.on]
        eta = np.clip(predictors, -MOST, MOST)
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
            deviation = base_scatter.deviations(rng.random(replicates), base_scatter.unexplained)
            leverage = _slope_weights(self.placing.x, weight[base])
            effect = rng.standard_normal((replicates, len(leverage))) @ leverage
            slope = slope + deviation * effect
        level, signs = rng.random(replicates), rng.standard_normal((replicates, len(self.on)))
        shifts = sampling.shifts.copy()
        own = [self._arm(arm, residuals, moved, weight) for arm in range(len(weight))]
        share = unexplained([found[0] for found in own if found])
        for arm, result in enumerate(own):
            if result:
                spread, pattern = result
                shifts[:, arm] += spread.deviations(level, share) * (signs @ pattern)
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

    def left_by_line(self, levels: Array, arm: int) -> Array:
        """[level]: what a replicate takes for the deviation of an arm's rungs about its line; the
        share of it that sampling does not explain is one number for all arms."""
        own = self._line_scatter[arm]
        assert own is not None, "a line takes three different computes"
        return own.deviations(levels, unexplained([each for each in self._line_scatter if each]))

    def line_weights(self, arm: int, x: Array) -> Array:
        """[x, rung]: what a unit on each rung adds to an arm's line at x."""
        _, _, weight = self._about_lines
        design = np.stack([np.ones_like(self.placing.x), self.placing.x], axis=1)
        normal = design.T * weight[arm]
        at = np.stack([np.ones_like(x), x], axis=1)
        return np.asarray(at @ np.linalg.solve(normal @ design, normal))

    @cached_property
    def _line_scatter(self) -> tuple[Scatter | None, ...]:
        residuals, moved, weight = self._about_lines
        base, x = self.placing.base, self.placing.x
        design = np.stack([np.ones_like(x), x], axis=1)
        return tuple(
            None
            if arm == base or len(np.unique(x[weight[arm] > 0])) < FEWEST
            else scatter(
                residuals[arm] - residuals[base],
                moved[:, arm] - moved[:, base],
                weight[arm],
                design,
            )
            for arm in self._arms
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
