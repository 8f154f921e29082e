"""The report's pictures: what a reader must be able to tell from each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from analysis.forecast import ForecastDraws, forecast
from analysis.forecast.output.frames import frames
from analysis.forecast.output.plots import charts
from analysis.forecast.output.published_plots import _names
from analysis.forecast.output.report import sections
from analysis.pages.theme import PALETTE, Chart, specification

UNITS = ("OOM", "CEG", "points", "FLOP", "no unit", "share", "level")


@pytest.fixture(scope="module")
def draws() -> ForecastDraws:
    return forecast(draws=300, until="2025-06", cap=6)


@pytest.fixture(scope="module")
def tables(draws: ForecastDraws) -> dict[str, pd.DataFrame]:
    return frames(draws.study)


@pytest.fixture(scope="module")
def drawn(tables: dict[str, pd.DataFrame]) -> dict[str, Chart]:
    return charts(tables)


def channels(spec: Any, name: str) -> Iterator[dict[str, Any]]:
    """Every encoding of a channel, in a chart of any depth."""
    if isinstance(spec, dict):
        if isinstance(spec.get("encoding"), dict) and name in spec["encoding"]:
            yield spec["encoding"][name]
        for key, value in spec.items():
            if key != "datasets":
                yield from channels(value, name)
    elif isinstance(spec, list):
        for each in spec:
            yield from channels(each, name)


def test_every_axis_of_numbers_names_its_unit(drawn: dict[str, Chart]) -> None:
    for name, chart in drawn.items():
        spec = specification(chart)
        titles = [
            each.get("title")
            for axis in ("x", "y")
            for each in channels(spec, axis)
            if each.get("type") == "quantitative"
        ]
        told = [title for title in titles if title]
        assert told, name
        assert all(any(unit in title for unit in UNITS) for title in told), (name, told)


def test_the_page_begins_with_the_forecast(
    draws: ForecastDraws, tables: dict[str, pd.DataFrame], drawn: dict[str, Chart]
) -> None:
    first = sections(draws.study, tables, drawn)[0].charts[0]
    assert first[1] is drawn["forecast"]
    assert "2025-06" in first[0]
    assert "50% and 95%" in first[0]


def test_bands_are_named_in_a_legend(drawn: dict[str, Chart]) -> None:
    for name in ("forecast", "total_ceg"):
        (band,) = {
            tuple(each["scale"]["domain"])
            for each in channels(specification(drawn[name]), "opacity")
        }
        assert band == ("95% of the draws", "50% of the draws")


def test_colours_are_of_the_palette(drawn: dict[str, Chart]) -> None:
    for name, chart in drawn.items():
        for each in channels(specification(chart), "color"):
            own = each.get("scale", {}).get("range", [])
            assert set(own) <= {*PALETTE, "#767676"}, name


def test_names_in_one_month_stand_apart() -> None:
    data = pd.DataFrame(
        {
            "held": ["one", "one", "two", "three", "nothing"],
            "benchmark": "HumanEval",
            "date": pd.to_datetime(["2022-01", "2023-01", "2022-01", "2022-02", "2022-01"]),
            "score": [50.0, 90.0, 48.0, 47.0, 10.0],
        }
    )
    placed = _names(data, "score").set_index("held")["above"]
    assert placed.to_dict() == {"one": True, "two": False, "three": True}


def test_medians_so_far_go_on_in_the_forecast(tables: dict[str, pd.DataFrame]) -> None:
    caps = tables["caps"].set_index(["of", "date"])["log10_uncapped"]
    assert caps["so far", "2023-10"] == pytest.approx(caps["median forecast", "2023-10"])
