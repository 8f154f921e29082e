"""Training luck as seen between runs of one recipe: rungs of the same training compute.

Runs of equal compute differ by luck alone. Where their seeds recur on other rungs, which then share
initialisation or the order of the data, a part of that luck may be the seed's own on every rung
(c), beside what is new in each run (d): the mean squares of a two-way layout tell them apart. A
seed's own part is known as well as there are seeds, however many rungs they were run on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.ladder import LadderFit
from analysis.curves.batch import MOST
from analysis.uncertainty.rungs import Scatter

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BetweenSeeds:
    """Scatter of the base's predictors between runs of equal compute."""

    alone: Scatter
    """Of what is new in each run, d."""
    recurring: Scatter | None
    """Scatter of the seeds' means over rungs: d, and `times` c; None where no seed recurs."""
    times: float
    """How much more of c than of d is in a mean square of seeds' means."""
    members: Array
    """[rung used, seed]: 1 where a run is of a seed that recurs."""

    @property
    def degrees(self) -> int:
        """Degrees of freedom of the whole: those of the seeds where they recur."""
        return self.alone.degrees if self.recurring is None else self.recurring.degrees


def between_seeds(fit: LadderFit) -> BetweenSeeds | None:
    """What runs of equal compute tell of luck; None where no two have the same."""
    on = [fit.experiment.rungs[place] for place in fit.on]
    _, group = np.unique(fit.x, return_inverse=True)
    within = _off(np.eye(group.max() + 1)[group])
    if _rank(within) < 1:
        return None
    values = np.clip(fit.predictors[fit.base], -MOST, MOST)
    replicated = np.clip(fit.replicated[:, fit.base], -MOST, MOST)
    noise = replicated - replicated.mean(axis=0)
    members = _members([rung.seed for rung in on], group.tolist())
    basis = _basis(within @ members)
    shared = basis @ basis.T
    rest = within - shared
    if not basis.shape[1] or _rank(rest) < 1:
        return BetweenSeeds(_scatter(within, values, noise), None, 0.0, members[:, :0])
    return BetweenSeeds(
        alone=_scatter(rest, values, noise),
        recurring=_scatter(shared, values, noise),
        times=float(np.trace(members.T @ shared @ members)) / basis.shape[1],
        members=members,
    )


def _members(seeds: list[str], groups: list[int]) -> Array:
    """[rung, seed]: which runs are of which seed, for seeds that were run at several computes."""
    known = {(seed, group) for seed, group in zip(seeds, groups, strict=True) if seed}
    times = Counter(seed for seed, _ in known)
    recurring = sorted(seed for seed, number in times.items() if number > 1)
    return np.array([[float(seed == each) for each in recurring] for seed in seeds]).reshape(
        len(seeds), len(recurring)
    )


def _scatter(projection: Array, values: Array, noise: Array) -> Scatter:
    degrees = _rank(projection)
    return Scatter(
        observed=float(values @ projection @ values),
        sampling=float(np.einsum("kr,rs,ks->k", noise, projection, noise).mean()),
        degrees=degrees,
        leverage=float(degrees),
    )


def _off(indicators: Array) -> Array:
    """The projection that takes out the means of groups."""
    basis = _basis(indicators)
    return np.asarray(np.eye(len(indicators)) - basis @ basis.T)


def _basis(columns: Array) -> Array:
    """An orthonormal basis of the span of columns."""
    if not columns.shape[1]:
        return columns
    left, size, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, size > 1e-9])


def _rank(projection: Array) -> int:
    return round(float(np.trace(projection)))
