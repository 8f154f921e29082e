"""The average task, and caps."""

from __future__ import annotations

from math import exp, log10

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.forecast.average import TASK_TYPES, WRITEUP_WEIGHTS, AveragingConvention, average_task
from analysis.forecast.caps import hard_cap, soft_cap
from harness.errors import UserError

TWO_OF_FIVE = {"qa": log10(20), "aggregations": log10(20)}


@pytest.mark.parametrize(
    ("convention", "ceg"),
    [
        (AveragingConvention.ARITHMETIC, 8.0),
        (AveragingConvention.GEOMETRIC, 20**0.4),
        (AveragingConvention.GEOMETRIC_MEASURED, 20.0),
    ],
)
def test_twenty_on_two_kinds_of_five(convention: AveragingConvention, ceg: float) -> None:
    result = average_task(TWO_OF_FIVE, convention=convention)
    assert 10 ** float(result.log_ceg) == pytest.approx(ceg)
    assert result.missing == ("math", "coding", "commonsense")


def test_kinds_without_a_weight_do_not_count() -> None:
    result = average_task(
        {"qa": 1.0, "facts": 3.0}, convention=AveragingConvention.GEOMETRIC_MEASURED
    )
    assert float(result.log_ceg) == 1.0


def test_weights_and_draws() -> None:
    draws = {"math": np.array([0.0, 1.0]), "qa": np.array([1.0, 2.0])}
    result = average_task(draws, {"math": 3, "qa": 1}, AveragingConvention.GEOMETRIC)
    assert result.log_ceg == pytest.approx([0.25, 1.25])
    assert result.weights == {"math": 0.75, "qa": 0.25}


def test_nothing_to_average_is_an_error() -> None:
    with pytest.raises(UserError, match="facts"):
        average_task({"facts": 1.0})
    with pytest.raises(UserError, match="above 0"):
        average_task({"qa": 1.0}, {"qa": 0.0})


@given(st.floats(0, 5), st.sampled_from(list(AveragingConvention)))
def test_the_same_everywhere_is_the_same_on_average(
    log_ceg: float, how: AveragingConvention
) -> None:
    result = average_task(dict.fromkeys(TASK_TYPES, log_ceg), WRITEUP_WEIGHTS, how)
    assert float(result.log_ceg) == pytest.approx(log_ceg, abs=1e-9)
    assert result.missing == ()


@given(st.floats(0, 30), st.floats(0.1, 10))
def test_a_soft_cap_stays_below_the_hard_one(log_ceg: float, cap: float) -> None:
    soft, hard = float(soft_cap(log_ceg, cap)), float(hard_cap(log_ceg, cap))
    assert 0 <= soft <= hard + 1e-12
    assert hard <= cap


def test_soft_cap_is_the_saturation_that_it_says() -> None:
    assert float(soft_cap(4.0, 4.0)) == pytest.approx(4 * (1 - exp(-1)))
    with pytest.raises(UserError, match="cap"):
        hard_cap(1.0, 0.0)
