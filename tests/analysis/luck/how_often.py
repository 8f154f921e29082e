"""How often 95% intervals hold the truth where training runs have luck, and how wide they are.

    python -m tests.analysis.luck.how_often [EXPERIMENTS]

prints a line a cell of luck, rungs and seeds: the coverage of each quantity, the median width of
its interval (log10 compute; exponents and M as they are), and the share of experiments in which it
was given. 1,000 experiments a cell with THOROUGH=1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from threadpoolctl import threadpool_limits

from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import place
from analysis.composability.pairs import Pair, pairs
from analysis.composability.total import fit_m
from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.luck.gains import runs
from analysis.luck.training import training_luck
from analysis.uncertainty.resample import resample
from tests.analysis.luck.world import ALONE, M, World, draw
from tests.thorough import size

EXPERIMENTS = size(1000, 100)
REPLICATES = 400
Told = dict[str, list[tuple[Estimate, float]]]
"""By quantity, estimates with what they are of."""

LUCK = ((0.2, 0.1), (0.4, 0.2))
"""Luck of a training run, and of an arm on it, in logits."""
SEEDS = ((1, 0.0), (2, 0.0), (4, 0.0), (2, 0.5), (4, 0.5))
"""Training runs a rung, and the share of luck that recurs with a seed."""
CELLS = tuple(
    World(tau, own, levels, seeds, common)
    for (tau, own), levels, (seeds, common) in product(LUCK, (3, 5, 8), SEEDS)
)


@dataclass(frozen=True)
class Coverage:
    """Of one quantity in one cell."""

    quantity: str
    given: float
    """Share that was not refused."""
    covered: float
    """Of those given; NaN where none was."""
    width: float
    """Median; infinite where most are not bounded."""
    number: int
    """Experiments that gave it."""


def told(world: World, seed: int) -> Told:
    """Estimates of one experiment, each with the truth that it is of."""
    drawn = draw(world, seed)
    experiment = drawn.experiment
    fit = place(experiment, resample(experiment, REPLICATES, seed), seed=seed)
    arm, gain, slope = experiment.arm("a"), ALONE["a"], world.slope
    of = ceg(fit, arm)
    gains = runs(fit, (), training_luck(fit)).gains(of)
    new = np.random.default_rng([seed, 99])
    here = (drawn.shared + drawn.own[arm]) / slope

    def base_run() -> float:
        return world.tau * new.standard_normal() / slope

    with_pte = world.own * new.standard_normal() / slope
    return {
        "recipe": [(of.ceg, gain)],
        "recipe by rung": [(on.ceg, gain) for on in of.rungs],
        "this model": [
            (on.this_model, gain + own / slope)
            for on, own in zip(gains.rungs, drawn.own[arm], strict=True)
        ],
        "new run": [(gains.new_run, gain + base_run() + with_pte - base_run())],
        "new run by rung": [
            (on.new_run, gain + luck - base_run())
            for on, luck in zip(gains.rungs, here, strict=True)
        ],
        "exponent": [_exponent(pairs(fit))],
        "M": [(fit_m(fit).m, M)],
    }


def _exponent(found: Sequence[Pair]) -> tuple[Estimate, float]:
    """That of a and b; whichever came out as the smaller, the exponent is of that one."""
    pair = next(p for p in found if {p.larger, p.smaller} == {"a", "b"})
    both = ALONE["a"] + M * ALONE["b"]
    return pair.exponent, (both - ALONE[pair.larger]) / ALONE[pair.smaller]


def coverages(world: World, experiments: int) -> Iterator[Coverage]:
    """Every quantity over many experiments."""
    with threadpool_limits(1):
        all_told = [told(world, seed) for seed in range(experiments)]
    for name in all_told[0]:
        each = [pair for one in all_told for pair in one[name]]
        given = [(e, true) for e, true in each if e.status is not EstimateStatus.REFUSED]
        yield Coverage(
            quantity=name,
            given=len(given) / len(each),
            covered=float(np.mean([e.low <= t <= e.high for e, t in given])) if given else np.nan,
            width=float(np.median([_width(e) for e, _ in given])) if given else np.nan,
            number=round(len(given) / len(all_told[0][name])),
        )


def _width(estimate: Estimate) -> float:
    """Infinite also where both ends are beyond the ladder on one side."""
    bounded = np.isfinite([estimate.low, estimate.high]).all()
    return estimate.high - estimate.low if bounded else np.inf


def line(world: World, found: Sequence[Coverage]) -> str:
    """A cell as a row of Markdown."""
    what = f"{world.tau:g}/{world.own:g} | {world.levels} | {world.seeds}"
    return f"| {what}{' recurring' * bool(world.common)} | {' | '.join(map(_cell, found))} |"


def _cell(one: Coverage) -> str:
    if not one.given:
        return "refused"
    share = f", {one.given:.0%}" if one.given < 1 else ""
    return f"{one.covered:.3f} ({one.width:.2f}{share})"


def main(experiments: int) -> None:
    """Print the table, a cell as soon as it is there."""
    head = None
    for world in CELLS:
        found = list(coverages(world, experiments))
        if head is None:
            head = ["luck", "rungs", "seeds", *(one.quantity for one in found)]
            print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
        print(line(world, found), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else EXPERIMENTS)
