"""Lifland et al.'s slopes, other conventions, and the jackknife."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.forecast.aggregate import change_months, printed_totals
from analysis.forecast.jackknife import leave_one_out
from analysis.forecast.slope import CONVENTIONS, WRITEUP_CONVENTION, line, writeup_slope
from analysis.writeup.months import month
from analysis.writeup.table import writeup_table


@pytest.mark.parametrize(
    ("m", "slope", "as_printed"),
    [(0.3, 0.569, 0.6), (0.45, 0.768, 0.8), (0.6, 1.048, 1.0), (0.8, 1.602, 1.6)],
)
def test_the_seeds_slopes(m: float, slope: float, as_printed: float) -> None:
    result = writeup_slope(writeup_table(), m)
    assert result == pytest.approx(slope, abs=5e-4)
    assert round(result, 1) == as_printed


def test_line_recovers_a_straight_line_of_draws() -> None:
    months = [month("2020-05"), month("2021-05"), month("2023-11")]
    since = (np.array(months) - months[0]) / 12
    totals = np.array([1.0, 2.0]) + since[:, None] * np.array([0.5, 1.5])
    fitted = line(months, totals)
    assert fitted.slope == pytest.approx([0.5, 1.5])
    assert fitted.level == pytest.approx([1.0, 2.0])
    assert fitted.at([month("2024-05")])[0] == pytest.approx([3.0, 8.0])


def test_conventions_are_named_once_and_the_first_is_the_seeds() -> None:
    names = [convention.name for convention in CONVENTIONS]
    assert len(set(names)) == len(names)
    assert names[0] == WRITEUP_CONVENTION
    assert CONVENTIONS[0].slope(writeup_table(), 0.6) == writeup_slope(writeup_table(), 0.6)


def test_conventions_agree_with_numpy() -> None:
    results = {c.name: c.slope(writeup_table(), 0.6) for c in CONVENTIONS}
    dates = change_months(writeup_table())
    every = list(range(dates[0], dates[-1] + 1))
    totals = printed_totals(writeup_table(), every, 0.6)
    assert results["a point a month"] == pytest.approx(
        np.polyfit(np.array(every) / 12, totals, 1)[0]
    )
    ends = (totals[-1] - totals[0]) / ((every[-1] - every[0]) / 12)
    assert results["two ends"] == pytest.approx(ends)
    assert results["no inferred row"] < results["dates of change"]


def test_leave_one_out_spans_what_it_spans() -> None:
    left = leave_one_out(writeup_table(), 0.6)

    def span(what: str) -> tuple[float, float]:
        slopes = [one.slope for one in left if one.what == what]
        return round(min(slopes), 2), round(max(slopes), 2)

    assert span("pte (its step)") == (0.77, 1.39)
    assert span("date") == (1.01, 1.16)
    assert span("category") == (0.72, 1.39)
    assert len([one for one in left if one.what == "date"]) == 14


def test_a_pte_that_adds_nothing_does_not_move_the_slope() -> None:
    left = {one.name: one.slope for one in leave_one_out(writeup_table(), 0.6)}
    assert left["teacher_model"] == pytest.approx(writeup_slope(writeup_table(), 0.6))
