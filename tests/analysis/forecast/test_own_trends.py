"""The three trends of a user's results and of measured scores; measured costs."""

from __future__ import annotations

import argparse
from dataclasses import replace
from math import log10, nan
from pathlib import Path

import numpy as np
import pytest

from analysis.cli import forecast
from analysis.forecast.average import WRITEUP_WEIGHTS
from analysis.forecast.costs import costs, measured_multipliers
from analysis.forecast.measured.counting import Counting
from analysis.forecast.measured.estimates import EstimatesFile, Measurement
from analysis.forecast.own_trends import from_file, from_measured
from analysis.forecast.stated.trend_file import read_model_dates, read_trend_file
from analysis.forecast.study import study
from analysis.forecast.trends import Dating, Trend, TrendPoint, rates
from analysis.writeup.months import label, month
from analysis.writeup.table import writeup_table
from harness.errors import UserError

HEAD = "date,model,flop,ptes,benchmark,score\n"
ROWS = (
    HEAD + "2020-01,small,1e22,,quiz,20\n"
    "2021-01,middle,1e23,,quiz,50\n"
    "2022-01,large,1e24,,quiz,80\n"
    "2022-06,middle,1e23,lats,quiz,65\n"
    "2023-06,middle,1e23,lats+react,quiz,80\n"
    "2023-12,large,1e24,lats,quiz,90\n"
)


def written(folder: Path, text: str) -> Path:
    path = folder / "results.csv"
    path.write_text(text)
    return path


def only(points: tuple[TrendPoint, ...], trend: Trend, held: str) -> list[TrendPoint]:
    return [one for one in points if one.trend is trend and one.held == held]


def test_three_trends_of_a_users_results(tmp_path: Path) -> None:
    result = from_file(read_trend_file(written(tmp_path, ROWS)), writeup_table())
    points = result.points[Dating.EVALUATED]
    assert {one.benchmark for one in points} == {"quiz"}
    assert {one.origin for one in points} == {"results.csv"}
    blue = only(points, Trend.BLUE, "middle")
    assert [label(one.month) for one in blue] == ["2021-01", "2022-06", "2023-06"]
    # The sigmoid runs through 20, 50 and 80: ten times the compute are as much from 50 to 80.
    assert blue[-1].gain == pytest.approx(1.0, abs=0.01)
    yellow = only(points, Trend.YELLOW, "none")
    assert [one.score for one in yellow] == [0.2, 0.5, 0.8]
    assert yellow[-1].gain == pytest.approx(2.0, abs=0.01)
    growth = {(one.trend, one.held): one for one in rates(points)}
    assert growth[Trend.BLUE, "middle"].points_per_year == pytest.approx(30 / (29 / 12))
    assert only(points, Trend.RED, "nothing")[-1].score == 0.9


def test_by_method_a_result_counts_from_when_its_ptes_were_out(tmp_path: Path) -> None:
    result = from_file(read_trend_file(written(tmp_path, ROWS)), writeup_table())
    blue = only(result.points[Dating.METHOD], Trend.BLUE, "middle")
    assert [label(one.month) for one in blue] == ["2021-01", "2023-10"], "LATS is of 2023-10"


def test_without_compute_there_are_points_alone(tmp_path: Path) -> None:
    text = ROWS.replace("1e22", "").replace("1e24", "")
    result = from_file(read_trend_file(written(tmp_path, text)), writeup_table())
    blue = only(result.points[Dating.EVALUATED], Trend.BLUE, "middle")
    assert np.isnan(blue[-1].gain)
    assert blue[-1].score == 0.8
    assert "points of score alone" in result.notes[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD, "has no rows"),
        ("date,model\n2020-01,a\n", "has no column 'benchmark'"),
        (HEAD.replace("flop", "flops"), "did you mean 'flop'"),
        (HEAD + "2020,a,,,quiz,5\n", "'2020' is not a date"),
        (HEAD + "2020-01,a,,,quiz,105\n", "from 0 to 100"),
        (HEAD + "2020-01,a,-3,,quiz,5\n", "flop is '-3'"),
        (HEAD + "2020-01,,,,quiz,5\n", "model is ''"),
        (HEAD + "2020-01,a,,lats,quiz,5\n", "and none without"),
        (HEAD + "2020-01,a,1e22,,quiz,5\n2020-01,a,1e23,,quiz,5\n", "a model has one"),
        (HEAD + "2020-01,a,1e22,,quiz,5,7\n", "more cells"),
    ],
)
def test_wrong_results_are_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UserError, match=why) as raised:
        read_trend_file(written(tmp_path, text))
    assert "results.csv" in str(raised.value)


def measurement(**changes: object) -> Measurement:
    one = Measurement(
        id="quiz/ceg/self_consistency",
        kind="ceg",
        experiment="quiz",
        benchmark="quiz",
        task_type="math",
        ptes=("self_consistency",),
        reference="base",
        primary=True,
        pair=None,
        context=(),
        point=log10(4),
        low=0.5,
        high=0.7,
        status="interpolated",
        reason="",
        oracle=False,
        definition="inside",
        at_least=nan,
        draws=np.array([]),
        multiple=8.0,
        net_multiple=5.0,
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def score(model: str, points: float, *ptes: str) -> Measurement:
    return measurement(
        id=f"quiz/score/{model}/{'+'.join(ptes)}",
        kind="score",
        model=model,
        ptes=ptes,
        rows=tuple(None if pte == "own_pte" else pte for pte in ptes),
        toy=False,
        point=points / 100,
    )


def test_three_trends_of_measured_scores() -> None:
    scores = [
        score("small", 20),
        score("middle", 50),
        score("large", 80),
        score("middle", 80, "lats"),
        score("middle", 70, "own_pte"),
        score("undated", 99),
        replace(score("middle", 95, "lats"), benchmark="maze", toy=True),
    ]
    dates = {"small": month("2020-01"), "middle": month("2021-01"), "large": month("2024-01")}
    result = from_measured(
        scores,
        writeup_table(),
        dates,
        {"small": 1e22, "middle": 1e23, "large": 1e24},
        (Counting(), WRITEUP_WEIGHTS),
    )
    blue = only(result.points[Dating.EVALUATED], Trend.BLUE, "middle")
    assert [(label(one.month), one.score) for one in blue] == [("2021-01", 0.5), ("2023-10", 0.8)]
    assert blue[-1].gain == pytest.approx(1.0, abs=0.01)
    assert any("undated" in note for note in result.notes)
    assert any("own_pte" in note for note in result.notes)
    assert any("maze is a toy" in note for note in result.notes)
    assert {one.origin for one in result.points[Dating.METHOD]} == {"measured"}


def test_model_dates(tmp_path: Path) -> None:
    dates, flop = read_model_dates(
        written(tmp_path, "model,date,flop\nsmall,2020-01,1e22\nlarge,2021-01,\n")
    )
    assert dates == {"small": month("2020-01"), "large": month("2021-01")}
    assert flop == {"small": 1e22}
    with pytest.raises(UserError, match="there twice"):
        read_model_dates(written(tmp_path, "model,date\na,2020-01\na,2020-01\n"))


def test_a_measured_cost_takes_the_place_of_the_printed_one() -> None:
    parser = argparse.ArgumentParser()
    forecast.add_arguments(parser)
    plain = forecast._options(parser.parse_args(["--draws", "100", "--budgets", "6"]))
    own = replace(measurement(), rows=("self_consistency",), toy=False)
    file = EstimatesFile("estimates.json", "0" * 64, (own,))
    result = study(replace(plain, file=file))
    used = {one.pte: one for one in result.costs}
    cost = used["self_consistency"]
    assert (cost.multiplier, cost.source, cost.table) == (5.0, "measured, net", None)
    assert cost.estimates == (own.id,)
    assert used["lats"].source == "printed"
    assert used["codet"].source == "not known"
    assert "self_consistency" not in result.unpriced
    case = next(c for c in result.budgets if c.budget == 6 and c.unknown == "excluded")
    assert "self_consistency" in case.choices[-1].ptes
    assert (
        "self_consistency"
        not in next(c for c in study(plain).budgets if c.budget == 6 and c.unknown == "excluded")
        .choices[-1]
        .ptes
    )


def test_gross_costs_stand_in_and_unused_estimates_have_none() -> None:
    parser = argparse.ArgumentParser()
    forecast.add_arguments(parser)
    plain = study(forecast._options(parser.parse_args(["--draws", "100"])))
    sources = [
        replace(one, source="measured", estimates=("x",)) if one.key == "lats" else one
        for one in plain.measured.sources
    ]
    gross = measurement(id="x", net_multiple=None, multiple=70.0)
    found = {one.pte: one for one in costs(plain.table, sources, [gross, measurement()])}
    assert (found["lats"].multiplier, found["lats"].source) == (70.0, "measured, gross")
    assert found["lats"].table == 160
    assert found["self_consistency"].source == "not known"
    assert measured_multipliers(tuple(found.values())) == {"lats": 70.0}
