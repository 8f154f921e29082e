"""The Python call, and the draws that it gives."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import analysis.forecast as package
from analysis.forecast import ForecastDraws, forecast
from analysis.forecast.aggregate import totals_by_date
from analysis.forecast.intervals import QUANTILES, Component
from analysis.forecast.slope import line
from analysis.writeup.months import label, month
from harness.errors import UserError


@pytest.fixture(scope="module")
def draws() -> ForecastDraws:
    return forecast(until="2027-06", draws=1000, seed=3)


def test_the_package_is_light_until_it_is_asked() -> None:
    code = (
        "import sys, analysis.forecast as f; "
        "print([n for n in ('numpy', 'pandas', 'pyarrow') if n in sys.modules], f.__all__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[]")
    with pytest.raises(AttributeError, match="no attribute 'total'"):
        _ = package.total


def test_one_draw_of_all_is_one_world(draws: ForecastDraws) -> None:
    """The total and the slope of draw n come out of the parameters of draw n."""
    study = draws.study
    again = totals_by_date(study.table, study.draws, study.changes, rounded=False)
    assert draws.total_at("2023-10") == pytest.approx(again[-1])
    assert draws.slope == pytest.approx(line(study.changes, again).slope)
    assert np.corrcoef(draws.slope, draws.m)[0, 1] > 0.5
    alone = draws.total_at("2027-06", Component.PARAMETERS)
    years = (month("2027-06") - study.changes[-1]) / 12
    span = (study.changes[-1] - study.changes[0]) / 12
    assert alone == pytest.approx(again[-1] + years * (again[-1] - again[0]) / span)


def test_bands_are_quantiles_of_the_draws(draws: ForecastDraws) -> None:
    for component in Component:
        for date in ("2023-12", "2027-06"):
            at = draws.study.forecast.months.index(month(date))
            band = draws.study.forecast.bands[component][at]
            assert np.quantile(draws.total_at(date, component), QUANTILES) == pytest.approx(band)


def test_total_at_any_month(draws: ForecastDraws) -> None:
    assert np.all(draws.total_at("2019-01") == 0)
    assert np.all(draws.total_at("2020-05") == draws.total_at("2021-01")), "nothing came between"
    assert np.all(draws.total_at("2025-03", cap="hard") <= 4)
    assert np.all(draws.total_at("2025-03", cap="soft") < draws.total_at("2025-03"))
    for arguments, why in (
        (("2027-07",), "after 2027-06"),
        (("soon",), "not a date"),
        (("2025-01", "luck"), "no component 'luck'"),
        (("2025-01", Component.BOTH, "tight"), "no cap 'tight'"),
    ):
        with pytest.raises(UserError, match=why):
            draws.total_at(*arguments)


def test_the_frame_has_a_described_column_for_everything(draws: ForecastDraws) -> None:
    frame = draws.frame()
    columns = draws.columns()
    assert list(frame.columns) == [column.name for column in columns]
    assert len(frame) == 1000
    assert frame.index.name == "draw"
    assert all(column.meaning and column.unit in ("1", "OOM", "OOM a year") for column in columns)
    table = draws.study.table
    assert {f"log10_ceg__{row.key}" for row in table.rows} <= set(frame)
    assert {"m", "slope", "exponent__retro", "exponent__process_verification__alphacode"} <= set(
        frame
    )
    for date in map(label, draws.study.changes):
        assert f"log10_total__{date.replace('-', '_')}" in frame
    names = [column.name for column in columns]
    ends = {name for name in names if name.startswith("log10_total__2027_06")}
    assert {name.removeprefix("log10_total__2027_06") for name in ends} == {
        *("", "__parameters", "__innovations", "__line", "__hard_cap", "__soft_cap")
    }
    pd.testing.assert_series_equal(
        frame["log10_total__2026_12"],
        pd.Series(draws.total_at("2026-12"), name="log10_total__2026_12").rename_axis("draw"),
    )


def test_quantiles_by_date(draws: ForecastDraws) -> None:
    table = draws.quantiles()
    assert list(table.columns) == [
        "date",
        "component",
        "cap",
        *(f"p{p:02d}" for p in range(1, 100)),
    ]
    numbers = table.filter(like="p").drop(columns=["component", "cap"]).to_numpy(float)
    assert np.all(np.diff(numbers, axis=1) >= 0)
    (row,) = table[
        (table["date"] == "2026-12") & (table["component"] == "line") & (table["cap"] == "headline")
    ].to_dict("records")
    assert row["p50"] == pytest.approx(np.median(draws.total_at("2026-12", "line")))
    assert set(table[table["date"] <= "2023-10"]["component"]) == {"so far"}
    assert set(draws.quantiles([5, 95]).columns) == {"date", "component", "cap", "p05", "p95"}


def test_a_notebook_shows_one_line(draws: ForecastDraws) -> None:
    shown = repr(draws)
    assert shown.startswith("<forecast of 1000 draws: log10 total CEG in 2027-06 ")
    assert "OOM a year" in shown
    assert len(shown) < 120


def test_the_same_settings_give_the_same_draws(draws: ForecastDraws) -> None:
    again = forecast(until="2027-06", draws=1000, seed=3)
    assert np.all(again.frame() == draws.frame())
    other = forecast(until="2027-06", draws=1000, seed=4)
    assert not np.any(other.slope == draws.slope)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"m": 0}, "^m 0 is not in"),
        ({"draws": 10}, "^draws 10 is not"),
        ({"seed": -1}, "^seed -1"),
        ({"budget": 0.1}, "^budget 0.1"),
        ({"cap": 0}, "^cap 0"),
        ({"until": "2020-01"}, "must lie after"),
        ({"measured": "no/such.json"}, "cannot read"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings: dict[str, object], why: str) -> None:
    with pytest.raises(UserError, match=why):
        forecast(**settings)  # type: ignore[arg-type]
