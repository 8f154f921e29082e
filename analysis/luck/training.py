"""Training luck: how far one training run lies off its recipe's average, in logits.

On a rung, luck is what all arms of the trained model share. Several seeds a rung show it directly;
with one, the scatter of the base's rungs about its curve stands for it, which holds what the curve
misses too and so errs on the wide side. A shift that all rungs of a ladder share (of one seed, one
order of the data, one code base) is seen by neither: no number here holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import nan

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.ladder import LadderFit
from analysis.contracts.finding import Finding, Severity
from analysis.luck.seeds import BetweenSeeds, between_seeds
from analysis.uncertainty.rungs import Scatter

Array = NDArray[np.float64]

FEWEST = 2
"""Degrees of freedom that luck is read from: one gives intervals without a practical end."""


class LuckSource(StrEnum):
    """What training luck is read from."""

    SEEDS = "seeds"
    """Several training runs of the same compute."""
    RESIDUAL = "residual"
    """The scatter of single runs about the base curve, lack of fit included."""
    UNKNOWN = "unknown"
    """Nothing shows it."""


@dataclass(frozen=True)
class LuckDraws:
    """Values that luck may have had, a replicate each, in units of the predictor (logits)."""

    ladder: Array
    """[replicate, rung used]: of the ladder's own runs."""
    new: Array
    """[replicate, 2]: of two new runs."""


@dataclass(frozen=True)
class TrainingLuck:
    """What is known of the luck of a training run on a ladder."""

    source: LuckSource
    deviation: float
    """Estimated standard deviation, in units of the predictor (logits); NaN where unknown."""
    degrees: int
    """Degrees of freedom behind it; 0 where unknown."""
    reason: str
    """What it rests on, or why it is not known."""
    alone: Scatter | None = None
    """Scatter that shows the luck of single runs; None where unknown."""
    seeds: BetweenSeeds | None = None
    """Where seeds recur, what they show; else None."""

    @property
    def known(self) -> bool:
        """Whether anything can be said of a new run."""
        return self.source is not LuckSource.UNKNOWN

    def draw(self, rungs: int, replicates: int, rng: np.random.Generator) -> LuckDraws:
        """Luck of the ladder's runs and of new ones; each replicate has a variance of its own.

        Raises:
            ValueError: luck is not known.
        """
        if self.alone is None:
            raise ValueError(f"training luck is not known: {self.reason}")
        own = self.alone.allowing(rng.random(replicates))
        ladder = own[:, None] * rng.standard_normal((replicates, rungs))
        new = own[:, None] * rng.standard_normal((replicates, 2))
        if self.seeds is not None and self.seeds.recurring is not None:
            means = self.seeds.recurring.allowing(rng.random(replicates))
            common = np.sqrt(np.maximum(means**2 - own**2, 0.0) / self.seeds.times)
            members = self.seeds.members
            by_seed = rng.standard_normal((replicates, members.shape[1])) @ members.T
            ladder = ladder + common[:, None] * by_seed
            new = new + common[:, None] * rng.standard_normal((replicates, 2))
        return LuckDraws(ladder, new)


def training_luck(fit: LadderFit) -> TrainingLuck:
    """The luck of a run on this ladder: by its seeds, or by the scatter about the base's curve."""
    if not fit.ladder or fit.base_scatter is None:
        return _unknown("no ladder to see training luck on")
    seeds = between_seeds(fit)
    if seeds is not None and seeds.alone.degrees >= FEWEST:
        return _by_seeds(seeds)
    scatter = fit.base_scatter
    if scatter.degrees < FEWEST:
        return _unknown(
            f"{len(fit.on)} rungs of one training run each leave too little scatter about a curve "
            "to see training luck: take four rungs, or two seeds a rung"
        )
    return TrainingLuck(
        source=LuckSource.RESIDUAL,
        deviation=scatter.deviation,
        degrees=scatter.degrees,
        reason=f"scatter of {len(fit.on)} training runs about the base curve, what the curve "
        "misses included",
        alone=scatter,
    )


def luck_findings(name: str, luck: TrainingLuck) -> Iterator[Finding]:
    """What the gains say of models that are trained anew, and on what that rests."""
    if not luck.known:
        message = f"no gain is given for a new training run: {luck.reason}"
    else:
        message = (
            f"training luck is {luck.deviation:.2g} logits a run, from {luck.reason} "
            f"({luck.degrees} degree{'s' * (luck.degrees > 1)} of freedom): the gain for a new "
            "training run holds it, and the recipe's average gain does not. A shift that the whole "
            "ladder shares cannot be seen and is in neither"
        )
    yield Finding(Severity.NOTE, name, message)


def _by_seeds(seeds: BetweenSeeds) -> TrainingLuck:
    variance, message = seeds.alone.deviation**2, "training runs of equal compute"
    if seeds.recurring is not None:
        more = max(0.0, seeds.recurring.deviation**2 - variance)
        variance += more / seeds.times
        message += f"; {seeds.members.shape[1]} seeds recur, and may bring luck to every rung"
    return TrainingLuck(
        source=LuckSource.SEEDS,
        deviation=float(np.sqrt(variance)),
        degrees=seeds.degrees,
        reason=message,
        alone=seeds.alone,
        seeds=seeds,
    )


def _unknown(reason: str) -> TrainingLuck:
    return TrainingLuck(LuckSource.UNKNOWN, nan, 0, reason)
