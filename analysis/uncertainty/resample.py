"""Paired bootstrap over items: the same items in every arm and on every rung.

An item carries its draws with it. Draws are independent from item to item, so the spread over items
holds the noise of the draws once already; resampling draws inside resampled items, as a nested
bootstrap would, counts it twice and covers too much (Davison and Hinkley 1997, section 3.8; Field
and Welsh 2007). Draws are therefore resampled by themselves, items held fixed (`draws.py`), to say
how much of the spread is theirs.

What no item showed may still be so: where two arms agree on all of five items, resampling gives a
difference of exactly 0, as if it were known. Each replicate therefore holds a share of unseen items
on which an arm goes another way, up and down, from a Dirichlet posterior with a pseudo-item's
weight of `UNSEEN` for each direction. Where an arm agrees with another on all items, half of it is
the same on all of its rungs, since it is the items that are few; the more items they differ on, the
more resampling these shows it, and the less is common. Such weights add up: the difference of two
arms in one cell has one pseudo-item either way, and with n items that agree its interval ends near
3 / n, the rule of three (Hanley and Lippman-Hand 1983); and a cell in which every item scored 0 has
Jeffreys's posterior, Beta(1/2, n + 1/2) (Brown, Cai and DasGupta 2001). All that is made of scores
holds it: points, logits, CEGs, interactions, exponents. Its variance is 1 / n^2 a cell, beside that
of items, p (1 - p) / n: nothing to speak of with some hundred items that differ.

Published scores have no items: where their number is known each score is a binomial draw of its
own, which leaves out that arms share items and so errs on the wide side of every difference. What
was not seen is added where a score is 0 or 1 alone, for elsewhere such differences have a spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.experiment import Experiment

Array = NDArray[np.float64]

REPLICATES = 10_000
UNSEEN = 0.5
"""Pseudo-items of a cell on which an arm scores more than was seen, and as many with less."""
COMMON = 0.5
"""Share of them that is the same on all rungs of an arm that agrees with another on all items."""


@dataclass(frozen=True)
class Resampled:
    """Mean scores of an experiment under resampling."""

    point: Array
    """[arm, rung]: mean scores as measured, in [0, 1]."""
    means: Array
    """[replicate, arm, rung]: mean scores under resampled items, in [0, 1]."""


def resample(experiment: Experiment, replicates: int = REPLICATES, seed: int = 0) -> Resampled:
    """Bootstrap the mean scores of all arms and rungs together.

    Args:
        experiment: what was measured.
        replicates: number of bootstrap replicates.
        seed: of the random numbers; the same seed gives the same replicates.
    """
    rng = generator(experiment, seed, Stream.ITEMS)
    if experiment.scores is not None:
        return Resampled(experiment.means, _items(experiment.scores, replicates, rng))
    known = ~np.isnan(experiment.counts) & ~np.isnan(experiment.means)
    if not known.any():
        still = np.broadcast_to(experiment.means, (replicates, *experiment.means.shape))
        return Resampled(experiment.means, still)
    return Resampled(experiment.means, _counts(experiment, replicates, rng, known))


class Stream(IntEnum):
    """What random numbers are for: two things share no draw by accident."""

    ITEMS = 0
    RUNGS = 1
    DRAWS = 2
    PREDICTED = 3
    BOUNDS = 4
    ARM_ON_RUNG = 5
    FORMS = 6
    LUCK = 7
    ARM_ANEW = 8
    ARM_ABOUT_LINE = 9


def generator(
    experiment: Experiment, seed: int, stream: Stream, arm: int | None = None
) -> np.random.Generator:
    """Random numbers of an experiment's own, and of an arm's where one is given."""
    own = [] if arm is None else [arm + 1]  # numpy takes a 0 at the end for nothing
    return np.random.default_rng([seed, crc32(experiment.name.encode()), stream, *own])


def weights(items: int, replicates: int, rng: np.random.Generator) -> Array:
    """[replicate, item]: how often each item is drawn, over the number of items."""
    return rng.multinomial(items, np.full(items, 1 / items), size=replicates) / items


def _items(scores: Array, replicates: int, rng: np.random.Generator) -> Array:
    arms, rungs, items = scores.shape
    flat = np.nan_to_num(scores.reshape(arms * rungs, items))
    means = (weights(items, replicates, rng) @ flat.T).reshape(replicates, arms, rungs)
    missing = np.asarray(np.isnan(scores).all(axis=2))
    means[:, missing] = np.nan
    common = COMMON / (1 + _fewest(scores))
    return _with_unseen(means, np.full((arms, rungs), float(items)), common, ~missing, rng)


def _fewest(scores: Array) -> Array:
    """[arm]: the fewest items on which its scores differ from another arm's, on some rung that both
    were run on; all items where there is no other."""
    fewest = np.full(len(scores), float(scores.shape[2]))
    run = ~np.asarray(np.isnan(scores).all(axis=2))
    for arm, own in enumerate(scores):
        both = run & run[arm]
        differ = ((scores != own) & both[:, :, None]).any(axis=1).sum(axis=1)
        others = both.any(axis=1) & (np.arange(len(scores)) != arm)
        fewest[arm] = min(differ[others], default=fewest[arm])
    return fewest


def _counts(
    experiment: Experiment, replicates: int, rng: np.random.Generator, known: NDArray[np.bool_]
) -> Array:
    """Binomial draws; scores of unknown count stay as they are."""
    counts = np.where(known, experiment.counts, 1).astype(int)
    chance = np.where(known, experiment.means, 0.0)
    drawn = rng.binomial(counts, chance, size=(replicates, *chance.shape)) / counts
    drawn = np.where(known, drawn, experiment.means)
    ends = known & ((experiment.means == 0) | (experiment.means == 1))
    return _with_unseen(drawn, counts.astype(float), np.zeros(len(counts)), ends, rng)


def _with_unseen(
    means: Array,
    counts: Array,
    common: Array,
    cells: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Array:
    """Add what the items leave open, within [0, 1]; in place.

    Args:
        means: [replicate, arm, rung], scores under resampled items.
        counts: [arm, rung], items behind each.
        common: [arm], share of it that is the same on all of an arm's rungs.
        cells: [arm, rung], those that it is added to.
        rng: of the shares.
    """
    for arm in np.flatnonzero(cells.any(axis=1)):
        rungs = np.flatnonzero(cells[arm])
        seen = means[:, arm, rungs]
        shared = rng.gamma(common[arm] * UNSEEN, size=(2, len(means), 1))
        up, down = shared + rng.gamma((1 - common[arm]) * UNSEEN, size=(2, *seen.shape))
        items = rng.gamma(counts[arm, rungs] + UNSEEN, size=seen.shape)
        means[:, arm, rungs] = (
            seen + np.minimum(up / (up + items), 1 - seen) - np.minimum(down / (down + items), seen)
        )
    return means
