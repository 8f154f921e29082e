"""Distributions in place of points."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.forecast.aggregate import change_months, totals_by_date
from analysis.forecast.distributions import Given, GuessWidths, drawn, drawn_m, guessed_exponent
from analysis.writeup.table import writeup_table

TABLE = writeup_table()


def test_the_same_seed_gives_the_same_draws() -> None:
    one, two = drawn(TABLE, 0.6, 500, 7), drawn(TABLE, 0.6, 500, 7)
    other = drawn(TABLE, 0.6, 500, 8)
    assert np.array_equal(one.log_ceg["lats"], two.log_ceg["lats"])
    assert not np.array_equal(one.log_ceg["lats"], other.log_ceg["lats"])
    assert not np.allclose(one.log_ceg["lats"], one.log_ceg["verification"])


def test_cegs_are_log_normal_around_the_print() -> None:
    parameters = drawn(TABLE, 0.6, 20_000, 0)
    for row in TABLE.rows:
        draws = parameters.log_ceg[row.key]
        assert np.median(draws) == pytest.approx(np.log10(row.ceg), abs=0.02)
        assert draws.std() == pytest.approx(GuessWidths().spread(row), rel=0.03)


def test_a_printed_range_widens_a_guess_and_never_narrows_it() -> None:
    assumptions = GuessWidths()
    assert assumptions.spread(TABLE.row("instruct_sibling")) > assumptions.ceg_most
    assert assumptions.spread(TABLE.row("react")) == pytest.approx(0.5 * np.log10(2))


def test_exponents_stay_in_their_range_and_ends_stay_put() -> None:
    parameters = drawn(TABLE, 0.6, 20_000, 0)
    half = parameters.exponents["chain_of_thought", ""]
    assert half.mean() == pytest.approx(0.5, abs=0.01)
    assert half.std() == pytest.approx(0.19, abs=0.01)
    assert np.all((half > 0) & (half < 1))
    assert np.all(parameters.exponents["teacher_model", ""] == 0)


def test_m_is_about_as_wide_as_it_says() -> None:
    rng = np.random.default_rng(0)
    low, high = np.quantile(drawn_m(rng, 0.6, 9.0, 100_000), [0.05, 0.95])
    assert low == pytest.approx(0.3, abs=0.05)
    assert high == pytest.approx(0.8, abs=0.05)
    for centre in (0.3, 1.0, 2.0):
        assert drawn_m(rng, centre, 9.0, 100_000).mean() == pytest.approx(centre, rel=0.01)


def test_given_draws_take_their_places_and_leave_the_others_alone() -> None:
    ours = np.linspace(0, 1, 200)
    given = Given({"lats": ours}, {("lats", ""): ours}, m=ours)
    with_them, without = drawn(TABLE, 0.6, 200, 3, given), drawn(TABLE, 0.6, 200, 3)
    assert with_them.log_ceg["lats"] is ours
    assert with_them.exponents["lats", ""] is ours
    assert with_them.m is ours
    assert np.array_equal(with_them.log_ceg["react"], without.log_ceg["react"])
    alone = guessed_exponent(3, ("react", ""), 0.7, 200)
    assert np.array_equal(alone, without.exponents["react", ""])


def test_totals_never_fall_with_time_in_any_draw() -> None:
    totals = totals_by_date(TABLE, drawn(TABLE, 0.6, 500, 0), change_months(TABLE), rounded=False)
    assert totals.shape == (14, 500)
    assert np.diff(totals, axis=0).min() >= -1e-9
