"""HumanEval, the three trends, and what is reproduced of the print."""

from __future__ import annotations

import pytest

from analysis.forecast.reproduction import reproduction
from analysis.forecast.trends import Dating, Trend, oracle_rows, rates, trends
from analysis.writeup.months import label
from analysis.writeup.published import (
    base_score,
    humaneval_ceg,
    ladder,
    reported_cegs,
    results,
    sigmoid,
)
from analysis.writeup.table import writeup_table


def test_the_seeds_sigmoid() -> None:
    fit = sigmoid()
    assert len(ladder()) == 11
    assert fit.curve.slope == pytest.approx(1.164308904678886, abs=1e-6)
    assert fit.curve.midpoint == pytest.approx(3.5996951849783962, abs=1e-6)
    assert fit.slope_se == pytest.approx(0.208, abs=5e-4)
    assert fit.midpoint_se == pytest.approx(0.142, abs=5e-4)


@pytest.mark.parametrize(
    ("model", "ptes", "base", "ceg"),
    [
        ("code-davinci-002", ("codet",), None, 4.63),
        ("GPT-3.5", ("react",), None, 2.01),
        ("GPT-3.5", ("reflexion",), None, 5.21),
        ("GPT-3.5", ("lats",), None, 49.0),
        ("GPT-4", ("codet",), None, 1.30),
        ("GPT-4", ("codet", "parsel"), None, 2.28),
        ("GPT-4", ("codet", "parsel"), 0.67, 7.73),
        ("GPT-4", ("reflexion",), None, 7.07),
        ("GPT-4", ("lats",), None, 19.4),
    ],
)
def test_cegs_through_the_sigmoid(
    model: str, ptes: tuple[str, ...], base: float | None, ceg: float
) -> None:
    row = next(r for r in results() if (r.model, r.ptes, r.k) == (model, ptes, 1))
    assert 10 ** humaneval_ceg(row, sigmoid().curve, base) == pytest.approx(ceg, rel=3e-3)


def test_blue_is_one_model_yellow_is_one_set_and_red_is_the_best_of_all() -> None:
    points = trends(ladder(), results(), sigmoid().curve)
    for point in points:
        if point.trend is Trend.BLUE:
            assert point.model == point.held
        if point.trend is Trend.YELLOW:
            assert (" + ".join(point.ptes) or "none") == point.held
    red = [p for p in points if p.trend is Trend.RED]
    assert [p.month for p in red] == sorted({p.month for p in red})
    assert [p.score for p in red] == sorted(p.score for p in red)
    assert (red[-1].model, red[-1].ptes) == ("GPT-4", ("lats",))
    lats = next(p for p in points if p.held == "GPT-4" and p.ptes == ("lats",))
    assert 10**lats.gain == pytest.approx(19.4, abs=0.05)


def test_upper_bounds_are_in_no_trend() -> None:
    bounds = oracle_rows(results())
    assert [row.k for row in bounds] == [10, 100, 10, 10, 64, 128]
    scores = {p.score for p in trends(ladder(), results(), sigmoid().curve)}
    assert not scores & {row.score for row in bounds}


def test_by_method_a_result_counts_once_model_and_pte_are_out() -> None:
    points = trends(ladder(), results(), sigmoid().curve, Dating.METHOD)
    first = next(p for p in points if p.trend is Trend.BLUE and p.held == "GPT-4")
    assert (label(first.month), first.ptes) == ("2023-03", ("reflexion",))
    assert 10**first.gain == pytest.approx(7.07, abs=0.02)


def test_rates_are_between_first_and_last_point() -> None:
    result = {(r.trend, r.held): r for r in rates(trends(ladder(), results(), sigmoid().curve))}
    rate = result[Trend.BLUE, "GPT-3.5"]
    assert rate.points_per_year == pytest.approx((86.9 - 48.1) / (7 / 12))
    assert (Trend.YELLOW, "lats") not in result, "one date has no rate"


def test_base_scores() -> None:
    assert base_score("GPT-4") == 0.79
    assert base_score("code-davinci-002") == 0.47


def test_reported_cegs_cover_the_three_sources() -> None:
    computed = [c for c in reported_cegs() if c.bound == "computed"]
    assert {c.benchmark for c in computed} >= {"HumanEval", "HotpotQA", "ASDiv"}
    assert all(c.ceg >= 1 for c in reported_cegs())


def test_what_does_not_come_out_is_known() -> None:
    rows = reproduction(writeup_table())
    off = {(row.section, row.quantity) for row in rows if not row.agrees}
    assert off == {
        ("HumanEval CEG", "codet on code-davinci-002"),
        ("HumanEval CEG", "codet+parsel on GPT-4, base 67"),
        ("inference multiplier", "reflexion"),
    }
    assert len(rows) == 46
    assert {row.section for row in rows} >= {"running total", "slope, OOM a year", "HotpotQA CEG"}
