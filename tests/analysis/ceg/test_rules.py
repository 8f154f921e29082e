"""Lifland et al.'s log-linear and discrete rules."""

from __future__ import annotations

import pytest

from analysis.ceg.rules import discrete_rule, log_linear_rule
from harness.errors import UserError


@pytest.mark.parametrize(
    ("gain", "per_oom", "ceg"),
    [(9, 15, 3.98), (29, 15, 85.8), (39, 15, 398), (49, 15, 1848), (5.6, 14.8, 2.39)],
)
def test_hotpotqa(gain: float, per_oom: float, ceg: float) -> None:
    assert 10 ** log_linear_rule(gain, per_oom) == pytest.approx(ceg, rel=2e-3)


@pytest.mark.parametrize(
    ("gain", "between", "ceg"),
    [(9, 25, 2.015), (14.4, 39.9, 2.018), (10.6, 39.4, 1.688), (4, 20, 1.476), (4.7, 30.1, 1.355)],
)
def test_majority_voting(gain: float, between: float, ceg: float) -> None:
    assert 10 ** discrete_rule(gain, between, 7) == pytest.approx(ceg, abs=5e-4)


def test_react_on_top_of_lats() -> None:
    alone, both, lats = (log_linear_rule(gain, 15) for gain in (9, 49, 39))
    assert (both - lats) / alone == pytest.approx(1.11, abs=2e-3)


def test_no_ceg_without_a_rise() -> None:
    with pytest.raises(UserError, match="rise"):
        log_linear_rule(5, 0)
    with pytest.raises(UserError, match="more compute"):
        discrete_rule(5, 10, 1)
