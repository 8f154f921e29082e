"""Limits, exponents, shrinkage, conventions and reference: the headline by hand."""

from __future__ import annotations

import argparse
import re
from math import exp, log10
from pathlib import Path

import numpy as np
import pytest

from analysis.cli import forecast
from analysis.forecast.intervals import Component
from analysis.forecast.output.frames import frames
from analysis.forecast.output.headline import headline
from analysis.forecast.study import Options, Study, study
from analysis.writeup.months import label
from harness.errors import UserError

FOUR = """\
base: none
rows:
  - {key: a, category: one, date: 2020-01, ceg: 10, ceg_rule: stated, source: s, inference: 2}
  - {key: b, category: one, date: 2021-01, ceg: 10, exponent: 0.4, ceg_rule: stated, source: s,
     inference: 3}
  - {key: c, category: two, date: 2022-01, ceg: 100, ceg_rule: stated, source: s, inference: 50}
  - {key: d, category: two, date: 2023-01, ceg: 10, exponent: 0.5, ceg_rule: stated, source: s}
"""
"""log10 by category at M = .6: 1; 1.4; 2 + .6 x 1.4; 2.5 + .6 x 1.4."""
TOTALS = [1.0, 1.4, 2.84, 3.34]


def options(*arguments: str) -> Options:
    parser = argparse.ArgumentParser()
    forecast.add_arguments(parser)
    return forecast._options(parser.parse_args(["--draws", "200", *arguments]))


@pytest.fixture
def four(tmp_path: Path) -> str:
    (tmp_path / "rows.yaml").write_text(FOUR)
    return str(tmp_path / "rows.yaml")


def at(four: str, *arguments: str) -> Study:
    return study(options("--table", four, *arguments))


def slope(values: list[float]) -> float:
    return float(np.polyfit(np.arange(len(values)), values, 1)[0])


def test_the_hand_table(four: str) -> None:
    result = at(four)
    assert result.point_totals == pytest.approx(TOTALS)
    assert float(result.point_line.slope[0]) == pytest.approx(slope(TOTALS))


def test_a_hard_cap_is_obeyed_by_every_number_of_the_headline(four: str) -> None:
    result = at(four, "--cap", "2")
    assert float(result.point_line.slope[0]) == pytest.approx(slope([1.0, 1.4, 2.0, 2.0]))
    lines = [one for one in headline(result) if one.under.startswith("cap")]
    assert {one.under for one in lines} == {"cap 2 OOM (hard); no budget"}
    totals = [one for one in lines if "log10 total" in one.quantity]
    assert len(totals) == 2 + len(Component)
    assert all(one.value <= 2 for one in totals)
    assert all(one.high <= 2 for one in totals if one.high is not None)
    ahead = frames(result)["forecast_headline"]
    assert ahead.filter(like="log10").to_numpy().max() <= 2
    assert max(frames(result)["totals"]["log10_high95"]) <= 2


def test_a_cap_of_six_leaves_nothing_above_six() -> None:
    result = study(options("--cap", "6"))
    free = study(options())
    assert free.ahead()[-1, 2] > 6
    assert result.ahead()[-1].max() <= 6
    assert result.forecast.bands[Component.BOTH] == pytest.approx(
        free.forecast.bands[Component.BOTH]
    )


def test_a_soft_cap(four: str) -> None:
    soft = [4 * (1 - exp(-x / 4)) for x in TOTALS]
    result = at(four, "--cap", "4", "--cap-kind", "soft")
    assert float(result.point_line.slope[0]) == pytest.approx(slope(soft))
    assert "cap 4 OOM (soft)" in headline(result)[-5].under


def test_a_budget_is_obeyed_by_points_draws_and_forecast(four: str) -> None:
    # d has no cost: it stays out. 2 x 50 pay for a and c, and b at 3 is too much beside them.
    result = at(four, "--budget", "100")
    assert result.point_totals == pytest.approx([1.0, 1.4, 2.6, 2.6])
    assert "budget 100x, unpriced PTEs left out" in result.limits.said()
    small = at(four, "--budget", "6")
    assert small.point_totals == pytest.approx([1.0, 1.4, 1.4, 1.4])
    both = small.draws.log_ceg["a"], small.draws.log_ceg["b"]
    low, high = np.minimum(*both), np.maximum(*both)
    whole = np.maximum(high, 0) + small.draws.exponents["b", ""] * np.maximum(low, 0)
    assert small.totals[-1] == pytest.approx(whole)


def test_unpriced_ptes_may_be_free(four: str) -> None:
    result = at(four, "--budget", "300", "--unpriced", "free")
    assert result.point_totals == pytest.approx(TOTALS)
    assert "unpriced PTEs free" in result.limits.said()


def test_budgets_are_shown_side_by_side(four: str) -> None:
    result = at(four, "--budgets", "1", "6", "100")
    lines = [one for one in headline(result) if "inference" in one.quantity]
    assert [one.value for one in lines] == pytest.approx([0, 1.4, 2.6])
    assert [one.quantity.split("inference ")[1] for one in lines] == ["1x", "6x", "100x"]
    assert (lines[0].low, lines[0].high) == (0, 0)
    low, high = lines[2].low, lines[2].high
    assert low is not None
    assert high is not None
    assert low < 2.6 < high


def test_the_printed_budgets_by_hand() -> None:
    totals = {
        case.budget: case.choices[-1]
        for case in study(options()).budgets
        if case.unknown == "excluded"
    }
    # Free of cost: tools, InstructGPT and what stands on it; nothing that samples.
    assert set(totals) == {1.0, 10.0, 100.0, float("inf")}
    data = log10(30) + 0.1 * 1
    tools = log10(8) + 0.3 * log10(7)
    assert totals[1.0].log_ceg == pytest.approx(data + 0.6 * tools)
    assert totals[10.0].log_ceg < totals[100.0].log_ceg


def test_the_reference_date_subtracts_what_was_there(four: str) -> None:
    result = at(four, "--reference-date", "2021-01")
    assert result.point_totals == pytest.approx([0, 1.44, 1.94])
    assert float(result.point_line.slope[0]) == pytest.approx(slope([0, 1.44, 1.94]))
    assert label(result.changes[0]) == "2021-01"
    assert np.all(result.totals[0] == 0), "what is in the base model has no spread"
    assert "over the PTEs of 2021-01" in result.limits.said()
    capped = at(four, "--reference-date", "2021-01", "--cap", "1.5")
    assert capped.limits.capped(capped.point_totals) == pytest.approx([0, 1.44, 1.5])
    frames(result)


def test_the_reference_compute_is_worth_more_with_ptes(four: str) -> None:
    result = at(four, "--reference-compute", "1e24")
    line = next(one for one in headline(result) if "is worth" in one.quantity)
    assert line.value == pytest.approx(24 + result.ahead()[-1, 2])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--slope-from", "2021-01"], slope(TOTALS[1:])),
        (["--convention", "two ends"], (3.34 - 1.0) / 3),
        (["--convention", "median of pairs"], (0.5 + 0.4 + 1.44 + 1.94 / 2 + 0.92 + 0.78) / 6),
        (["--convention", "from 2021-10"], 0.5),
    ],
)
def test_the_headline_takes_the_convention(four: str, words: list[str], expected: float) -> None:
    result = at(four, *words)
    found = float(result.point_line.slope[0])
    if "median of pairs" in words:
        pairs = [(TOTALS[j] - TOTALS[i]) / (j - i) for i in range(4) for j in range(i + 1, 4)]
        expected = float(np.median(pairs))
    assert found == pytest.approx(expected, abs=1e-3)
    name = result.options.stated.convention.name
    slopes = [one for one in headline(result) if one.quantity.startswith("OOM a year")]
    assert all(one.quantity.endswith(name) for one in slopes)
    assert all(one.printed is None for one in slopes)
    assert result.slopes.shape == (200,)


def test_exponents_of_pairs_and_of_running_totals(four: str) -> None:
    assert at(four, "--exponent", "a+b=1").point_totals[1] == pytest.approx(2.0)
    assert at(four, "--exponent", "d=0").point_totals[-1] == pytest.approx(2.84)
    lats = study(options("--exponent", "lats+react=1")).table.row("lats").rule
    assert getattr(lats, "exponent", None) == pytest.approx((0.4 + 1 + 0.4 + 0.4) / 4)
    named = study(options("--exponent", "process_verification+alphacode=0")).table
    rule = named.row("process_verification").rule
    assert getattr(rule, "exponents", {})["alphacode"] == 0


def test_shrinking_multiplies_log_cegs_and_shows_its_effect(four: str) -> None:
    result = at(four, "--shrink", "0.5")
    assert result.point_totals == pytest.approx([x / 2 for x in TOTALS])
    steps = {one.what: one for one in result.effects}
    before, after = steps["rows.yaml: 4 rows added, 0 changed, 0 dropped"], result.effects[-1]
    assert before.log_total == pytest.approx(3.34)
    assert after.what == "log10 CEG of the literature shrunk by 0.5"
    assert (after.log_total, after.slope) == pytest.approx((1.67, slope(TOTALS) / 2))
    spread = at(four).draws.log_ceg["c"].std()
    assert result.draws.log_ceg["c"].std() == pytest.approx(spread)


def test_a_row_may_shrink_by_its_own_factor(tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text(FOUR.replace("ceg: 100,", "ceg: 100, shrink: 1,"))
    result = at(str(tmp_path / "rows.yaml"), "--shrink", "0.5")
    assert result.point_totals[2] == pytest.approx(2 + 0.6 * 0.7)
    (tmp_path / "rows.yaml").write_text(FOUR.replace("ceg: 100,", "ceg: 100, shrink: 0.5,"))
    assert at(str(tmp_path / "rows.yaml")).point_totals[2] == pytest.approx(1.4 + 0.6 * 1)


def test_without_statements_the_headline_is_the_prints() -> None:
    result = study(options())
    assert result.plain
    slopes = {one.m: one.slope for one in result.by_m}
    assert {m: round(s, 3) for m, s in slopes.items()} == {
        0.3: 0.569,
        0.45: 0.768,
        0.6: 1.048,
        0.8: 1.602,
    }
    assert [one.what for one in result.effects] == [
        "the write-up's table, as printed",
        "the same, running totals not rounded",
    ]
    first = result.effects[0]
    assert (round(10**first.log_total), round(first.slope or 0, 3)) == (45518, 1.048)
    assert {one.under for one in headline(result)} >= {"no cap; no budget"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--weights", "maths=1"], "did you mean 'math'"),
        (["--weights", "math"], "each task type once"),
        (["--weights", "math=1,math=2"], "each task type once"),
        (["--weights", "math=0"], "no task type has a weight"),
        (["--weights", "math=-1"], "math is '-1'"),
        (["--exponent", "lats"], "two PTEs and a number"),
        (["--exponent", "latz+react=1"], "did you mean 'lats'"),
        (["--exponent", "lats+webgpt=1"], "which combine by --m"),
        (["--exponent", "lats+react=x"], "the exponent is 'x'"),
        (["--exponent", "lats+react=3"], "from 0 to 2"),
        (["--exponent", "lats+react=1", "--exponent", "react+lats=1"], "given twice"),
        (["--exponent", "parsel+codet=1"], "includes codet's"),
        (["--exponent", "fireact+lats=1"], "not counted has no exponent"),
        (["--exponent", "few_shot=1"], "nothing is before it"),
        (["--exponent", "process_verification=1"], "has exponents by name"),
        (["--shrink", "0"], "--shrink 0"),
        (["--shrink", "1.5"], "--shrink 1.5"),
        (["--shrink", "nan"], "--shrink nan"),
        (["--reference-date", "soon"], "--reference-date: 'soon' is not a date"),
        (["--reference-date", "2023-10"], "takes two"),
        (["--reference-compute", "-1"], "--reference-compute -1"),
        (["--cap-kind", "soft"], "give --cap too"),
        (["--unpriced", "free"], "give --budget too"),
        (["--budgets", "0.5"], "--budgets 0.5"),
        (["--budgets", "nan"], "--budgets nan"),
        (["--slope-from", "2023-09"], "two dates or more"),
        (["--slope-from", "x"], "--slope-from: 'x' is not a date"),
        (["--convention", "two end"], "did you mean 'two ends'"),
        (["--backtest", "2020-12"], "dates of change to fit to"),
        (["--backtest", "2023-09"], "quarters to score"),
        (["--models", "m.csv"], "give that too"),
        (["--trends", "no/such.csv"], "cannot read"),
        (["--table", "no/such.yaml"], "cannot read"),
    ],
)
def test_wrong_statements_are_refused_before_any_work(words: list[str], why: str) -> None:
    with pytest.raises(UserError, match=re.escape(why)):
        options(*words)
