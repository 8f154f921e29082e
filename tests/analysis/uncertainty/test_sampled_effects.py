"""A mean over benchmarks as draws: against hand calculations, and with bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import norm

from analysis.uncertainty.random_effects import random_effects
from analysis.uncertainty.sampled_effects import (
    Evidence,
    Prior,
    SampledEffects,
    sampled_effects,
)
from tests.thorough import size

DRAWS = 20_000
PRIOR = Prior(between=0.5, mean=0.3, spread=0.2)
Array = NDArray[np.float64]


def pooled(points: list[float], noise: float = 0.01, **bounds: Any) -> SampledEffects:
    """Benchmarks of one noise (a variance), and others by bounds."""
    values = np.array(points, float)
    rng = np.random.default_rng(1)
    own = values[:, None] + np.sqrt(noise) * rng.standard_normal((len(points), DRAWS))
    evidence = Evidence(
        points=values,
        noise=np.full(len(points), noise),
        importance=np.ones(len(points)),
        **{name: np.array(each, float) for name, each in bounds.items()},
    )
    return sampled_effects(evidence, PRIOR, own.reshape(len(points), DRAWS), rng)


def test_without_bounds_it_is_the_reports_own_model() -> None:
    points = [0.2, 0.5, 0.9, 0.4, 0.3]
    found = pooled(points)
    half = 1.959964 * 0.1
    told = random_effects(points, [p - half for p in points], [p + half for p in points])
    assert found.point == pytest.approx(told.mean)
    assert found.between == pytest.approx(told.between)
    assert np.quantile(found.draws, [0.025, 0.975]) == pytest.approx(
        [told.low, told.high], abs=0.02
    )
    further = np.quantile(found.further, [0.025, 0.975])
    assert further == pytest.approx([told.further_low, told.further_high], abs=0.06)


def test_benchmarks_count_as_they_are_weighed() -> None:
    """By hand: of one noise, so that weights are those given, and (1 + 2 * .4) / 3 is .6."""
    evidence = Evidence(
        points=np.array([1.0, 0.4]), noise=np.full(2, 0.01), importance=np.array([1.0, 2.0])
    )
    rng = np.random.default_rng(0)
    found = sampled_effects(evidence, PRIOR, rng.standard_normal((2, DRAWS)), rng)
    assert found.point == pytest.approx(0.6)


def test_one_benchmark_is_as_uncertain_as_others_are_taken_to_differ() -> None:
    found = pooled([0.7])
    assert found.point == pytest.approx(0.7)
    assert found.draws.std() == pytest.approx(np.sqrt(0.01 + 0.25), rel=0.03)
    assert found.further.std() == pytest.approx(np.sqrt(0.01 + 2 * 0.25), rel=0.03)


def test_a_bound_below_the_others_does_not_lower_their_mean() -> None:
    """8.7 and others about it, and one of at least 8: a mean with 8 for it would fall to 8.5."""
    points = list(np.log10([8.7, 9.5, 8.0, 8.6]))
    alone, bounded = pooled(points), pooled(points, at_least=[np.log10(8)])
    assert bounded.point >= alone.point - 0.002
    assert bounded.draws.mean() >= alone.draws.mean() - 0.002
    above = pooled(points, at_least=[np.log10(80)])
    assert above.point > alone.point + 0.05
    below = pooled(points, at_most=[np.log10(0.8)])
    assert below.point < alone.point - 0.05


def test_a_bound_that_says_nothing_changes_nothing() -> None:
    points = [0.2, 0.5, 0.9, 0.4]
    alone, bounded = pooled(points), pooled(points, at_least=[-50.0], at_most=[50.0])
    assert bounded.point == pytest.approx(alone.point, abs=0.005)
    halves = [np.subtract(*np.quantile(found.draws, [0.75, 0.25])) for found in (alone, bounded)]
    assert halves[1] == pytest.approx(halves[0], rel=0.2)


def test_a_value_and_a_bound_are_a_normal_times_its_tail() -> None:
    """By hand: mean N(.2, .01 + .25) times the chance Phi((mean - 1) / .5) of what was seen."""

    def density(mean: float) -> float:
        return float(norm.pdf(mean, 0.2, np.sqrt(0.26)) * norm.cdf((mean - 1.0) / 0.5))

    whole = quad(density, -5, 5)[0]
    first = quad(lambda x: x * density(x), -5, 5)[0] / whole
    found = pooled([0.2], at_least=[1.0])
    assert found.draws.mean() == pytest.approx(first, abs=0.01)
    assert first > 0.4


def test_bounds_alone_move_the_prior_no_further_than_they_say() -> None:
    """By hand: the prior N(.3, .2) times Phi((mean - b) / .5)."""
    for bound in (-3.0, 1.0):
        weight = [norm.pdf(x, 0.3, 0.2) * norm.cdf((x - bound) / 0.5) for x in GRID]
        by_hand = float(np.average(GRID, weights=weight))
        found = pooled([], at_least=[bound])
        assert found.draws.mean() == pytest.approx(by_hand, abs=0.01)
    assert pooled([], at_least=[1.0]).point > 0.35
    assert pooled([], at_most=[-1.0]).point < 0.25


GRID = np.linspace(-2, 3, 2001)


@pytest.mark.parametrize("between", [0.1, 0.3])
def test_the_mean_is_held_where_the_high_ones_are_known_by_bounds(between: float) -> None:
    """Benchmarks above a ladder's top are seen as 'at least' that: left out, the mean would be too
    low; at their bounds, too. A true mean of .5, a top at .6."""
    rng = np.random.default_rng(11)
    worlds, held, below = size(600, 60), 0, []
    for _ in range(worlds):
        truth = 0.5 + between * rng.standard_normal(8)
        seen = truth + 0.1 * rng.standard_normal(8)
        high = truth > 0.6
        points, number = seen[~high], int(high.sum())
        evidence = Evidence(
            points=points,
            noise=np.full(len(points), 0.01),
            importance=np.ones(len(points)),
            at_least=np.full(number, 0.6),
        )
        own = points[:, None] + 0.1 * rng.standard_normal((len(points), 500))
        found = sampled_effects(evidence, PRIOR, own.reshape(len(points), 500), rng)
        low, up = np.quantile(found.draws, [0.025, 0.975])
        held += low <= 0.5 <= up
        below.append(found.point - 0.5)
    assert held / worlds > 0.9
    assert abs(float(np.median(below))) < 0.05
