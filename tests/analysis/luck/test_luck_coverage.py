"""Intervals of the three gains, of exponents and of M hold the truth where runs have luck.

Full size: `how_often.py`. Quick cells here allow for three standard errors of Monte Carlo below
0.93, so that what they refuse is an interval that lacks a part.
"""

from __future__ import annotations

from math import sqrt

import pytest

from tests.analysis.luck.how_often import coverages
from tests.analysis.luck.world import World
from tests.thorough import size

EXPERIMENTS = size(400, 24)
LEAST = 0.93


@pytest.mark.parametrize(
    "world",
    [World(0.4, 0.2, 5), World(0.4, 0.2, 3, seeds=2), World(0.2, 0.1, 5, seeds=2, common=0.5)],
    ids=["single runs", "two seeds", "recurring seeds"],
)
def test_intervals_hold_the_truth_with_luck(world: World) -> None:
    for one in coverages(world, EXPERIMENTS):
        assert one.given > 0.5, f"{one.quantity} was given in {one.given:.0%}"
        error = sqrt(LEAST * (1 - LEAST) / one.number)
        assert one.covered >= LEAST - 3 * error, one


def test_three_single_runs_say_nothing_of_a_new_one() -> None:
    found = {one.quantity: one for one in coverages(World(0.2, 0.1, 3), 2)}
    assert found["new run"].given == found["new run by rung"].given == 0
    assert found["recipe"].given == found["this model"].given == 1
