"""Forecast bands, and budgets."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from analysis.forecast.aggregate import change_months, printed_totals, totals_by_date
from analysis.forecast.budget import (
    End,
    Pricing,
    Unknown,
    best_within,
    unknown_multipliers,
)
from analysis.forecast.distributions import drawn
from analysis.forecast.intervals import Component, forecast, horizon, innovations
from analysis.forecast.slope import line
from analysis.forecast.totals import printed
from analysis.writeup.months import label, month
from analysis.writeup.table import writeup_table
from harness.errors import UserError

TABLE = writeup_table()
CHANGES = change_months(TABLE)


def test_innovations_of_one_pair_are_a_staircase() -> None:
    jumps = np.full((1, 3), 0.5)
    rise = innovations(np.array([4]), jumps, [0, 3, 4, 7, 8, 12], np.random.default_rng(0))
    assert rise[:, 0] == pytest.approx([0, 0, 0.5, 0.5, 1.0, 1.5])
    assert np.all(rise == rise[:, :1])


def test_gaps_and_jumps_stay_together() -> None:
    gaps, jumps = np.array([1, 10]), np.array([[0.0] * 4000, [1.0] * 4000])
    rise = innovations(gaps, jumps, list(range(9)), np.random.default_rng(0))
    assert np.all(rise == 0), "a jump of 1 takes ten months"


def test_innovations_grow_at_the_historical_rate() -> None:
    totals = printed_totals(TABLE, CHANGES)[:, None].repeat(4000, axis=1)
    rise = innovations(
        np.diff(CHANGES), np.diff(totals, axis=0), list(range(1201)), np.random.default_rng(1)
    )
    rate = (totals[-1, 0] - totals[0, 0]) / (CHANGES[-1] - CHANGES[0])
    assert rise[-1].mean() / 1200 == pytest.approx(rate, rel=0.02)


def test_bands_start_at_the_last_total_and_widen() -> None:
    totals = totals_by_date(TABLE, drawn(TABLE, 0.6, 3000, 0), CHANGES, rounded=False)
    future = horizon("2026-12", CHANGES[-1])
    points = printed_totals(TABLE, CHANGES)
    result = forecast(CHANGES, points, totals, future, 0)
    both = result.bands[Component.BOTH]
    assert both[0] == pytest.approx(np.quantile(totals[-1], [0.025, 0.25, 0.5, 0.75, 0.975]))
    assert np.all(np.diff(both, axis=1) > 0)
    assert both[-1, 4] - both[-1, 0] > both[0, 4] - both[0, 0]
    narrow = result.bands[Component.INNOVATIONS][-1]
    assert narrow[4] - narrow[0] < both[-1, 4] - both[-1, 0]
    assert result.bands[Component.INNOVATIONS][0] == pytest.approx([points[-1]] * 5)
    rate = np.polyfit(np.array(CHANGES) / 12, points, 1)
    assert result.point_line[-1] == pytest.approx(np.polyval(rate, future[-1] / 12))


def test_the_horizon_is_checked() -> None:
    months = horizon("2024-01", month("2023-10"))
    assert [label(date) for date in months] == ["2023-10", "2023-11", "2023-12", "2024-01"]
    for wrong, why in (("2023-10", "after"), ("2090-01", "30 years"), ("soon", "not a date")):
        with pytest.raises(UserError, match=why):
            horizon(wrong, month("2023-10"))


def test_without_a_limit_and_with_everything_free_it_is_the_seeds_total() -> None:
    choices = best_within(TABLE, printed(TABLE, 0.6), CHANGES, inf, Pricing(unknown=Unknown.FREE))
    result = np.array([choice.log_ceg for choice in choices])
    assert result == pytest.approx(printed_totals(TABLE, CHANGES, 0.6, rounded=False))


@pytest.mark.parametrize("budget", [1.0, 10.0, 100.0, 1000.0])
def test_a_budget_is_kept_and_more_of_it_is_never_worse(budget: float) -> None:
    parameters = printed(TABLE, 0.6)
    tight = best_within(TABLE, parameters, CHANGES, budget)
    wide = best_within(TABLE, parameters, CHANGES, budget * 10)
    for one, more in zip(tight, wide, strict=True):
        assert one.multiplier <= budget
        assert one.log_ceg <= more.log_ceg + 1e-9
    totals = [choice.log_ceg for choice in tight]
    assert totals == sorted(totals)


def test_a_constant_budget_grows_more_slowly() -> None:
    parameters = printed(TABLE, 0.6)

    def slope(budget: float) -> float:
        choices = best_within(TABLE, parameters, CHANGES, budget)
        return float(line(CHANGES, np.array([[c.log_ceg] for c in choices])).slope[0])

    assert slope(100.0) == pytest.approx(0.549, abs=1e-3)
    assert slope(inf) == pytest.approx(0.781, abs=1e-3)


def test_what_stands_on_another_needs_it() -> None:
    last = best_within(TABLE, printed(TABLE, 0.6), CHANGES, 100.0)[-1]
    assert "verification" not in last.ptes, "200 times is over the budget"
    assert "process_verification" not in last.ptes
    wide = best_within(TABLE, printed(TABLE, 0.6), CHANGES, 1000.0)[-1]
    assert {"verification", "process_verification"} <= set(wide.ptes)


def test_parsel_brings_codet_at_no_further_cost() -> None:
    last = best_within(TABLE, printed(TABLE, 0.6), CHANGES, inf)[-1]
    assert {"parsel", "codet"} <= set(last.ptes)
    assert "react" not in last.ptes


def test_unknown_multipliers_are_named() -> None:
    assert unknown_multipliers(TABLE) == ("codet", "react", "self_consistency", "missing_data_row")


@pytest.mark.parametrize(("end", "cost"), [(End.LOW, 5), (End.MIDDLE, 250**0.5), (End.HIGH, 50)])
def test_ends_of_a_printed_range(end: End, cost: float) -> None:
    assert Pricing(end).multiplier(TABLE.row("few_shot")) == pytest.approx(cost)
    assert Pricing(end).multiplier(TABLE.row("codet")) is None
