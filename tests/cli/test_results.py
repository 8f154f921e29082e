"""The interval of a score."""

from __future__ import annotations

import numpy as np
import pytest

from harness.results import interval


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


def test_wilsons_formula_agrees() -> None:
    z, n, p = 1.959964, 37, 21 / 37
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high, _ = interval(scored(21, n))
    assert low == pytest.approx(100 * (middle - half), abs=0.051)
    assert high == pytest.approx(100 * (middle + half), abs=0.051)


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
