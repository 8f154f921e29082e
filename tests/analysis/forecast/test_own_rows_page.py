"""The page on a forecast of one's own says what comes out; its example's rows are cited."""

from __future__ import annotations

import argparse

import pytest

from analysis.cli import forecast
from analysis.forecast.study import Study, study
from tests.project.repository import ROOT, read

PAGE = read("docs/own-rows.md")
ROWS = str(ROOT / "examples" / "rows-2023-2025.yaml")


def computed(*arguments: str) -> Study:
    parser = argparse.ArgumentParser()
    forecast.add_arguments(parser)
    return study(forecast._options(parser.parse_args(["--draws", "100", *arguments])))


@pytest.fixture(scope="module")
def example() -> Study:
    return computed("--table", ROWS)


def test_the_examples_cegs(example: Study) -> None:
    own = {row.key: row for row in example.table.rows if row.source}
    assert {key: f"{row.ceg:.2f}" for key, row in own.items()} == {
        "process_reward_model": "1.53",
        "self_generated_rationales": "1.34",
        "multi_agent_coding": "1.75",
        "reasoning_by_rl": "2.34",
    }
    for row in own.values():
        assert "arXiv" in row.source
        assert f"| {row.ceg:.2f} |" in PAGE


def test_what_the_example_does_to_the_total(example: Study) -> None:
    before, after = example.effects[1], example.effects[-1]
    said = (
        f"from {before.log_total:.2f} to {after.log_total:.2f} and lower the slope from "
        f"{before.slope:.2f} to {after.slope:.2f} OOM a year"
    )
    assert said in PAGE
    mathematics = computed("--table", ROWS, "--weights", "math=1")
    assert f"the total to {mathematics.effects[-1].log_total:.2f}" in PAGE


def test_the_backtest_of_both_histories(example: Study) -> None:
    line = example.backtest.standings[0]
    assert f"95% hold {line.inside95:.0%} of what came" in PAGE
    assert example.backtest.verdict.startswith("no model is clear of the line")
    plain = computed().backtest.verdict
    assert plain.startswith("behind the line by both scores: power of time, levelling off")


def test_the_other_numbers_of_the_page() -> None:
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
