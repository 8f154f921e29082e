"""Distributions for question platforms, held against the platform's own rules, written anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.forecast.continuous import ContinuousCdf, continuous_cdf, fitting_range
from harness.errors import UserError

NORMAL = np.random.default_rng(0).normal(5, 1, 4000)


def assert_accepted(cdf: ContinuousCdf) -> None:
    """What Metaculus asks of `continuous_cdf` before it takes a forecast."""
    values: NDArray[np.float64] = np.round(cdf.values, 10)
    steps = np.round(np.diff(values), 9)
    assert len(values) == 201
    assert steps.min() >= 0.00005
    assert steps.max() <= 0.2
    assert values[0] >= 0.001 if cdf.open_low else values[0] == 0
    assert values[-1] <= 0.999 if cdf.open_high else values[-1] == 1


@given(
    st.floats(-2, 4.5),
    st.floats(5.5, 12),
    st.booleans(),
    st.booleans(),
)
def test_every_range_that_is_taken_is_accepted(
    low: float, high: float, open_low: bool, open_high: bool
) -> None:
    inside = NORMAL[(low <= NORMAL) & (high >= NORMAL)]
    cdf = continuous_cdf(inside, low=low, high=high, open_low=open_low, open_high=open_high)
    assert_accepted(cdf)


def test_it_is_the_distribution_of_the_draws() -> None:
    cdf = continuous_cdf(NORMAL, low=2, high=8, quantity="x", unit="OOM")
    assert_accepted(cdf)
    expected = [np.mean(point >= NORMAL) for point in cdf.grid]
    assert cdf.values == pytest.approx(expected, abs=0.011), "1% is spread evenly"
    assert (cdf.grid[0], cdf.grid[100], cdf.grid[-1]) == (2, 5, 8)
    assert cdf.below == pytest.approx(np.mean(NORMAL < 2))


def test_what_lies_beyond_open_ends_stays_beyond() -> None:
    cdf = continuous_cdf(NORMAL, low=5, high=7)
    assert_accepted(cdf)
    assert cdf.values[0] == pytest.approx(np.mean(NORMAL <= 5))
    assert 1 - cdf.values[-1] == pytest.approx(np.mean(NORMAL > 7))


def test_a_number_that_many_draws_are_is_spread_over_the_steps_next_to_it() -> None:
    capped = np.minimum(NORMAL, 5)
    cdf = continuous_cdf(capped, low=2, high=6)
    assert_accepted(cdf)
    assert cdf.spread == pytest.approx(0.3, abs=0.05), "half less the 0.2 of one step"
    at = int(np.searchsorted(cdf.grid, 5))
    assert cdf.values[at + 2] - cdf.values[at - 3] > 0.5
    assert continuous_cdf(NORMAL, low=2, high=8).spread == 0
    assert_accepted(continuous_cdf(np.full(100, 5.0), low=2, high=6))


@pytest.mark.parametrize(
    ("low", "high", "open_high", "why"),
    [
        (5.0, 5.0, True, "is no range"),
        (6.0, 5.0, True, "is no range"),
        (float("nan"), 5.0, True, "is no range"),
        (9.0, 12.0, True, "lie outside 9 to 12"),
        (-1e4, 1e4, True, "too wide a range"),
        (-100.0, 100.0, True, "of its 200 steps"),
        (2.0, 6.0, False, "lie above 6, where the range is closed"),
    ],
)
def test_ranges_that_say_nothing_are_refused(
    low: float, high: float, open_high: bool, why: str
) -> None:
    with pytest.raises(UserError, match=why):
        continuous_cdf(NORMAL, low=low, high=high, open_high=open_high)


def test_a_fitting_range_holds_almost_all() -> None:
    low, high = fitting_range(NORMAL, 0.5)
    assert (low * 2, high * 2) == (round(low * 2), round(high * 2))
    assert np.mean((low <= NORMAL) & (high >= NORMAL)) > 0.99
    assert fitting_range(np.full(10, 1.0), 0.5) == (1.0, 1.5)


@pytest.mark.parametrize("cap", [2.0, 3.0, 4.0])
def test_draws_at_a_cap_have_a_question(cap: float) -> None:
    """Where nearly all draws are at a cap, a range is found and no number is lost."""
    draws = np.minimum(np.random.default_rng(0).normal(6, 1, 2000), cap)
    low, high = fitting_range(draws, 0.5)
    answer = continuous_cdf(draws, low=low, high=high, quantity="total", unit="OOM")
    assert np.isfinite(answer.values).all()
    assert np.all(np.diff(answer.values) > 0)
