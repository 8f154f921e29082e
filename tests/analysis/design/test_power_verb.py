"""`pte power` as a user meets it."""

from __future__ import annotations

import argparse
import csv
import io
import json
from math import nan
from pathlib import Path

import pytest

from analysis.cli import power
from analysis.curves import compare
from analysis.design import choose
from analysis.design.assumptions import Design, DesignAssumptions, truth
from harness.errors import UserError
from tests.analysis.simulated_records import write_records

SMALL = ["--rungs", "3,5", "--items", "60,200", "--draws", "1,2"]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "SEARCHED", 10)
    monkeypatch.setattr(choose, "EXPERIMENTS", 10)


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    power.add_arguments(parser)
    return power.execute(parser.parse_args(list(arguments)))


def test_a_wanted_half_width_gives_the_cheapest_design(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(*SMALL, "--half-width", "0.35") == 0
    message = capsys.readouterr().out
    assert message.startswith("assumed: slope 1.2")
    assert "take * 5 rungs" in message
    assert "a factor of 1." in message


def test_a_factor_is_a_half_width(capsys: pytest.CaptureFixture[str]) -> None:
    run(*SMALL, "--factor", "2.2387211")
    by_factor = capsys.readouterr().out
    run(*SMALL, "--half-width", "0.35")
    assert capsys.readouterr().out == by_factor


def test_a_budget_gives_the_most_precise_design(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*SMALL, "--on", "exponent", "--budget", "4500", "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 8
    (taken,) = [row for row in rows if row["take"]]
    simulated = [r for r in rows if r["attempts"] <= 4500 and r["experiments"]]
    assert {r["rungs"] for r in simulated} == {3, 5}
    widths = [r["exponent +-"] for r in simulated if r["exponent +-"] is not None]
    assert taken["exponent +-"] == min(widths)
    assert taken["arms"] == 4
    assert 0 <= taken["substitutes seen"] <= 1
    assert taken["exponent refused"] + taken["exponent unbounded"] <= 1


def test_csv_has_every_design_and_its_flop(capsys: pytest.CaptureFixture[str]) -> None:
    run(*SMALL, "--parameters", "1e8,1e10", "--tokens", "300", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 8
    flop = [float(row["FLOP"]) for row in rows]
    assert flop == sorted(flop)


def test_out_of_reach_is_told_with_the_closest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*SMALL, "--half-width", "0.01") == 1
    assert "no design here reaches 0.01; the closest: 5 rungs" in capsys.readouterr().out


def test_check_analyses_experiments_one_by_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(power, "SIMULATIONS", 1)
    monkeypatch.setattr(compare, "leave_one_out", lambda *of: nan)
    run("--rungs", "3", "--items", "100", "--draws", "1", "--half-width", "5", "--check")
    (line,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("checked, one")]
    assert "(1 simulated)" in line


def test_power_gives_the_cheapest_design_that_sees_what_is_assumed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    strong = ["--ceg", "30", "--ceg2", "30"]
    assert run(*SMALL, "--target", "exponent", "--power", "0.5", *strong) == 0
    message = capsys.readouterr().out.splitlines()[-1]
    assert message.startswith("take *")
    assert "of experiments show the verdict substitutes (10 simulated)" in message


def test_an_interaction_within_the_margin_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--rungs", "3", "--items", "60", "--draws", "1"]
    assert run(*few, "--target", "exponent", "--power", "0.9") == 1
    out = capsys.readouterr().out
    assert "no design here reaches power 0.9; the closest: 3 rungs" in out
    assert "interaction of -0.144 logits lies within the margin of 0.2" in out
    run(*few, "--target", "exponent", "--power", "0.9", "--margin", "0.1")
    assert "within the margin" not in capsys.readouterr().out


def test_assurance_stands_in_its_own_column(capsys: pytest.CaptureFixture[str]) -> None:
    wide = ["--rungs", "5", "--items", "60,200", "--draws", "1"]
    assert run(*wide, "--half-width", "0.9", "--assurance", "0.7", "--format", "json") == 0
    (taken,) = [row for row in json.loads(capsys.readouterr().out) if row["take"]]
    assert taken["log10 CEG +-"] <= taken["log10 CEG +- (70%)"] <= 0.9
    assert 0 <= taken["CEG seen"] <= 1
    assert taken["experiments"] == 10


def test_assumptions_come_from_a_run_and_options_go_before_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = DesignAssumptions(slope=2.0, base=0.5, rung_sd=0.0, interaction_sd=0.0)
    write_records(truth(Design.even(4, 2.0, 200), given), tmp_path, 0)
    run(*SMALL, "--from", str(tmp_path), "--item-sd", "1.25")
    assumed = capsys.readouterr().out.splitlines()[0]
    values = dict(part.split() for part in assumed.removeprefix("assumed: ").split(", "))
    assert 1.5 < float(values["slope"]) < 2.6
    assert float(values["item_sd"]) == 1.25
    assert float(values["base"]) == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--budget", "-1"], "--budget"),
        (["--half-width", "0"], "--half-width"),
        (["--factor", "0.9"], "--factor"),
        (["--factor", "2", "--half-width", "0.1"], "--factor"),
        (["--on", "exponent", "--arms", "2"], "--arms"),
        (["--rungs", "1,2"], "3 rungs"),
        (["--base", "0.1", "--chance", "0.25"], "chance"),
        (["--from", "nowhere"], "nowhere"),
        (["--span", "0"], "OOM"),
        (["--seed", "-1"], "--seed"),
        (["--power", "1.2"], "--power"),
        (["--power", "0.8", "--ceg", "1"], "--ceg"),
        (["--assurance", "0"], "--assurance"),
        (["--power", "0.8", "--assurance", "0.8"], "--half-width"),
        (["--experiments", "0"], "--experiments"),
        (["--margin", "-1"], "--margin"),
    ],
)
def test_what_cannot_be_is_named(arguments: list[str], named: str) -> None:
    with pytest.raises(UserError, match=named):
        run(*arguments)
