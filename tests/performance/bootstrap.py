"""What an analysis costs at full size: all estimates of a factorial sweep on a ladder."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import place
from analysis.ceg.split import split
from analysis.composability.lattice import lattices
from analysis.composability.pairs import conditionals, pairs
from analysis.composability.total import fit_m
from analysis.contracts.experiment import Experiment
from analysis.simulation import Truth, composed, simulate
from analysis.uncertainty.draws import draw_noise
from analysis.uncertainty.resample import resample
from tests.performance.figure import figure
from tests.performance.reference import cpu_seconds

REPLICATES = 10_000
ITEMS = 500
RUNGS = 5
CEGS = {"a": 6.0, "b": 5.0, "c": 4.0, "d": 3.0, "e": 2.5, "f": 2.0}
CATEGORIES = dict(zip("abcdef", ("prompting", "tools", "scaffolding") * 2, strict=True))


def experiment() -> Experiment:
    """64 stacks of six PTEs in three categories, three replicates each."""
    pairwise = {frozenset(pair): 0.6 for pair in ("ab", "cd", "ef")}
    truth = Truth(
        composed(CEGS, pairwise),
        items=ITEMS,
        draws=3,
        slope=0.8,
        intercept=-1.0,
        rung_sd=0.1,
        interaction_sd=0.1,
        categories=CATEGORIES,
    )
    return simulate(truth, 0)


def bootstrap_10k(measured: Experiment) -> bool:
    """CEGs, pairs, conditionals, lattices, M and the split of every variance, over resampling the
    scores alone."""
    ours = cpu_seconds(lambda: estimated(measured))
    plain = cpu_seconds(resampled_plainly)
    print(f"  (CPU seconds: {ours:.1f}, and {plain:.1f} for the resampling alone)")
    return figure("bootstrap_10k_over_plain", ours / plain, "x", "<= 18")


def resampled_plainly() -> None:
    """Means of 64 arms on 5 rungs in 10,000 resamples of 500 items, sorted for intervals."""
    generator = np.random.default_rng(0)
    scores = generator.random((64 * RUNGS, ITEMS))
    for _ in range(3):  # items, replicates, and the rungs' scatter
        counts = generator.multinomial(ITEMS, np.full(ITEMS, 1 / ITEMS), size=REPLICATES)
        means = counts.astype(float) @ scores.T / ITEMS
        np.sort(means, axis=0)


def estimated(measured: Experiment) -> None:
    """Every estimate of the experiment, on one thread as `analyse` works."""
    with threadpool_limits(1):
        _estimated(measured)


def _estimated(measured: Experiment) -> None:
    fit = place(measured, resample(measured, REPLICATES))
    cegs = [ceg(fit, arm) for arm in range(len(measured.arms)) if arm != fit.base]
    exponents, given, result, m = pairs(fit), conditionals(fit), lattices(fit), fit_m(fit)
    parts = split(fit, draw_noise(measured, REPLICATES))
    assert len(cegs) == len(parts) == 63
    assert (len(exponents), len(given), len(result[0].effects)) == (15, 192, 63 + 63 + 6)
    assert fit.total.shifts.shape == (REPLICATES, 64)
    assert m.m.draws is not None


def main() -> bool:
    """Print the figure; whether its bar is met."""
    measured = experiment()
    assert measured.scores is not None
    assert measured.scores.shape == (64, RUNGS, ITEMS)
    return bootstrap_10k(measured)


if __name__ == "__main__":
    raise SystemExit(not main())
