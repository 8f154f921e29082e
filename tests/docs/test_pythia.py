"""`docs/pythia.md`: its numbers are those of a fresh analysis, and its claims hold in them."""

from __future__ import annotations

from math import inf, log10
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.forecast.measured.model_numbers import MEASURED
from analysis.forecast.measured.values import measured
from analysis.gathering import gather
from analysis.uncertainty.random_effects import random_effects
from analysis.writeup.table import writeup_table
from harness.cli.main import main
from tests.docs import pythia_page as page
from tests.thorough import THOROUGH, size

TEXT = page.PAGE.read_text()
GAINS = page.written(TEXT, "gains")
MEANS = page.written(TEXT, "means")
EXAMPLE = pd.read_csv(page.EXAMPLE)
QUICK = ("arc_easy", "lambada_openai")
"""Tasks that are analysed anew at every change; THOROUGH=1 for all."""


def said(name: str, task: str, ladder: str) -> list[float]:
    """The numbers of a cell of the first table."""
    (cell,) = GAINS.loc[(GAINS["task"] == task) & (GAINS["ladder"] == ladder), name]
    return page.numbers(cell)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh report, made by the command of the README."""
    folder = tmp_path_factory.mktemp("pythia")
    scores = page.EXAMPLE
    if not THOROUGH:
        scores = folder / "pythia.csv"
        EXAMPLE[EXAMPLE["benchmark"].isin(QUICK)].to_csv(scores, index=False)
    report = folder / "report-pythia"
    replicates = str(size(2000, 200))
    assert main(["analyze", str(scores), "-o", str(report), "--replicates", replicates]) == 0
    assert (report / "plots" / "ceg-over-benchmarks.svg").exists()
    return report


def test_a_forecast_takes_its_gains_without_an_option(report: Path) -> None:
    """The table says which row its stack is, and of what kind its tasks are."""
    found = measured(
        table=writeup_table(), m=0.6, file=gather([str(report)]), draws=100, seed=0
    ).taken
    (few_shot,) = [each for each in found if each.quantity == "ceg"]
    assert (few_shot.key, few_shot.source) == ("few_shot", MEASURED)
    kinds = EXAMPLE.dropna(subset="task_type")["benchmark"]
    assert set(few_shot.benchmarks) == set(kinds if THOROUGH else QUICK)


def test_gains_are_those_of_a_fresh_analysis(report: Path) -> None:
    fresh = pd.read_csv(report / "tables" / "cegs.csv")
    assert len(fresh) == (16 if THOROUGH else 4)
    for _, row in fresh.iterrows():
        task, ladder = row["benchmark"], row["experiment"].split("(")[1].rstrip(")")
        for name, scale in (("CEG", 1), ("points", 10), ("logits", 1)):
            column = name.lower()
            point, low, high = said(name, task, ladder)
            assert point == pytest.approx(row[column], abs=0.006 * scale), (task, ladder, name)
            if task in ("logiqa", "wsc"):
                continue  # which say nothing: their intervals are as wide as the draws happen to be
            # Ends of an interval are drawn, here with fewer replicates.
            width = row[f"{column}_high"] - row[f"{column}_low"]
            assert low == pytest.approx(row[f"{column}_low"], abs=0.25 * width)
            assert high == pytest.approx(row[f"{column}_high"], abs=0.25 * width)


def test_differences_are_those_of_the_published_scores() -> None:
    made = page.differences(EXAMPLE)
    assert page.written(TEXT, "differences").equals(made.astype(str))
    assert len(EXAMPLE) == 240
    assert EXAMPLE["source"].nunique() == 1


@pytest.mark.parametrize("ladder", page.LADDERS)
def test_means_over_tasks_follow_from_the_tasks(ladder: str) -> None:
    own = GAINS[(GAINS["ladder"] == ladder) & GAINS["status"].isin(["on the ladder", "harmful"])]
    cells = np.array([page.numbers(cell) for cell in own["CEG"]])
    cells = np.log10(cells[np.isfinite(cells).all(axis=1)])
    found = random_effects(*cells.T)
    (row,) = MEANS[(MEANS["ladder"] == ladder) & (MEANS["measure"] == "CEG")].to_dict("records")
    written = [*page.numbers(row["mean"]), *page.numbers(row["on a further task"])]
    expected = (found.mean, found.low, found.high, found.further_low, found.further_high)
    # Cells are rounded, and a task whose interval the page gives no figure of weighs nothing.
    assert np.log10(written) == pytest.approx(expected, abs=0.03)


def test_the_mean_over_all_ladders_is_what_the_page_says_in_short() -> None:
    (row,) = MEANS[(MEANS["ladder"] == "all ladders") & (MEANS["measure"] == "CEG")].to_dict(
        "records"
    )
    mean, low, high = page.numbers(row["mean"])
    assert (mean, low, high) == pytest.approx((1.17, 0.75, 1.81), abs=0.05)
    assert page.numbers(row["on a further task"]) == pytest.approx([0.38, 3.88], abs=0.15)


def test_the_two_ladders_agree_where_both_can_be_measured() -> None:
    for task in ("arc_challenge", "arc_easy", "lambada_openai", "piqa", "sciq", "winogrande"):
        (one, *ends), (other, *others) = (said("CEG", task, name) for name in page.LADDERS)
        assert ends[0] < other < ends[1], task
        assert others[0] < one < others[1], task


def test_what_the_page_says_of_tasks_holds() -> None:
    for ladder in page.LADDERS:
        assert all(said("CEG", task, ladder)[1] > 1 for task in ("arc_challenge", "arc_easy"))
        assert said("CEG", "lambada_openai", ladder)[2] < 1
        assert all(
            low < 1 < high
            for _, low, high in (said("CEG", t, ladder) for t in ("piqa", "sciq", "winogrande"))
        )
        assert all(said("CEG", task, ladder)[2] == inf for task in ("logiqa", "wsc"))
    assert all(page.numbers(cell)[0] > 0.2 for cell in GAINS["trend, p"])
    shots = EXAMPLE[(EXAMPLE["benchmark"] == "wsc") & (EXAMPLE["stack"] == "few_shot")]
    assert set(round(shots["score"] * 1.04)) == {38}
    logiqa = EXAMPLE[(EXAMPLE["benchmark"] == "logiqa") & (EXAMPLE["stack"] == "base")]
    assert logiqa["score"].max() < 25.5
    flop = EXAMPLE["training_flop"]
    assert log10(flop.max() / flop.min()) == pytest.approx(2.2, abs=0.05)
