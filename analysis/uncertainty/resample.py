"""Paired bootstrap over items: the same items in every arm and on every rung.

An item carries its draws with it. Draws are independent from item to item, so the spread over items
holds the noise of the draws once already; resampling draws inside resampled items, as a nested
bootstrap would, counts it twice and covers too much (Davison and Hinkley 1997, section 3.8; Field
and Welsh 2007). Draws are therefore resampled by themselves, items held fixed (`draws.py`), to say
how much of the spread is theirs.

A cell in which every item scored 0 (or 1) resamples to nothing but that, as if 0 of 100 were known
to be 0. There each replicate takes its score from the posterior under Jeffreys's prior instead,
Beta(1/2, n + 1/2) (Brown, Cai and DasGupta 2001).

Published scores have no items: where their number is known each score is a binomial draw of its
own, which leaves out that arms share items and so errs on the wide side of every difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.experiment import Experiment

Array = NDArray[np.float64]

REPLICATES = 10_000


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
    rng = generator(experiment, seed, 0)
    if experiment.scores is not None:
        return Resampled(experiment.means, _items(experiment.scores, replicates, rng))
    known = ~np.isnan(experiment.counts) & ~np.isnan(experiment.means)
    if not known.any():
        still = np.broadcast_to(experiment.means, (replicates, *experiment.means.shape))
        return Resampled(experiment.means, still)
    return Resampled(experiment.means, _counts(experiment, replicates, rng, known))


def generator(experiment: Experiment, seed: int, stream: int) -> np.random.Generator:
    """Random numbers of an experiment's own: two experiments share no draw by accident."""
    return np.random.default_rng([seed, crc32(experiment.name.encode()), stream])


def weights(items: int, replicates: int, rng: np.random.Generator) -> Array:
    """[replicate, item]: how often each item is drawn, over the number of items."""
    return rng.multinomial(items, np.full(items, 1 / items), size=replicates) / items


def _items(scores: Array, replicates: int, rng: np.random.Generator) -> Array:
    arms, rungs, items = scores.shape
    flat = np.nan_to_num(scores.reshape(arms * rungs, items))
    means = (weights(items, replicates, rng) @ flat.T).reshape(replicates, arms, rungs)
    missing = np.isnan(scores).all(axis=2)
    means[:, missing] = np.nan
    point = np.where(missing, np.nan, flat.mean(axis=1).reshape(arms, rungs))
    return _off_the_ends(means, point, np.full((arms, rungs), items), rng)


def _counts(
    experiment: Experiment, replicates: int, rng: np.random.Generator, known: NDArray[np.bool_]
) -> Array:
    """Binomial draws; scores of unknown count stay as they are."""
    counts = np.where(known, experiment.counts, 1).astype(int)
    chance = np.where(known, experiment.means, 0.0)
    drawn = rng.binomial(counts, chance, size=(replicates, *chance.shape)) / counts
    drawn = np.where(known, drawn, experiment.means)
    return _off_the_ends(drawn, np.where(known, experiment.means, np.nan), counts, rng)


def _off_the_ends(
    means: Array, point: Array, counts: NDArray[np.int_], rng: np.random.Generator
) -> Array:
    """Give cells at 0 or 1 the spread that their number of items leaves them; in place."""
    for end in (0.0, 1.0):
        for arm, rung in zip(*np.nonzero(point == end), strict=True):
            off = rng.beta(0.5, counts[arm, rung] + 0.5, size=len(means))
            means[:, arm, rung] = abs(end - off)
    return means
