"""What the draws alone contribute: draws resampled by address, items held fixed.

Arms share draws: the base answer is the first vote of self-consistency. So addresses are resampled
jointly, the same ones in every arm that shares them, and votes are counted again. Arms whose
choice cannot be made again from their pool (a search, a weighted vote) resample whole replicates.
An arm with a single draw an item and no sibling that drew more says nothing of its draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.experiment import CandidatePool, Experiment
from analysis.contracts.votes import plurality
from analysis.uncertainty.resample import Stream, generator

Array = NDArray[np.float64]

BANK = 100
"""Resampled choices an item. Each replicate takes one at random: the variance is low by 1%."""


def draw_noise(experiment: Experiment, replicates: int, seed: int = 0) -> Array | None:
    """Mean scores under resampled draws, items fixed.

    Returns:
        [replicate, arm, rung]; NaN where an arm's draws cannot be resampled; None if that is so of
        all of them.
    """
    if experiment.scores is None:
        return None
    arms, rungs, _ = experiment.scores.shape
    rng = generator(experiment, seed, Stream.DRAWS)
    result = np.full((replicates, arms, rungs), np.nan)
    for rung in range(rungs):
        bank = _bank(experiment, rung, rng)
        there = ~np.isnan(bank).any(axis=(0, 1))
        if there.any():
            result[:, there, rung] = _means(bank[:, :, there], replicates, rng)
    return None if np.isnan(result).all() else result


def _means(bank: Array, replicates: int, rng: np.random.Generator) -> Array:
    """[replicate, arm]: means over items, each item's choice taken at random from its bank."""
    size, items, arms = bank.shape
    rows = np.ascontiguousarray(bank, dtype=np.float32).reshape(size * items, arms)
    total = np.empty((replicates, arms))
    place = np.arange(items)
    for replicate in range(replicates):
        chosen = rng.integers(size, size=items) * items + place
        total[replicate] = rows[chosen].sum(axis=0, dtype=np.float64)
    return np.asarray(total / items)


def _bank(experiment: Experiment, rung: int, rng: np.random.Generator) -> Array:
    """[choice, item, arm]: scores under resampled addresses, or replicates."""
    assert experiment.scores is not None
    arms, _, items = experiment.scores.shape
    bank = np.full((BANK, items, arms), np.nan)
    addresses: dict[int, NDArray[np.intp]] = {}
    whole: dict[int, NDArray[np.intp]] = {}
    for arm in range(arms):
        if experiment.replicates is not None:
            bank[:, :, arm] = _replicates(experiment.replicates[arm, rung], whole, rng)
            continue
        own = experiment.pools.get((arm, rung))
        # The larger pool holds all draws of a smaller one, which come first in it.
        pool = experiment.pools.get((experiment.shared.get((arm, rung), arm), rung))
        if pool is not None:
            votes = own.scores.shape[1] if own is not None else 1
            bank[:, :, arm] = _votes(pool, votes, addresses, rng)
        elif experiment.arms[arm].is_base and experiment.arms[arm].greedy:
            bank[:, :, arm] = experiment.scores[arm, rung]  # nothing of it is drawn
    return bank


def _votes(
    pool: CandidatePool, votes: int, cache: dict[int, NDArray[np.intp]], rng: np.random.Generator
) -> Array:
    """[choice, item]: score of the plurality of the first votes among resampled candidates.

    Addresses are resampled with replacement, the same ones in all pools of a size.
    """
    items, size = pool.scores.shape
    if size not in cache:
        cache[size] = rng.integers(size, size=(BANK, items, size))
    # A candidate that failed has no grade and no vote: where all failed, nothing is right.
    scores, place = np.nan_to_num(pool.scores), np.arange(items)
    result = np.empty((BANK, items))
    for choice, index in enumerate(cache[size][:, :, :votes]):
        codes = np.full((items, size), -1, np.int32)  # a code is a place among all candidates
        codes[:, :votes] = np.take_along_axis(pool.answers, index, axis=1)
        voted = (codes >= 0).any(axis=1)
        result[choice] = scores[place, np.where(voted, plurality(codes), index[:, 0])]
    return result


def _replicates(
    scores: Array, cache: dict[int, NDArray[np.intp]], rng: np.random.Generator
) -> Array:
    """[choice, item]: mean over resampled replicates, widened for their small number."""
    run = ~np.isnan(scores).any(axis=1)
    number = int(run.sum())
    if number < 2:
        return np.full((BANK, scores.shape[1]), np.nan)
    if number not in cache:
        cache[number] = rng.integers(number, size=(BANK, scores.shape[1], number))
    seen = scores[run].T
    drawn = np.take_along_axis(seen[None], cache[number], axis=2).mean(axis=2)
    centre = seen.mean(axis=1)
    # The variance of a mean of k resampled from k is low by (k - 1) / k.
    return np.asarray(centre + (drawn - centre) * np.sqrt(number / (number - 1)))
