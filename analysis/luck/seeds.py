"""Training luck as seen between runs of one recipe: rungs of the same training compute.

Runs of equal compute differ by luck alone. Where their seeds recur on other rungs, which then share
initialisation or the order of the data, a part of that luck may be the seed's own on every rung
(c), beside what is new in each run (d): the mean squares of a two-way layout tell them apart. A
seed's own part is known as well as there are seeds, however many rungs they were run on.

Runs count by the information that their scores hold about the predictor. One at the floor or the
ceiling, where a logit is worth few items, shows next to nothing of luck: counted like the others it
would drown them, and the degrees of freedom would be those of runs that say something.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.ladder import LadderFit
from analysis.uncertainty.rungs import Scatter

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BetweenSeeds:
    """Scatter of the base between runs of equal compute, in units of the predictor."""

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
    left, moved, information = fit.left.of_base()
    root = _root(information)
    within = _off(np.eye(group.max() + 1)[group] * root[:, None])
    if _degrees(within, root) < 1:
        return None
    values, noise = root * left, root * (moved - moved.mean(axis=0))
    members = _members([rung.seed for rung in on], group.tolist())
    weighed = members * root[:, None]
    basis = _basis(within @ weighed)
    shared = basis @ basis.T
    rest = within - shared
    if not basis.shape[1] or _degrees(rest, root) < 1:
        return BetweenSeeds(_scatter(within, values, noise, root), None, 0.0, members[:, :0])
    recurring = _scatter(shared, values, noise, root)
    return BetweenSeeds(
        alone=_scatter(rest, values, noise, root),
        recurring=recurring,
        times=float(np.trace(weighed.T @ shared @ weighed)) / recurring.leverage,
        members=members,
    )


def _root(information: Array) -> Array:
    """[rung]: roots of weights whose mean is 1; all alike where nothing is known of any."""
    if not (information > 0).any():
        return np.ones_like(information)
    return np.asarray(np.sqrt(information / information.mean()))


def _members(seeds: list[str], groups: list[int]) -> Array:
    """[rung, seed]: which runs are of which seed, for seeds that were run at several computes."""
    known = {(seed, group) for seed, group in zip(seeds, groups, strict=True) if seed}
    times = Counter(seed for seed, _ in known)
    recurring = sorted(seed for seed, number in times.items() if number > 1)
    return np.array([[float(seed == each) for each in recurring] for seed in seeds]).reshape(
        len(seeds), len(recurring)
    )


def _scatter(projection: Array, values: Array, noise: Array, root: Array) -> Scatter:
    return Scatter(
        observed=float(values @ projection @ values),
        sampling=float(np.einsum("kr,rs,ks->k", noise, projection, noise).mean()),
        degrees=_degrees(projection, root),
        leverage=float(root**2 @ np.diag(projection)),
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


def _degrees(projection: Array, root: Array) -> int:
    """Degrees of freedom of the luck in a projection of weighted runs, by Satterthwaite (1946):
    the projection's rank where all weigh alike."""
    luck = root[:, None] * projection * root
    total = float(np.trace(luck))
    return round(total**2 / float((luck**2).sum())) if total > 1e-9 else 0
