"""Draws from a truth, as an experiment."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.contracts.experiment import CandidatePool, Experiment
from analysis.contracts.votes import first_seen, plurality
from analysis.simulation.truth import Truth

Array = NDArray[np.float64]

BENCHMARK = "simulated"
TASK_TYPE = "math"


@dataclass(frozen=True)
class SimulatedAttempts:
    """Scores, and answers if there is a vote, of a simulated experiment."""

    scores: Array
    """[arm, rung, replicate, item]: scores, 0 or 1."""
    answers: NDArray[np.int32] | None
    """[rung, replicate, item, candidate]: the voting arm's pool; 0 is right. None without votes."""


def simulate(truth: Truth, seed: int) -> Experiment:
    """An experiment as it would be read from the records of such a run.

    Args:
        truth: what to draw from.
        seed: of the random numbers; the same seed gives the same experiment.
    """
    drawn = draw(truth, seed)
    scores = drawn.scores.mean(axis=2)
    arms, rungs, items = scores.shape
    multiples = np.ones((arms, rungs))
    pools, shared = {}, {}
    if truth.voting is not None and drawn.answers is not None:
        base = next(place for place, arm in enumerate(truth.arms) if arm.is_base)
        multiples[truth.voting] = truth.votes
        for rung in range(rungs):
            answers = drawn.answers[rung, 0]
            pool = CandidatePool(first_seen(answers), (answers == 0).astype(float))
            pools[truth.voting, rung] = pool
            shared[base, rung] = truth.voting
    return Experiment(
        name=BENCHMARK,
        benchmark=BENCHMARK,
        task_type=TASK_TYPE,
        rungs=truth.rungs,
        arms=truth.arms,
        means=scores.mean(axis=2),
        counts=np.full((arms, rungs), float(items)),
        chance=truth.floor,
        items=tuple(map(item_name, range(items))),
        scores=scores,
        replicates=drawn.scores if truth.draws > 1 else None,
        pools=pools,
        shared=shared,
        multiples=multiples,
        one_time=np.zeros((arms, rungs)),
        provenance={"simulated": described(truth), "seed": seed},
    )


def item_name(number: int) -> str:
    """Id of a simulated problem."""
    return f"item-{number:05d}"


def described(truth: Truth) -> dict[str, object]:
    """The truth as plain data."""
    gains = {"+".join(sorted(names)): gain for names, gain in truth.gains.items()}
    return asdict(truth) | {"gains": gains}


def draw(truth: Truth, seed: int) -> SimulatedAttempts:
    """Draw every attempt of an experiment."""
    rng = np.random.default_rng(seed)
    chances = probabilities(truth, rng)
    arms, rungs, items = chances.shape
    uniform = rng.random((arms, rungs, truth.draws, items))
    scores = (uniform < chances[:, :, None]).astype(float)
    if truth.voting is None:
        return SimulatedAttempts(scores, None)
    base = next(place for place, arm in enumerate(truth.arms) if arm.is_base)
    size = (rungs, truth.draws, items, truth.votes)
    right = rng.random(size) < chances[base][:, None, :, None]
    answers = np.where(right, 0, rng.integers(1, truth.wrong + 1, size)).astype(np.int32)
    chosen = plurality(first_seen(answers))
    submitted = np.take_along_axis(answers, chosen[..., None], axis=-1)[..., 0]
    scores[base] = answers[..., 0] == 0
    scores[truth.voting] = submitted == 0
    return SimulatedAttempts(scores, answers)


def probabilities(truth: Truth, rng: np.random.Generator) -> Array:
    """[arm, rung, item]: chance that a draw is right; the voting arm's draws are the base's."""
    arms, rungs, items = len(truth.arms), len(truth.x), truth.items
    shift = np.nan_to_num(truth.shifts)
    line = truth.intercept + truth.slope * (np.array(truth.x) + shift[:, None])
    line = line + truth.rung_sd * rng.standard_normal(rungs)
    line = line + truth.interaction_sd * rng.standard_normal((arms, rungs))
    difficulty = truth.item_sd * rng.standard_normal(items)
    difficulty = difficulty + truth.item_arm_sd * rng.standard_normal((arms, items))
    rise = special.expit(line[:, :, None] + difficulty[:, None])
    return np.asarray(truth.floor + (truth.ceiling - truth.floor) * rise)
