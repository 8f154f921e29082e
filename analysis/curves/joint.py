"""Floor and ceiling of all arms of a ladder together, each arm with a line of its own.

Where a base levels off below its arms, its scores alone put the ceiling under what the arms reach,
and no shift of its curve would ever get there. Floor and ceiling belong to the benchmark (guesses,
wrong labels) and are fitted to all arms; intercept and slope are each arm's own, so that an arm
whose gain grows with compute bends nothing, and those of the base are its curve.

The estimator is that of `likelihood`, penalised quasi-binomial likelihood, by Fisher scoring with
Levenberg's damping over thousands of replicates at once: a bootstrap needs ten thousand fits, which
would take minutes one call a fit. Given floor and ceiling the arms do not depend on one another:
their two-by-two blocks are eliminated, and two unknowns are left. A straight line has neither end
to share; its arms are fitted each by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.curves.fitted import Bounds, Curves, bounds
from analysis.curves.form import Form
from analysis.curves.posterior import STEEPEST

Array = NDArray[np.float64]

ITERATIONS = 100
TINY = 1e-9
CHUNK = 200
"""Replicates that are fitted together: as many as a processor's cache holds the arrays of."""


def fit_joint(
    form: Form, x: Array, scores: Array, counts: Array, *, chance: float, base: int
) -> Curves:
    """The base's curve in each replicate, with the floor and ceiling of all arms and their lines.

    Args:
        form: the curve's shape.
        x: [rung], log10(FLOP / 1e21).
        scores: [replicate, arm, rung], in [0, 1]; NaN where an arm was not run.
        counts: [arm, rung], items behind each score.
        chance: expected score of a guess.
        base: index of the base arm.
    """
    centre, limits = float(x.mean()), bounds(form, chance)
    there = ~np.isnan(scores[0])
    seen, weight = np.where(there, scores, 0.0), np.where(there, counts, 0.0)
    arms = np.arange(len(counts))
    lines, ends = np.empty((*scores.shape[:2], 2)), np.empty((len(scores), 2))
    for some in [arms] if limits.free else np.split(arms, len(arms)):
        problem = _Problem(form, x - centre, weight[some], limits)
        fitted = problem.ascend(seen[:, some], problem.start(seen[:, some]))
        lines[:, some], ends[:] = fitted.lines, fitted.ends
    lines[:, :, 0] -= lines[:, :, 1] * centre
    return Curves(form, ends[:, 0], ends[:, 1], lines, base)


def chunks(replicates: int) -> list[slice]:
    """Replicates in runs of `CHUNK`, each fitted by itself."""
    return [slice(first, first + CHUNK) for first in range(0, max(replicates, 1), CHUNK)]


@dataclass
class _Theta:
    lines: Array
    """[replicate, arm, 2]: intercept at the centre and slope."""
    ends: Array
    """[replicate, 2]: floor and ceiling."""

    def of(self, rows: NDArray[np.intp] | slice) -> _Theta:
        return _Theta(self.lines[rows], self.ends[rows])


@dataclass(frozen=True)
class _Problem:
    form: Form
    z: Array
    """[rung]: log10 compute about its mean."""
    counts: Array
    """[arm, rung]; 0 where an arm was not run."""
    limits: Bounds

    def start(self, scores: Array) -> _Theta:
        """The fit to the mean over replicates; a replicate's own lines where they suit better."""
        mean = scores.mean(axis=0, keepdims=True)
        usual, own = self.ascend(mean, self._straight(mean)), self._inside(self._straight(scores))
        rows = np.zeros(len(scores), np.intp)
        nearer = self._value(scores, own) > self._value(scores, usual.of(rows))
        return _Theta(
            np.where(nearer[:, None, None], own.lines, usual.lines),
            np.where(nearer[:, None], own.ends, usual.ends),
        )

    def _straight(self, scores: Array) -> _Theta:
        """Straight lines through the linked scores, kept off the ends."""
        floor, ceiling = self.limits.centre
        share = np.clip((scores - floor) / (ceiling - floor), 0.02, 0.98)
        linked = self.form.inverse(share)
        used = self.counts > 0
        number = np.maximum(used.sum(axis=1), 1)
        middle = (used * self.z).sum(axis=1) / number
        off = np.where(used, self.z - middle[:, None], 0.0)
        spread = np.maximum((off**2).sum(axis=1), TINY)
        slope = (linked * off).sum(axis=2) / spread
        level = (linked * used).sum(axis=2) / number - slope * middle
        ends = np.broadcast_to(self.limits.centre, (len(scores), 2))
        return _Theta(np.stack([level, slope], axis=2), ends.copy())

    def ascend(self, scores: Array, theta: _Theta) -> _Theta:
        """Damped Fisher scoring until no replicate moves; replicates that are done drop out."""
        done = [self._ascended(scores[part], theta.of(part)) for part in chunks(len(scores))]
        return _Theta(
            np.concatenate([part.lines for part in done]),
            np.concatenate([part.ends for part in done]),
        )

    def _ascended(self, scores: Array, theta: _Theta) -> _Theta:
        theta = self._inside(theta)
        value = self._value(scores, theta)
        damping = np.full(len(scores), 1e-3)
        active = np.arange(len(scores))
        for _ in range(ITERATIONS):
            here, seen = theta.of(active), scores[active]
            new = self._inside(self._step(seen, here, damping[active]))
            reached = self._value(seen, new)
            better = reached >= value[active]
            moved = active[better]
            gain = reached[better] - value[moved]
            theta.lines[moved], theta.ends[moved] = new.lines[better], new.ends[better]
            value[moved] = reached[better]
            damping[moved] = np.maximum(damping[moved] / 10, 1e-12)
            damping[active[~better]] *= 10
            done = np.zeros(len(active), bool)
            done[better] = gain < 1e-11 * (1 + np.abs(value[moved]))
            done |= damping[active] > 1e10
            active = active[~done]
            if not len(active):
                break
        return theta

    def _inside(self, theta: _Theta) -> _Theta:
        low, high = self.limits.low, self.limits.high
        return _Theta(np.clip(theta.lines, -STEEPEST, STEEPEST), np.clip(theta.ends, low, high))

    def _mean(self, theta: _Theta) -> tuple[Array, Array, Array]:
        """Means [replicate, arm, rung], rise and derivative of the rise."""
        eta = np.clip(theta.lines[:, :, :1] + theta.lines[:, :, 1:] * self.z, -35, 35)
        rise, steep = self.form.rise(eta), self.form.derivative(eta)
        floor, ceiling = theta.ends[:, 0, None, None], theta.ends[:, 1, None, None]
        height = ceiling - floor
        return np.clip(floor + height * rise, TINY, 1 - TINY), rise, height * steep

    def _value(self, scores: Array, theta: _Theta) -> Array:
        """Penalised log-likelihood of each replicate."""
        mean, _, _ = self._mean(theta)
        fit = self.counts * (scores * np.log(mean) + (1 - scores) * np.log1p(-mean))
        off = theta.ends - self.limits.centre
        prior = (self.limits.precision * off**2).sum(axis=1) / 2
        return np.asarray(fit.sum(axis=(1, 2)) - prior)

    def _step(self, scores: Array, theta: _Theta, damping: Array) -> _Theta:
        """One step; ends that rest on a bound and would leave it stay where they are."""
        mean, rise, height = self._mean(theta)
        weight = self.counts / (mean * (1 - mean))
        left = weight * (scores - mean)
        powers = np.stack([np.ones_like(self.z), self.z, self.z**2], axis=1)
        line = (left * height) @ powers[:, :2]
        square = (weight * height**2) @ powers
        to_floor = (weight * height * (1 - rise)) @ powers[:, :2]
        to_ceiling = (weight * height * rise) @ powers[:, :2]
        gradient = np.stack(
            [(left * (1 - rise)).sum(axis=(1, 2)), (left * rise).sum(axis=(1, 2))], axis=1
        )
        gradient -= self.limits.precision * (theta.ends - self.limits.centre)
        floors, both, ceilings = (
            (weight * part).sum(axis=(1, 2))
            for part in ((1 - rise) ** 2, rise * (1 - rise), rise**2)
        )
        ends = np.stack(
            [np.stack([floors, both], axis=1), np.stack([both, ceilings], axis=1)], axis=1
        )
        ends += np.diag(self.limits.precision)
        cross = np.stack([to_floor, to_ceiling], axis=3)  # [replicate, arm, of the line, end]
        low, high = self.limits.low, self.limits.high
        stuck = ((theta.ends <= low) & (gradient <= 0)) | ((theta.ends >= high) & (gradient >= 0))
        gradient = np.where(stuck, 0.0, gradient)
        cross = np.where(stuck[:, None, None, :], 0.0, cross)
        ends = np.where(stuck[:, :, None] | stuck[:, None, :], 0.0, ends)
        more = 1 + damping[:, None]
        ends[:, [0, 1], [0, 1]] = ends[:, [0, 1], [0, 1]] * more + np.where(stuck, 1.0, TINY)
        solved = _blocks(square, more, np.concatenate([line[..., None], cross], axis=3))
        own, through = solved[..., 0], solved[..., 1:]
        reduced = ends - np.einsum("baie,baif->bef", cross, through)
        right = gradient - np.einsum("baie,bai->be", cross, own)
        moved = np.linalg.solve(reduced, right[:, :, None])[:, :, 0]
        lines = own - np.einsum("baie,be->bai", through, moved)
        return _Theta(theta.lines + lines, theta.ends + moved)


def _blocks(square: Array, more: Array, right: Array) -> Array:
    """Solve each arm's damped block, [[s0, s1], [s1, s2]], for several right-hand sides."""
    first, cross, second = (
        square[..., 0] * more + TINY,
        square[..., 1],
        square[..., 2] * more + TINY,
    )
    determinant = np.maximum(first * second - cross**2, TINY**2)[..., None]
    top, bottom = right[..., 0, :], right[..., 1, :]
    return np.stack(
        [
            (second[..., None] * top - cross[..., None] * bottom) / determinant,
            (first[..., None] * bottom - cross[..., None] * top) / determinant,
        ],
        axis=-2,
    )
