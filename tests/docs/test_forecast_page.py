"""`docs/forecast.md`: its numbers follow from its files, and its commands are commands."""

from __future__ import annotations

import argparse
import csv
import re
import shlex
from math import log10
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.cli import forecast as verb
from analysis.forecast import forecast
from analysis.writeup.table import writeup_table
from harness.cli.main import main
from tests.docs import forecast_page as page
from tests.docs.pythia_page import numbers
from tests.thorough import THOROUGH, size

TEXT = page.PAGE.read_text()
RL = pd.read_csv(page.ROOT / "examples" / "qwen2.5-rl.csv")
QUICK = ("gsm8k",)
"""What is analysed anew at every change; THOROUGH=1 for all."""


def test_the_arithmetic_is_that_of_the_evidence() -> None:
    assert page.written(TEXT, "arithmetic").equals(page.arithmetic().astype(str))
    assert set(page.evidence()["row"]) == {row["key"] for row in page.rows()}
    assert page.evidence()["source"].str.contains("http|hkust-nlp").all()


def test_points_and_compute_by_hand() -> None:
    """One line of each row, by a pocket calculator."""
    found = page.evidence().set_index(["row", "benchmark", "model"])["log10_ceg"]
    per_oom = (56.8 - 28.7) / log10(70 / 13)
    assert found["iterative_preferences", "gsm8k", "Llama-2-70B-Chat"] == pytest.approx(
        (81.6 - 55.6) / per_oom, abs=1e-3
    )
    share = (59.0 - 29.6) / (64.6 - 29.6)
    assert found["rl_reasoning", "math500", "Qwen2.5-1.5B"] == pytest.approx(
        share * log10(7.61 / 1.54), abs=1e-3
    )
    apart = np.log(0.939 / 0.061) - np.log(0.79 / 0.21)
    assert found["mapcoder", "humaneval", "GPT-4"] == pytest.approx(apart / 1.1643089, abs=1e-3)


def test_every_ceg_of_our_rows_is_the_root_of_its_evidence() -> None:
    evidence = page.evidence().groupby("row")["log10_ceg"]
    for row in page.rows():
        mean = evidence.mean()[row["key"]]
        assert row["ceg"] == pytest.approx(10 ** (mean / 2), rel=0.03)
        assert row["low"] == pytest.approx(10 ** (mean / 5), rel=0.05)
        assert 10**mean * 0.97 <= row["high"] <= 10 ** evidence.max()[row["key"]] * 1.03
        assert "http" in row["source"]
        assert row["note"].startswith("Ours.")
        assert "2024-01" <= row["date"] <= "2026-12"
        assert row["category"] in writeup_table().categories


def test_the_effect_is_that_of_the_rows() -> None:
    assert page.written(TEXT, "effect").equals(page.effect().astype(str))
    first, *_, last = page.effect().to_dict("records")
    assert (first["total CEG"], first["OOM a year since 2020-05"]) == ("45,518", "1.05")
    assert float(last["log10"]) > float(first["log10"])
    assert float(last["OOM a year since 2020-05"]) < 1.05


def test_scores_of_the_second_table_are_the_published_ones() -> None:
    """Checksums that a reader can take from the published table: means over six benchmarks."""
    with (page.ROOT / "examples" / "qwen2.5-rl.csv").open() as file:
        assert len(list(csv.reader(file))) == 61
    one = RL[(RL["model"] == "Qwen2.5-7B") & (RL["benchmark"] != "aime24")]
    means = one.groupby("stack")["score"].sum()
    # Published averages are over six, with AIME's single run: 3.3 and 20.0.
    assert (means["base"] + 3.3) / 6 == pytest.approx(40.3, abs=0.05)
    assert (means["rl_reasoning"] + 20.0) / 6 == pytest.approx(55.2, abs=0.05)
    assert set(RL["source"]) == {"hkust-nlp/simpleRL-reason@9b928d4 README.md"}


def test_the_pooled_mean_is_the_sum_by_hand() -> None:
    frame = page.written(TEXT, "by_hand")
    own = frame[frame["benchmark"] != "sum"].set_index("benchmark").astype(float, errors="ignore")
    weight = pd.to_numeric(own["weight"])
    values = pd.to_numeric(own["log10 CEG"])
    mean = float((weight * values).sum() / weight.sum())
    (said,) = re.findall(r"report gives is \*\*([\d.]+)\*\* \(([\d.]+) to ([\d.]+)\)", TEXT)
    assert 10**mean == pytest.approx(float(said[0]), rel=0.01)
    number = {"benchmark": list(own.index), "log10 CEG": values, "weight": weight}
    _, low, high = page.hand_mean(pd.DataFrame(number))
    assert (10**low, 10**high) == pytest.approx((float(said[1]), float(said[2])), rel=0.03)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of the example, by the command of the page."""
    folder = tmp_path_factory.mktemp("qwen")
    scores = folder / "qwen.csv"
    RL[THOROUGH | RL["benchmark"].isin(QUICK)].to_csv(scores, index=False)
    report = folder / "report-qwen"
    replicates = str(size(2000, 100))
    assert main(["analyze", str(scores), "-o", str(report), "--replicates", replicates]) == 0
    return report


def test_gains_are_those_of_a_fresh_analysis(fresh: Path) -> None:
    said = page.written(TEXT, "cegs").set_index("benchmark")
    found = pd.read_csv(fresh / "tables" / "cegs.csv")
    assert len(found) == (6 if THOROUGH else 1)
    for _, row in found.iterrows():
        point = numbers(said.loc[row["benchmark"], "CEG"])[0]
        if np.isfinite(point):
            assert point == pytest.approx(row["ceg"], rel=0.03), row["benchmark"]


def test_the_headline_is_that_of_the_command() -> None:
    said = re.search(
        r"a median of ([\d.]+) OOM at the end of 2026, and 95% of the draws between\s+"
        r"([\d.]+) and (\d+\.\d+)",
        TEXT,
    )
    assert said is not None
    drawn = np.quantile(forecast().total_at("2026-12"), [0.5, 0.025, 0.975])
    assert list(map(float, said.groups())) == pytest.approx(drawn, abs=0.051)


def test_every_question_is_a_command() -> None:
    (block,) = re.findall(r"<!-- questions -->\n\n(.*?)\n\n<!-- end -->", TEXT, re.DOTALL)
    commands = re.findall(r"\| `(pte forecast[^`]*)` \|", block)
    assert len(commands) == len(block.split("\n")) - 2
    whole = TEXT.replace("\\\n", " ")  # a command may go on in the next line
    commands += re.findall(r"^(pte forecast.*?)(?: +#.*)?$", whole, re.MULTILINE)
    parser = argparse.ArgumentParser()
    verb.add_arguments(parser)
    for command in commands:
        parser.parse_args(shlex.split(command)[2:])
