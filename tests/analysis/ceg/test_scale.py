"""Gains that depend on training compute are told before a single CEG is believed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from analysis.ceg.parallelism import Trend
from analysis.ceg.scale import scale_findings
from analysis.contracts.finding import Severity


def told(**trends: float | None) -> list[Any]:
    """What is said of arms with these t, of 20 degrees of freedom."""
    cegs: Any = [
        SimpleNamespace(arm=arm, parallelism=None if t is None else Trend(t, 20))
        for arm, t in trends.items()
    ]
    return list(scale_findings("pocket", cegs))


def test_a_clear_trend_is_a_warning_with_the_clearest_first() -> None:
    (finding,) = told(votes=0.5, thought=4.8, both=12.4)
    assert finding.severity is Severity.WARNING
    assert "the gain of both, thought grows with training compute" in finding.message
    assert "p of parallelism 8e-11" in finding.message
    assert "by rung" in finding.message


def test_growing_and_falling_gains_are_told_apart() -> None:
    growing, falling = told(up=6.0, down=-5.0)
    assert "the gain of up grows" in growing.message
    assert "the gain of down falls" in falling.message


def test_many_arms_are_counted_rather_than_listed() -> None:
    (finding,) = told(**{f"arm{n}": 9.0 for n in range(8)})
    assert "and 5 more grows" in finding.message


def test_one_t_beyond_two_among_a_dozen_is_no_news() -> None:
    assert not told(**{f"arm{n}": 2.2 for n in range(12)})
    assert told(alone=2.2)


def test_without_a_test_nothing_is_said() -> None:
    assert not told(short=None)
    assert not told()
