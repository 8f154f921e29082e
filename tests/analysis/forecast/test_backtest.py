"""Scores against known values, and the competition on histories of known shape."""

from __future__ import annotations

from math import exp, pi, sqrt

import numpy as np
import pytest
from scipy import stats

from analysis.forecast.aggregate import change_months, printed_totals
from analysis.forecast.backtest.backtest import FEWEST, backtest
from analysis.forecast.backtest.competitors import COMPETITORS, Past
from analysis.forecast.backtest.scores import crps, log_score, pit
from analysis.writeup.months import label, month
from analysis.writeup.table import writeup_table
from harness.errors import UserError
from tests.thorough import size

NORMAL = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
CHANGES = change_months(writeup_table())
TOTALS = printed_totals(writeup_table(), CHANGES, rounded=False)


@pytest.mark.parametrize("outcome", [0.0, 0.7, -2.0])
def test_crps_of_a_normal_is_its_closed_form(outcome: float) -> None:
    phi, below = exp(-(outcome**2) / 2) / sqrt(2 * pi), stats.norm.cdf(outcome)
    expected = outcome * (2 * below - 1) + 2 * phi - 1 / sqrt(pi)
    assert crps(NORMAL, outcome) == pytest.approx(expected, abs=1e-3)
    assert crps(3 * NORMAL, 3 * outcome) == pytest.approx(3 * expected, abs=3e-3)


def test_crps_by_hand() -> None:
    assert crps(np.array([2.0]), 5.0) == 3.0
    assert crps(np.array([0.0, 1.0]), 0.0) == pytest.approx(0.25)
    rng = np.random.default_rng(0)
    members = rng.normal(size=30)
    pairs = np.abs(members[:, None] - members).mean()
    assert crps(members, 0.3) == pytest.approx(np.abs(members - 0.3).mean() - pairs / 2)


@pytest.mark.parametrize("outcome", [0.0, 1.0, -1.5])
def test_log_score_of_a_normal(outcome: float) -> None:
    expected = -stats.norm.logpdf(outcome)
    assert log_score(NORMAL, outcome) == pytest.approx(expected, abs=0.03)


def test_log_score_of_an_ensemble_that_does_not_move_is_finite() -> None:
    assert log_score(np.zeros(10), 0.0) == pytest.approx(-stats.norm.logpdf(0, scale=0.05))


def test_pit_is_the_share_below() -> None:
    assert pit(np.array([0.0, 1.0, 2.0, 3.0]), 1.5) == 0.5
    assert pit(np.array([0.0, 1.0, 1.0, 3.0]), 1.0) == 0.5


def test_the_line_predicts_as_students_t_says() -> None:
    rng = np.random.default_rng(1)
    months = tuple(range(month("2020-01"), month("2023-01"), 3))
    inside = []
    line = next(one for one in COMPETITORS if one.name == "line")
    for _ in range(300):
        noise = rng.normal(0, 0.2, len(months) + 1)
        totals = np.arange(len(months)) * 0.1 + noise[:-1]
        members = line.predict(Past(months, totals), [months[-1] + 3], 400, rng)[0]
        low, high = np.quantile(members, [0.05, 0.95])
        inside.append(low <= len(months) * 0.1 + noise[-1] <= high)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.05)


def _history(shape: object) -> tuple[list[int], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    rng = np.random.default_rng(2)
    months = list(range(month("2012-01"), month("2022-01"), 4))
    years = (np.array(months) - months[0]) / 12
    totals = years if shape == "line" else 4 * (1 - np.exp(-years / 2))
    return months, totals + rng.normal(0, 0.05, len(months))


def test_diminishing_returns_win_where_returns_diminish() -> None:
    result = backtest(*_history("levelling"), seed=0)
    standing = {one.model: one for one in result.standings}
    assert standing["levelling off"].crps < 0.6 * standing["line"].crps
    assert standing["levelling off"].crps_over[2] < 0
    assert result.verdict.startswith("ahead of the line by both scores: ")
    assert "levelling off" in result.verdict.split(";")[0]


def test_the_line_loses_nothing_where_growth_is_a_line() -> None:
    result = backtest(*_history("line"), seed=0)
    standing = {one.model: one for one in result.standings}
    assert standing["line"].crps <= standing["levelling off"].crps * 1.05
    assert standing["line"].crps_over == (0, 0, 0)
    assert standing["levelling off"].crps_over[2] > 0
    assert standing["power of time"].crps_over[2] > 0


def test_the_write_ups_history() -> None:
    result = backtest(CHANGES, TOTALS, seed=0)
    assert result.cuts[0] == CHANGES[FEWEST - 1]
    assert {one.model for one in result.tried} == {one.name for one in COMPETITORS}
    assert all(one.month > one.cut for one in result.tried)
    assert all(one.month % 3 == 2 for one in result.tried), "quarters' ends"
    assert all(0 <= one.pit <= 1 and one.crps >= 0 for one in result.tried)
    first = result.tried[0]
    known = [t for c, t in zip(CHANGES, TOTALS, strict=True) if c <= first.month]
    assert first.outcome == known[-1]
    assert "one history" in result.verdict


def test_one_cut_of_the_users() -> None:
    result = backtest(CHANGES, TOTALS, seed=0, cut=month("2022-12"))
    assert [label(one) for one in result.dates] == ["2023-03", "2023-06", "2023-09"]
    again = backtest(CHANGES, TOTALS, seed=0, cut=month("2022-12"))
    assert [one.crps for one in again.tried] == [one.crps for one in result.tried]
    assert "too few to say" in result.verdict
    assert all(np.isnan(one.crps_over[1]) for one in result.standings)


def test_on_fourteen_dates_the_verdict_is_wrong_for_many_histories() -> None:
    rng = np.random.default_rng(0)
    years = (np.array(CHANGES) - CHANGES[0]) / 12
    histories = size(full=40, quick=8)
    shares = {}
    for name, means in (("line", years), ("levels off", 4.2 * (1 - np.exp(-years / 2)))):
        said = []
        for seed in range(histories):
            jumps = np.diff(means) * rng.exponential(size=len(means) - 1)
            totals = 1.4 + np.concatenate([[0.0], np.cumsum(jumps)])
            standing = backtest(CHANGES, totals, seed).standings[-1]
            assert standing.model == "levelling off"
            behind = standing.crps_over[1] > 0 and standing.log_score_over[1] > 0
            ahead = standing.crps_over[2] < 0 and standing.log_score_over[2] < 0
            said.append("behind" if behind else "ahead" if ahead else "neither")
        shares[name] = {word: said.count(word) / histories for word in ("behind", "ahead")}
    assert shares["line"]["ahead"] >= 0.1, "it does not diminish, and is said to"
    assert shares["levels off"]["behind"] >= 0.1, "it diminishes, and is said not to"
    if histories == 40:  # as docs/own-rows.md says
        assert shares == {
            "line": {"behind": 0.45, "ahead": 0.2},
            "levels off": {"behind": 0.225, "ahead": 0.4},
        }


def test_too_little_to_try() -> None:
    few = backtest(CHANGES[:4], TOTALS[:4], seed=0)
    assert few.tried == ()
    assert few.verdict.startswith("not tried")
    with pytest.raises(UserError, match="leaves 1 dates of change"):
        backtest(CHANGES, TOTALS, seed=0, cut=month("2021-01"))
