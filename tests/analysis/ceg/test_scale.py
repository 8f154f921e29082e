"""Gains that depend on training compute are told before a single CEG is believed."""

from __future__ import annotations

from math import nan
from types import SimpleNamespace
from typing import Any

from analysis.ceg.scale import scale_findings
from analysis.contracts.finding import Severity


def told(**parallelism: float) -> list[Any]:
    cegs: Any = [SimpleNamespace(arm=arm, parallelism=z) for arm, z in parallelism.items()]
    return list(scale_findings("pocket", cegs))


def test_a_clear_trend_is_a_warning_with_the_clearest_first() -> None:
    (finding,) = told(votes=0.5, thought=4.8, both=12.4)
    assert finding.severity is Severity.WARNING
    assert "the gain of both, thought grows with training compute" in finding.message
    assert "12.4" in finding.message
    assert "by rung" in finding.message


def test_growing_and_falling_gains_are_told_apart() -> None:
    growing, falling = told(up=6.0, down=-5.0)
    assert "the gain of up grows" in growing.message
    assert "the gain of down falls" in falling.message


def test_many_arms_are_counted_rather_than_listed() -> None:
    (finding,) = told(**{f"arm{n}": 9.0 for n in range(8)})
    assert "and 5 more grows" in finding.message


def test_one_z_beyond_two_among_a_dozen_is_no_news() -> None:
    assert not told(**{f"arm{n}": 2.2 for n in range(12)})
    assert told(alone=2.2)


def test_without_a_test_nothing_is_said() -> None:
    assert not told(short=nan)
    assert not told()
