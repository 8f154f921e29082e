"""What benchmarks share: kinds of task and families, against hand calculations."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.forecast.measured.levels import families_level, types_level
from analysis.forecast.measured.prior import ceg_prior, printed_spread
from analysis.writeup.table import writeup_table


def test_kinds_of_task_that_lie_apart_make_the_mean_less_certain() -> None:
    """By hand: within .02, between 1, so (1 - .02) / 2 = .49; of equal shares a kind's are .5 each,
    and .49 times (.5^2 + .5^2 - 4 * .25^2) is .1225."""
    points = np.array([0.0, 0.2, 1.0, 1.2])
    found = types_level(["math", "math", "qa", "qa"], points, np.zeros(4), np.ones(4))
    assert found.spread == pytest.approx(0.7)
    assert found.extra == pytest.approx(0.1225)
    mixed = types_level(["math", "qa", "math", "qa"], points, np.zeros(4), np.ones(4))
    assert mixed.extra == 0


def test_a_benchmark_a_kind_does_not_tell_them_apart() -> None:
    found = types_level(["math", "qa"], np.array([0.0, 1.0]), np.zeros(2), np.ones(2))
    assert (np.isnan(found.spread), found.extra) == (True, 0.0)
    assert found.note == "2 kinds of task, a benchmark each"


def test_families_that_lie_apart_on_all_benchmarks_make_the_mean_less_certain() -> None:
    """By hand: .2 below and .2 above the mean on both, a variance of .08, over two families."""
    grid = [[(("A",), 0.2), (("B",), 0.6)], [(("A",), 0.4), (("B",), 0.8)]]
    found = families_level(grid)
    assert found.spread == pytest.approx(np.sqrt(0.08))
    assert found.extra == pytest.approx(0.04)
    crossing = [[(("A",), 0.2), (("B",), 0.6)], [(("A",), 0.8), (("B",), 0.4)]]
    assert families_level(crossing).extra == 0


def test_one_family_does_not_tell_how_others_differ() -> None:
    found = families_level([[(("A",), 0.2)], [(("A",), 0.4)]])
    assert found.note == "one family (A)"
    assert found.extra == 0


def test_the_spread_of_benchmarks_is_that_of_the_printed_ranges() -> None:
    """By hand: log10 of high over low of eleven rows, over 3.29; the root of the mean square."""
    ends = [(1, 43), (1, 20), (1, 200), (1.5, 9), (2, 4), (5, 86), (20, 400), (3, 6), (1.5, 2)]
    ends += [(1, 3900), (4, 80)]
    spreads = [np.log10(high / low) / 3.2898 for low, high in ends]
    table = writeup_table()
    assert printed_spread(table.rows) == pytest.approx(np.sqrt(np.mean(np.square(spreads))))
    assert ceg_prior(table, table.row("few_shot")).between == pytest.approx(spreads[2])
    assert ceg_prior(table, table.row("self_consistency")).between == pytest.approx(
        0.488, abs=0.002
    )
