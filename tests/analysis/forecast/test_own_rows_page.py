"""The page on a forecast of one's own says what comes out."""

from __future__ import annotations

import argparse

from analysis.cli import forecast
from analysis.forecast.study import Study, study
from tests.project.repository import read

PAGE = read("docs/own-rows.md")


def computed(*arguments: str) -> Study:
    parser = argparse.ArgumentParser()
    forecast.add_arguments(parser)
    return study(forecast._options(parser.parse_args(["--draws", "100", *arguments])))


def test_the_backtest_of_the_write_up() -> None:
    verdict = computed().backtest.verdict
    assert verdict.startswith("behind the line by both scores: power of time, levelling off")


def test_the_numbers_of_the_page() -> None:
    shrunk = computed("--shrink", "0.7").effects[-1]
    assert f"from 4.66 to {shrunk.log_total:.2f} and the slope from 1.05 to " in " ".join(
        PAGE.split()
    )
    assert f"{shrunk.slope:.2f}" == "0.74"
    since = computed("--reference-date", "2022-03").effects[-1]
    assert f"(4.66 becomes {since.log_total:.2f})" in PAGE
    budgets = [
        case.choices[-1].log_ceg
        for case in computed("--budgets", "1", "10", "100").budgets
        if case.unknown == "excluded"
    ]
    one, ten, hundred, _ = (f"{value:.2f}" for value in budgets)
    assert f"{one}, {ten} and {hundred} in 2023-10" in PAGE
