"""The interval of a score, and the multiplier of a cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from harness.records.summary import interval, multiplier, whole_flop


def scored(right: int, of: int) -> np.ndarray:
    return np.array([1.0] * right + [0.0] * (of - right))


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [
        # Wilson 1927 without continuity correction, worked by hand with z = 1.959964.
        (8, 10, 49.0, 94.3),
        (0, 10, 0.0, 27.8),
        (10, 10, 72.2, 100.0),
        (1, 1, 20.7, 100.0),
        (50, 100, 40.4, 59.6),
        (263, 500, 48.2, 56.9),
    ],
)
def test_right_or_wrong_scores_have_wilsons_interval(
    right: int, of: int, low: float, high: float
) -> None:
    found_low, found_high, method = interval(scored(right, of))
    assert method == "Wilson 95%"
    assert (found_low, found_high) == (low, high)


@pytest.mark.parametrize("n", [1, 2, 37, 1319])
def test_scipy_has_the_same_interval(n: int) -> None:
    for right in range(0, n + 1, max(1, n // 40)):
        bounds = binomtest(right, n).proportion_ci(0.95, method="wilson")
        low, high, _ = interval(scored(right, n))
        assert (low, high) == (round(100 * bounds.low, 1), round(100 * bounds.high, 1))


def test_other_scores_are_bootstrapped_the_same_each_time() -> None:
    scores = np.linspace(0.2, 0.8, 40)
    low, high, method = interval(scores)
    assert method == "bootstrap 95%"
    assert low is not None
    assert high is not None
    # Symmetric scores: about 1.96 standard errors to either side.
    error = 196 * scores.std(ddof=1) / np.sqrt(len(scores))
    assert low == pytest.approx(50 - error, abs=1.0)
    assert high == pytest.approx(50 + error, abs=1.0)
    assert interval(scores) == (low, high, method)


def test_more_items_narrow_the_interval() -> None:
    few, many = interval(np.tile([0.2, 0.5, 0.9], 5)), interval(np.tile([0.2, 0.5, 0.9], 50))
    assert few[0] is not None
    assert few[1] is not None
    assert many[0] is not None
    assert many[1] is not None
    assert few[0] < many[0] < many[1] < few[1]


def test_no_scores_have_no_interval() -> None:
    assert interval(np.array([])) == (None, None, "")


@pytest.mark.parametrize("scores", [[0.5], [0.5, 0.5, 0.5]])
def test_equal_parts_of_a_point_say_too_little(scores: list[float]) -> None:
    assert interval(np.array(scores)) == (None, None, "too few to say")


NAN = np.nan


def attempts(**changes: Any) -> pd.DataFrame:
    """Four attempts, whole but for what is changed."""
    columns = {"problem": list("abcd"), "score": 1.0, "flop": 10.0, "failures": 0, "overflows": 0}
    return pd.DataFrame(columns | changes)


def test_the_multiplier_is_a_ratio_of_means_over_the_same_problems() -> None:
    ours, theirs = np.array([10.0, 20.0, NAN, 30.0]), np.array([1.0, NAN, 9.0, 3.0])
    assert multiplier(ours, theirs) == pytest.approx(40 / 4)


@pytest.mark.parametrize(
    "broken",
    [
        {"score": [1.0, 0.0, 1.0, NAN]},
        {"failures": [0, 0, 0, 1]},
        {"overflows": [0, 0, 0, 1]},
    ],
)
def test_attempts_that_are_not_whole_have_no_cost(broken: dict[str, Any]) -> None:
    assert whole_flop(attempts()).tolist() == [10.0] * 4
    assert np.isnan(whole_flop(attempts(**broken))).tolist() == [False] * 3 + [True]


def test_without_a_common_problem_there_is_no_multiplier() -> None:
    assert multiplier(np.array([1.0, NAN]), np.array([NAN, 1.0])) is None
    assert multiplier(np.array([]), np.array([])) is None
    assert multiplier(np.ones(2), np.zeros(2)) is None
