"""Fieller's set against its definition, and the bootstrap's counterpart against brute force."""

from __future__ import annotations

from math import inf, isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.ceg.fieller import EVERYTHING, Array, Kind, bootstrap_set, fieller
from harness.errors import UserError

NUMBER = st.floats(-5, 5)
SPREAD = st.floats(0.05, 3)


@given(NUMBER, NUMBER, SPREAD, SPREAD, st.floats(-0.95, 0.95), st.floats(-30, 30))
@settings(max_examples=500, deadline=None)
def test_members_are_those_not_rejected(
    d: float, b: float, sd_d: float, sd_b: float, correlation: float, ratio: float
) -> None:
    cov = correlation * sd_d * sd_b
    result = fieller(d=d, b=b, var_d=sd_d**2, var_b=sd_b**2, cov=cov, critical=1.96)
    statistic = abs(d - ratio * b)
    error = 1.96 * sqrt(sd_d**2 - 2 * ratio * cov + ratio**2 * sd_b**2)
    assume(abs(statistic - error) > 1e-6 * (1 + abs(ratio)))
    assert result.contains(ratio) == (statistic < error)


@settings(deadline=None)
@given(NUMBER, NUMBER, SPREAD, SPREAD, st.floats(-0.95, 0.95))
def test_bounded_exactly_where_the_denominator_is_significant(
    d: float, b: float, sd_d: float, sd_b: float, correlation: float
) -> None:
    assume(abs(abs(b) - 1.96 * sd_b) > 1e-6)
    result = fieller(
        d=d, b=b, var_d=sd_d**2, var_b=sd_b**2, cov=correlation * sd_d * sd_b, critical=1.96
    )
    assert (result.kind is Kind.INTERVAL) == (abs(b) > 1.96 * sd_b)
    if b:
        assert result.contains(d / b)


def test_kinds() -> None:
    assert fieller(d=1, b=5, var_d=0.01, var_b=0.01, cov=0, critical=2).kind is Kind.INTERVAL
    gap = fieller(d=5, b=0.01, var_d=0.01, var_b=0.01, cov=0, critical=2)
    assert gap.kind is Kind.COMPLEMENT
    assert (gap.low, gap.high) == (-inf, inf)
    assert not gap.contains(0)
    assert gap.contains(100)
    assert gap.contains(-100)
    assert fieller(d=0.01, b=0.01, var_d=1, var_b=1, cov=0, critical=2).kind is Kind.EVERYTHING
    line = fieller(d=5, b=2, var_d=1, var_b=1, cov=0, critical=2)
    assert line.kind is Kind.HALF_LINE
    assert (line.low, line.high) == (21 / 20, inf)
    assert not line.contains(1)
    assert fieller(d=1, b=nan, var_d=1, var_b=1, cov=0, critical=2) == EVERYTHING
    assert (
        fieller(d=3, b=2, var_d=0, var_b=0, cov=0, critical=2).low
        == fieller(d=3, b=2, var_d=0, var_b=0, cov=0, critical=2).high
        == 1.5
    )


def test_a_worked_example() -> None:
    """Finney 1978's algebra by hand: g = c^2 var_b / b^2."""
    d, b, var_d, var_b, cov, c = 1.2, 0.8, 0.04, 0.02, -0.005, 1.96
    g = c * c * var_b / b**2
    m = d / b
    root = c / b * sqrt(var_d - 2 * m * cov + m**2 * var_b - g * (var_d - cov**2 / var_b))
    centre = m - g * cov / var_b
    result = fieller(d=d, b=b, var_d=var_d, var_b=var_b, cov=cov, critical=c)
    assert result.low == pytest.approx((centre - root) / (1 - g))
    assert result.high == pytest.approx((centre + root) / (1 - g))


def brute(d: np.ndarray, b: np.ndarray, level: float) -> tuple[float, float]:
    """The set by evaluating G between, at and outside all of its jumps."""
    tail, number = (1 - level) / 2, len(d)
    jumps = np.unique(d[b != 0] / b[b != 0])
    between = (jumps[1:] + jumps[:-1]) / 2
    at = np.sort(np.concatenate([[jumps[0] - 1], jumps, between, [jumps[-1] + 1]]))
    share = np.array([np.sum(d - t * b <= 1e-12 * (1 + abs(t))) for t in at]) / number
    inside = (share >= tail - 1e-12) & (share <= 1 - tail + 1e-12)
    low = -inf if inside[0] else at[np.argmax(inside)]
    high = inf if inside[-1] else at[len(at) - 1 - np.argmax(inside[::-1])]
    # An open stretch between two jumps has its ends at the jumps.
    if np.isfinite(low) and low not in jumps:
        low = jumps[jumps < low].max()
    if np.isfinite(high):
        high = jumps[jumps >= high].min() if high not in jumps else high
        after = jumps[jumps > high]
        last = np.sum(d - (high + 1e-7) * b <= 0) / number
        if tail - 1e-12 <= last <= 1 - tail + 1e-12 and len(after):
            high = after.min()
    return float(low), float(high)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.floats(-2, 2), st.floats(-1, 3), st.integers(40, 200))
def test_bootstrap_set_is_the_set(seed: int, d: float, b: float, draws: int) -> None:
    rng = np.random.default_rng(seed)
    top, bottom = rng.normal(d, 1, draws), rng.normal(b, 0.8, draws)
    low, high = bootstrap_set(top, bottom, 0.9)
    assert (float(low), float(high)) == pytest.approx(brute(top, bottom, 0.9))


def test_positive_denominators_give_the_percentile_interval() -> None:
    rng = np.random.default_rng(1)
    b = rng.uniform(0.5, 2, 1000)
    d = rng.normal(1, 1, (3, 1000))
    low, high = bootstrap_set(d, b)
    ratios = np.sort(d / b, axis=-1)
    np.testing.assert_array_equal(low, ratios[:, 24])
    np.testing.assert_array_equal(high, ratios[:, 975])


@settings(deadline=None)
@given(arrays(float, (2, 30), elements=st.floats(-3, 3)), st.integers(0, 100))
def test_negating_the_numerator_mirrors_the_set(d: np.ndarray, seed: int) -> None:
    b = np.random.default_rng(seed).uniform(0.1, 2, 30)
    low, high = bootstrap_set(d, b, 0.8)
    mirrored_low, mirrored_high = bootstrap_set(-d, b, 0.8)
    np.testing.assert_allclose(low, -mirrored_high)
    np.testing.assert_allclose(high, -mirrored_low)


def test_unbounded_where_the_denominator_may_not_be_positive() -> None:
    d = np.linspace(1, 2, 1000)
    doubtful = np.where(np.arange(1000) < 960, 1.0, 0.0)
    low, high = bootstrap_set(d, doubtful)
    assert np.isfinite(low)
    assert high == inf
    sure = np.where(np.arange(1000) < 980, 1.0, 0.0)
    assert np.isfinite(bootstrap_set(d, sure)[1])
    falling = np.where(np.arange(1000) < 960, 1.0, -1.0)
    assert ends(d, falling) == (-inf, inf)


def ends(d: Array, b: Array) -> tuple[float, float]:
    low, high = bootstrap_set(d, b)
    return float(low), float(high)


def test_identical_arms_have_the_ratio_0() -> None:
    low, high = bootstrap_set(np.zeros((2, 100)), np.linspace(0.5, 1, 100))
    assert low.tolist() == high.tolist() == [0, 0]


def test_ends_of_nothing() -> None:
    assert ends(np.ones(10), np.zeros(10)) == (inf, inf)
    assert ends(-np.ones(10), np.zeros(10)) == (-inf, -inf)
    assert all(isnan(v) for v in bootstrap_set(np.full(10, nan), np.ones(10)))


def test_missing_draws_are_left_out() -> None:
    rng = np.random.default_rng(2)
    d, b = rng.normal(1, 1, 500), rng.normal(1, 0.3, 500)
    padded_d, padded_b = np.r_[d, np.full(40, nan), 1.0], np.r_[b, np.ones(40), nan]
    assert bootstrap_set(padded_d, padded_b) == bootstrap_set(d, b)


def test_infinite_draws_keep_their_side() -> None:
    d = np.r_[np.full(100, inf), np.linspace(0, 1, 900)]
    low, high = bootstrap_set(d, np.ones(1000))
    assert low == pytest.approx(d[124])
    assert high == inf


def test_shapes_are_checked() -> None:
    with pytest.raises(UserError, match="same draws"):
        bootstrap_set(np.ones((2, 3)), np.ones(4))
    with pytest.raises(UserError, match="level"):
        bootstrap_set(np.ones(3), np.ones(3), 95)


def test_fieller_and_the_bootstrap_agree() -> None:
    rng = np.random.default_rng(8)
    pair = rng.multivariate_normal([1.5, 1.0], [[0.04, -0.01], [-0.01, 0.03]], 200_000)
    low, high = bootstrap_set(pair[:, 0], pair[:, 1])
    exact = fieller(d=1.5, b=1.0, var_d=0.04, var_b=0.03, cov=-0.01, critical=1.959964)
    assert float(low) == pytest.approx(exact.low, abs=0.01)
    assert float(high) == pytest.approx(exact.high, abs=0.02)
