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
from analysis.uncertainty.rungs import Departures, Scatter, noise, scatter

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
        return self._about(self._shifted)

    def of_base(self) -> tuple[Array, Array, Array]:
        """Residuals of the base's runs [rung], how they move as items are resampled [replicate,
        rung], both in units of the predictor by the curve's slope there (so that a run at the floor
        has no outliers), and the information in a run's score about its predictor [rung]."""
        residuals, moved, weight = self._linearised
        base = self.placing.base
        return residuals[base], moved[:, base], weight[base]

    @cached_property
    def steep(self) -> Array:
        """[arm, rung]: by how much a score rises with a unit of the predictor where an arm is."""
        return self._fitted(self._shifted)[1]

    @cached_property
    def _shifted(self) -> Array:
        """[arm, rung]: predictors at a constant shift."""
        if self.placing.ladder:
            reference = self.curves.predictors(self.placing.x)[0]
        else:
            scores = self.resampled.point[:, self.on]
            reference = np.clip(
                linked(self.curves, scores[None])[0, self.placing.base], -MOST, MOST
            )
        return np.asarray(reference + self.point.shifts[0][:, None])

    @cached_property
    def _about_lines(self) -> tuple[Array, Array, Array]:
        """The same about each arm's own line instead of a constant shift."""
        x = self.placing.x
        return self._about(np.stack([self.curves.of(arm, x)[0] for arm in self._arms]))

    def _endless(self, arm: int) -> bool:
        """Whether an arm's shift is where the fit stops."""
        return bool(np.abs(self.point.shifts[0, arm]) >= MOST)

    @property
    def _arms(self) -> range:
        return range(len(self.resampled.point))

    def _about(self, predictors: Array) -> tuple[Array, Array, Array]:
        """What is left about fitted predictors [arm, rung]."""
        scores, (mean, steep) = self.resampled.point[:, self.on], self._fitted(predictors)
        weight = np.nan_to_num(self.placing.counts * steep**2 / (mean * (1 - mean)))
        weight[np.isnan(scores)] = 0.0
        moved = (self.resampled.means[:, :, self.on] - scores) / steep
        return np.nan_to_num((scores - mean) / steep), np.nan_to_num(moved), weight

    def _fitted(self, predictors: Array) -> tuple[Array, Array]:
        """[arm, rung]: scores by the curve, kept off 0 and 1, and how steeply they rise there."""
        form, floor = self.curves.form, float(self.curves.floor[0])
        height = float(self.curves.ceiling[0]) - floor
        eta = np.clip(predictors, -MOST, MOST)
        mean = np.clip(floor + height * form.rise(eta), 1e-6, 1 - 1e-6)
        return mean, np.maximum(height * form.derivative(eta), 1e-9)

    def perturbed(
        self, sampling: Placed, rng: np.random.Generator
    ) -> tuple[Placed, Scatter | None, tuple[Scatter | None, ...], Departures]:
        """Add the rungs' random effects to slope and shifts."""
        residuals, resampled, weight = self._linearised
        replicates, base = len(resampled), self.placing.base
        slope, base_scatter = sampling.slope, None
        shared = np.zeros((replicates, len(self.on)))
        if self.placing.ladder:
            design = np.stack([np.ones_like(self.placing.x), self.placing.x], axis=1)
            base_scatter = scatter(residuals[base], resampled[:, base], weight[base], design)
            deviation = base_scatter.deviations(rng.random(replicates))
            shared = deviation[:, None] * rng.standard_normal(shared.shape)
            slope = slope + shared @ _slope_weights(self.placing.x, weight[base])
        level, signs = rng.random(replicates), rng.standard_normal(shared.shape)
        own = [self._arm(arm, residuals, resampled, weight) for arm in self._arms]
        part = noise([found[0] for found in own if found])
        deviations, pattern = np.zeros((replicates, len(own))), np.zeros(weight.shape)
        for arm, result in enumerate(own):
            if result:
                deviations[:, arm] = result[0].allowing(level, part)
                pattern[arm] = result[1]
        likely = np.sqrt(np.mean([found[0].likely(part) ** 2 for found in own if found] or [0.0]))
        shares = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
        moved = signs @ (shares * pattern).T
        shifts = sampling.shifts + deviations * moved
        arm_scatter = tuple(found[0] if found else None for found in own)
        departures = Departures(
            shared=shared,
            signs=signs,
            deviations=deviations,
            likely=float(likely),
            pattern=pattern,
            moved=moved,
        )
        return Placed(slope, shifts), base_scatter, arm_scatter, departures

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

    def has_line(self, arm: int) -> bool:
        """Whether an arm was run at computes enough for a line, and is not where the fit stops."""
        return self._line_scatter[arm] is not None

    def left_by_line(self, levels: Array, arm: int) -> Array:
        """[level]: what a replicate takes for the deviation of an arm's rungs about its line; the
        share of it that sampling does not explain is one number for all arms."""
        own = self._line_scatter[arm]
        assert own is not None, "a line takes three different computes"
        return own.allowing(levels, noise([each for each in self._line_scatter if each]))

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
            if arm == base or len(np.unique(x[weight[arm] > 0])) < FEWEST or self._endless(arm)
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
        """An arm's scatter about its shift, and how far a unit of it goes on each rung; None where
        it has no finite shift, from which residuals would drown those of the others."""
        base = self.placing.base
        used = weight[arm] > 0
        if arm == base or used.sum() < 2 or self._endless(arm):
            return None
        share = weight[arm] / weight[arm].sum()
        left = residuals[arm] - residuals[base]
        left = np.where(used, left - share @ left, 0.0)
        size = np.sqrt(share @ left**2)
        constant = np.ones((len(left), 1))
        spread = scatter(left, moved[:, arm] - moved[:, base], weight[arm], constant)
        return spread, left / size if size > 0 else used.astype(float)


def _slope_weights(x: Array, weight: Array) -> Array:
    """[rung]: what a unit on each rung adds to a weighted least squares slope."""
    share = weight / weight.sum()
    off = x - share @ x
    return np.asarray(share * off / (share @ off**2))
