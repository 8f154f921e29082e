"""Ladders of known truth with training luck, by another generator than `analysis.simulation`.

An arm's mean score on a trained model is expit(a + b (x + g) + e + u), exactly: items come from a
Gaussian copula, which has a difficulty shared by all arms and rungs and one of each arm's own. The
luck e of a trained model is shared by its arms, the base among them; u is an arm's own on it. Of
seeds that recur on all rungs a share of e is theirs alone, the same on every rung.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from analysis.contracts.experiment import UNIT, Arm, Experiment, Rung
from analysis.contracts.reference import SAMPLED

Array = NDArray[np.float64]

M = 0.6
ALONE = {"a": 1.2, "b": 0.8, "c": 0.5}
"""log10 CEG of each PTE alone."""
STACKS = (("a",), ("b",), ("c",), ("a", "b"), ("a", "b", "c"))
CATEGORIES = {"a": "prompting", "b": "tools", "c": "scaffolding"}
SHARED_ITEM, OWN_ITEM = 0.5, 0.15
"""Shares of an item's variance: its difficulty for all arms, and for one."""


@dataclass(frozen=True)
class World:
    """What is true of a ladder, and how much of it is measured."""

    tau: float
    """Standard deviation of a training run's luck, logits."""
    own: float
    """Standard deviation of an arm's own luck on a trained model, logits."""
    levels: int
    """Different training computes."""
    seeds: int = 1
    """Training runs at each of them."""
    common: float = 0.0
    """Share of a run's luck, as variance, that its seed brings to every rung: seeds recur."""
    items: int = 250
    slope: float = 1.2

    @cached_property
    def rungs(self) -> tuple[Rung, ...]:
        """Every trained model, by rising compute."""
        return tuple(
            Rung(
                model=f"m{level}-{seed}",
                family="world",
                stage="base",
                flop=UNIT * 10.0**x,
                seed=str(seed) if self.common else "",
            )
            for level, x in enumerate(np.linspace(-2, 2, self.levels))
            for seed in range(self.seeds)
        )

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        return tuple(
            Arm(
                label="+".join(names) or "base",
                ptes=names,
                categories={name: CATEGORIES[name] for name in names},
            )
            for names in ((), *STACKS)
        )

    @cached_property
    def gains(self) -> Array:
        """[arm]: log10 CEG; stacks obey Lifland et al.'s aggregation by `M`."""
        return np.array(
            [sum(M**k * ALONE[name] for k, name in enumerate(arm.ptes)) for arm in self.arms]
        )


@dataclass(frozen=True)
class Drawn:
    """An experiment, with what chance made of its models."""

    experiment: Experiment
    shared: Array
    """[rung]: luck of each trained model."""
    own: Array
    """[arm, rung]: each arm's own on it."""


def draw(world: World, seed: int) -> Drawn:
    """An experiment of this world."""
    rng = np.random.default_rng([seed, 77])
    number, arms = len(world.rungs), len(world.arms)
    of_seed = np.tile(rng.standard_normal(world.seeds), world.levels)
    alone = rng.standard_normal(number)
    shared = world.tau * (np.sqrt(world.common) * of_seed + np.sqrt(1 - world.common) * alone)
    own = world.own * rng.standard_normal((arms, number))
    own[0] = 0.0
    x = np.array([rung.x for rung in world.rungs])
    chance = special.expit(world.slope * (x + world.gains[:, None]) + shared + own - 0.3)
    noise = 1 - SHARED_ITEM - OWN_ITEM
    hard = np.sqrt(SHARED_ITEM) * rng.standard_normal(world.items)
    hard = hard + np.sqrt(OWN_ITEM) * rng.standard_normal((arms, 1, world.items))
    seen = hard + np.sqrt(noise) * rng.standard_normal((arms, number, world.items))
    scores = (seen < stats.norm.ppf(chance)[:, :, None]).astype(float)
    experiment = Experiment(
        name=f"world-{seed}",
        benchmark="world",
        task_type="math",
        rungs=world.rungs,
        arms=world.arms,
        means=scores.mean(axis=2),
        counts=np.full((arms, number), float(world.items)),
        items=tuple(f"i{i}" for i in range(world.items)),
        scores=scores,
        reference=SAMPLED,
    )
    return Drawn(experiment, shared, own)
