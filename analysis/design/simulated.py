"""The half-widths of a design as the real estimator gives them, on simulated experiments."""

from __future__ import annotations

from math import nan

import numpy as np

from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import LadderFit, place
from analysis.composability.pairs import pairs
from analysis.contracts.estimate import Estimate
from analysis.design.assumptions import FIRST, Design, DesignAssumptions, truth
from analysis.design.predict import Widths
from analysis.simulation import simulate
from analysis.uncertainty.resample import resample

REPLICATES = 1000


def simulated(
    design: Design,
    assumptions: DesignAssumptions,
    simulations: int = 100,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> Widths:
    """Median half-widths over simulated experiments.

    Args:
        design: what would be run.
        assumptions: what is true in the simulation.
        simulations: number of experiments.
        seed: of the first; the others follow.
        replicates: bootstrap replicates of each.
    """
    known = truth(design, assumptions)
    results = []
    for number in range(simulations):
        experiment = simulate(known, seed + number)
        fit = place(experiment, resample(experiment, replicates, seed + number), seed=seed + number)
        results.append(_widths(fit))
    return Widths(*(float(np.median(column)) for column in zip(*results, strict=True)))


def _widths(fit: LadderFit) -> tuple[float, float, float]:
    of_first = ceg(fit, fit.experiment.arm(FIRST)).ceg
    pair = pairs(fit)[0]
    return _half(of_first) if fit.ladder else nan, _half(pair.exponent), _half(pair.interaction)


def _half(estimate: Estimate) -> float:
    """Half the distance between an interval's ends; infinite for a refused estimate."""
    return (estimate.high - estimate.low) / 2
