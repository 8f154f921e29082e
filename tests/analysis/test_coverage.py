"""Nominal 95% intervals hold the truth in 93 to 97 of 100 simulated experiments.

The region that a coverage must lie in is 0.93 to 0.97, widened by nothing but the Monte Carlo error
of the simulations that are run here: two binomial standard errors at either end.

Without rung effects intervals are wider than they need be, and their upper end is not held: each
replicate allows for an effect of rungs that chance has hidden (`analysis/uncertainty/rungs.py`),
and nothing but more rungs shows that there is none. That errs on the safe side. Training luck has a
table of its own (`tests/analysis/luck/how_often.py`).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from math import sqrt
from multiprocessing import get_context

import numpy as np
import pytest

from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import LadderFit, place
from analysis.composability.pairs import conditionals, pairs
from analysis.composability.total import fit_m
from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.simulation import Truth, simulate
from analysis.uncertainty.resample import Resampled, resample
from tests.thorough import size

SIMULATIONS = size(300, 80)
REPLICATES = 500
ERRORS = 2.0
"""Standard errors of Monte Carlo that are allowed for."""

M = 0.6
ALONE = {"a": 1.2, "b": 0.8, "c": 0.5}
"""log10 CEG."""


def composed_by_m(cegs: dict[str, float], m: float) -> dict[frozenset[str], float]:
    """Gains that obey Lifland et al.'s aggregation exactly: sums of m^i log C, from high to low."""
    gains: dict[frozenset[str], float] = {}
    for name, own in sorted(cegs.items(), key=lambda item: -item[1]):
        for names, gain in list(gains.items()):
            gains[names | {name}] = gain + m ** len(names) * own
        gains[frozenset({name})] = own
    return gains


PLAIN = Truth(
    composed_by_m(ALONE, M),
    items=300,
    slope=1.2,
    item_sd=1.5,
    item_arm_sd=0.7,
    categories={"a": "prompting", "b": "tools", "c": "scaffolding"},
)
SCENARIOS = {
    "no rung effects, 300 items": PLAIN,
    "rung effects": replace(PLAIN, rung_sd=0.2, interaction_sd=0.2),
    "100 items": replace(PLAIN, items=100),
}


def estimates(fit: LadderFit) -> dict[str, Estimate]:
    """What coverage is asked of."""
    of_a = ceg(fit, fit.experiment.arm("a"))
    pair = next(p for p in pairs(fit) if {p.larger, p.smaller} == {"a", "b"})
    given = {(c.pte, c.context): c.ceg for c in conditionals(fit)}
    results = {
        "CEG(a)": of_a.ceg,
        "points": of_a.points,
        "CEG(b | a)": given["b", ("a",)],
        "CEG(c | a, b)": given["c", ("a", "b")],
        "interaction": pair.interaction_ceg,
        "interaction in logits": pair.interaction,
        "M": fit_m(fit).m,
    }
    # By chance b may come out as the larger: the exponent is then another quantity.
    return results | ({"exponent": pair.exponent} if pair.larger == "a" else {})


def targets(truth: Truth) -> dict[str, float]:
    """What is true of the recipe, whatever the luck of the models that were drawn."""
    a, b, c = (ALONE[name] for name in "abc")
    x = np.array(truth.x)
    return {
        "CEG(a)": a,
        "points": float((truth.mean(x, a) - truth.mean(x)).mean()),
        "CEG(b | a)": M * b,
        "CEG(c | a, b)": M**2 * c,
        "interaction": (M - 1) * b,
        "interaction in logits": in_logits(truth),
        "exponent": M,
        "M": M,
    }


@cache
def in_logits_of(x: tuple[float, ...], slope: float, item_sd: float, item_arm_sd: float) -> float:
    """The interaction that the estimator finds with endless items and no rung effects."""
    truth = replace(PLAIN, x=x, slope=slope, item_sd=item_sd, item_arm_sd=item_arm_sd, items=2)
    exact = truth.mean(np.array(x) + truth.shifts[:, None])
    experiment = replace(simulate(truth, 0), means=exact, scores=None)
    fit = place(experiment, Resampled(exact, exact[None]))
    d = fit.point.shifts[0]
    return float(d[experiment.arm("a+b")] - d[experiment.arm("a")] - d[experiment.arm("b")])


def in_logits(truth: Truth) -> float:
    return in_logits_of(truth.x, truth.slope, truth.item_sd, truth.item_arm_sd)


def covered(truth: Truth, seed: int) -> dict[str, bool]:
    """By quantity: whether its interval holds the truth; refused ones are left out."""
    experiment = simulate(truth, seed)
    fit = place(experiment, resample(experiment, REPLICATES, seed), seed=seed)
    true = targets(truth)
    return {
        name: found.low <= true[name] <= found.high
        for name, found in estimates(fit).items()
        if found.status is not EstimateStatus.REFUSED
    }


def freeze() -> None:
    """Leave what is imported to no later collection of garbage."""
    gc.freeze()


@pytest.fixture(scope="module")
def many() -> Iterator[Callable[[Truth], list[dict[str, bool]]]]:
    """Runs simulations on two cores."""
    # statsmodels collects garbage at every correction for several tests: frozen, it is cheap.
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=freeze) as pool:

        def run(truth: Truth) -> list[dict[str, bool]]:
            return list(pool.map(partial(covered, truth), range(SIMULATIONS), chunksize=20))

        yield run


def region(simulations: int) -> tuple[float, float]:
    """Coverages that 0.93 to 0.97 allow for, given this many simulations."""
    low, high = (ERRORS * sqrt(p * (1 - p) / simulations) for p in (0.93, 0.97))
    return 0.93 - low, 0.97 + high


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_intervals_hold_the_truth(
    scenario: str, many: Callable[[Truth], list[dict[str, bool]]]
) -> None:
    truth = SCENARIOS[scenario]
    result = many(truth)
    missed = {}
    for name in targets(PLAIN):
        hits = [one[name] for one in result if name in one]
        assert len(hits) > 0.9 * SIMULATIONS, f"{name} was given in {len(hits)} experiments"
        low, high = region(len(hits))
        if not low <= np.mean(hits) <= (high if truth.rung_sd else 1.0):
            missed[name] = float(np.mean(hits))
    assert not missed


def nested(scores: np.ndarray, replicates: int, rng: np.random.Generator) -> np.ndarray:
    """[replicate]: mean differences of two arms, draws resampled inside resampled items."""
    _, draws, items = scores.shape
    chosen = rng.integers(items, size=(replicates, items))
    again = rng.integers(draws, size=(2, replicates, items, draws))
    taken = [scores[arm][again[arm], chosen[:, :, None]].mean(axis=(1, 2)) for arm in (0, 1)]
    return np.asarray(taken[1] - taken[0])


def test_draws_resampled_inside_items_would_count_them_twice() -> None:
    """The spread over items holds the draws' noise once already: nested intervals are too wide."""
    truth = Truth({frozenset({"a"}): 0.5}, x=(0.0,), items=100, draws=2)
    true = float(truth.mean(0.0, 0.5) - truth.mean(0.0))
    hits = {"nested": 0, "items": 0}
    simulations = 400
    for seed in range(simulations):
        experiment = simulate(truth, seed)
        assert experiment.replicates is not None
        means = resample(experiment, 400, seed).means[:, :, 0]
        rng = np.random.default_rng(seed)
        drawn = {
            "items": means[:, 1] - means[:, 0],
            "nested": nested(experiment.replicates[:, 0], 400, rng),
        }
        for name, values in drawn.items():
            low, high = np.quantile(values, [0.025, 0.975])
            hits[name] += low <= true <= high
    low, high = region(simulations)
    assert low <= hits["items"] / simulations <= high
    assert hits["nested"] / simulations > 0.97
    assert hits["nested"] > hits["items"]
