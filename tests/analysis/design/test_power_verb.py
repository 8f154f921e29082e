"""`pte power` as a user meets it."""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path

import pytest

from analysis.cli import power
from analysis.design.assumptions import Design, DesignAssumptions, truth
from harness.errors import UserError
from tests.analysis.simulated_records import write_records

SMALL = ["--rungs", "3,5", "--items", "100,400", "--draws", "1,2"]


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    power.add_arguments(parser)
    return power.execute(parser.parse_args(list(arguments)))


def test_a_wanted_half_width_gives_the_cheapest_design(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(*SMALL, "--half-width", "0.25") == 0
    message = capsys.readouterr().out
    assert message.startswith("assumed: slope 1.2")
    assert "take * 5 rungs" in message
    assert "a factor of 1." in message


def test_a_factor_is_a_half_width(capsys: pytest.CaptureFixture[str]) -> None:
    run(*SMALL, "--factor", "1.7782794")
    by_factor = capsys.readouterr().out
    run(*SMALL, "--half-width", "0.25")
    assert capsys.readouterr().out == by_factor


def test_a_budget_gives_the_most_precise_design(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*SMALL, "--on", "exponent", "--budget", "9000", "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 8
    (taken,) = [row for row in rows if row["take"]]
    others = [r["exponent +-"] for r in rows if r["attempts"] <= 9000 and r["exponent +-"]]
    assert taken["exponent +-"] == min(others)
    assert taken["arms"] == 4


def test_csv_has_every_design_and_its_flop(capsys: pytest.CaptureFixture[str]) -> None:
    run(*SMALL, "--parameters", "1e8,1e10", "--tokens", "300", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 8
    flop = [float(row["FLOP"]) for row in rows]
    assert flop == sorted(flop)


def test_out_of_reach_is_told_with_the_closest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*SMALL, "--half-width", "0.01") == 1
    assert "no design here reaches 0.01; the closest: 5 rungs" in capsys.readouterr().out


def test_check_prints_both(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(power, "SIMULATIONS", 5)
    run("--rungs", "5", "--items", "200", "--draws", "1", "--half-width", "0.5", "--check")
    (line,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("ceg: expected")]
    assert float(line.split()[-1]) > 0


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
    ],
)
def test_what_cannot_be_is_named(arguments: list[str], named: str) -> None:
    with pytest.raises(UserError, match=named):
        run(*arguments)
