import json
import re
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from analysis import pipeline
from analysis.ceg.ladder import LadderFit
from analysis.cli import analyze
from analysis.composability.total import FittedM, fit_m
from analysis.reading import items, lines
from analysis.report import report
from harness.cli import main as command
from harness.cli.main import main

HEAD = "model,family,stage,training_flop,benchmark,stack,score,n,task_type\n"
LADDER = HEAD + "".join(
    f"m{place},f,base,{flop},bench,{stack},{score},400,math\n"
    for place, flop, base, more in (
        (1, 1e20, 20, 30),
        (2, 1e21, 40, 52),
        (3, 1e22, 60, 70),
        (4, 1e23, 78, 86),
    )
    for stack, score in (("base", base), ("few_shot", more))
)
PAIR = HEAD + (
    "6B,g,ft,1.2e22,gsm8k,base,21.68,1319,math\n175B,g,ft,3.1e23,gsm8k,base,34.72,1319,math\n"
    "6B,g,ft,1.2e22,gsm8k,verification,39.04,1319,math\n"
)


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verb, whether the installed package's metadata is of this checkout or older."""
    point = EntryPoint("analyze", "analysis.cli.analyze", command.GROUP)
    monkeypatch.setattr(command, "entry_points", lambda group: [point])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scores.csv").write_text(LADDER)
    (tmp_path / "pair.csv").write_text(PAIR)
    return tmp_path


def run(*arguments: str) -> int:
    return main(["analyze", *arguments, "--replicates", "100"])


def test_scores_become_a_report(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("scores.csv", "-o", "out/deep") == 0
    out = here / "out" / "deep"
    assert sorted(path.name for path in out.iterdir()) == sorted(analyze.OURS)
    content = json.loads((out / "estimates.json").read_text())
    ceg = next(e for e in content["estimates"] if e["id"] == "bench/ceg/few_shot")
    assert ceg["status"] == "interpolated"
    assert 0 < ceg["low"] < ceg["point"] < ceg["high"]
    assert content["generated"]["inputs"] == ["scores.csv"]
    printed = capsys.readouterr()
    assert "few_shot" in printed.out
    assert "report: out/deep/report.html" in printed.out
    assert "writing the report" in printed.err


def test_two_rungs_give_a_bound_and_no_ceg(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pair.csv") == 0
    assert "no ladder, so no CEG" in capsys.readouterr().out
    page = (here / "report" / "report.html").read_text()
    answer = page[page.index("The answer in short</h2>") : page.index("What was measured</h2>")]
    assert "CEG at least, by model" in answer
    assert "25.8 for 6B" in answer


def test_an_earlier_report_is_replaced_and_the_rest_left(here: Path) -> None:
    run("pair.csv")
    (here / "report" / "notes.txt").write_text("mine")
    (here / "report" / "plots" / "old.svg").write_text("old")
    assert run("pair.csv") == 0
    assert (here / "report" / "notes.txt").read_text() == "mine"
    assert not (here / "report" / "plots" / "old.svg").exists()


def test_a_failed_write_leaves_the_earlier_report(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("pair.csv")
    before = (here / "report" / "report.html").read_bytes()

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(report, "write_tables", broken)
    with pytest.raises(OSError, match="disk full"):
        run("pair.csv")
    assert (here / "report" / "report.html").read_bytes() == before
    assert sorted(path.name for path in (here / "report").iterdir()) == sorted(analyze.OURS)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["scores.csv", "--form", "cubic"], "unknown form 'cubic': choose one of logistic"),
        (["scores.csv", "--replicates", "99"], "--replicates 99 is too few"),
        (["scores.csv", "--seed", "-1"], "--seed -1 is negative"),
        (["scores.csv", "--margin", "0"], "--margin 0 is not a positive number"),
        (["scores.csv", "--margin", "nan"], "--margin nan is not a positive number"),
        (["nowhere"], "there is no nowhere: give a run's folder, a CSV"),
        ([], "there is no runs: start one with 'pte run'"),
        (["scores.csv", "-o", "scores.csv"], "scores.csv is a file: name a folder with -o"),
        (["scores.csv", "-o", "scores.csv/deep"], "scores.csv is a file"),
    ],
)
def test_bad_requests_are_refused_before_any_work(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.setattr("analysis.reading.records.read", lambda *_, **__: pytest.fail("worked"))
    assert main(["analyze", *arguments]) == 2
    assert told in " ".join(capsys.readouterr().err.split())
    assert sorted(path.name for path in here.iterdir()) == ["pair.csv", "scores.csv"]


def test_files_of_others_are_not_replaced(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "plots").mkdir()
    (here / "plots" / "mine.svg").write_text("mine")
    assert run("scores.csv", "-o", ".") == 2
    assert ". holds plots that 'pte analyze' did not write" in capsys.readouterr().err
    assert (here / "plots" / "mine.svg").exists()


def test_the_command_in_the_report_can_be_run_again(here: Path) -> None:
    run("pair.csv", "--margin", "0.3", "--mixed-families")
    page = (here / "report" / "report.html").read_text()
    assert (
        "<code>pte analyze pair.csv -o report --form logistic --replicates 100 --seed 0 "
        "--margin 0.3 --mixed-families</code>"
    ) in page


def test_one_experiment_that_fails_loses_none_of_the_others(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "scores.csv").write_text(LADDER + LADDER.removeprefix(HEAD).replace("bench", "other"))
    sound = fit_m

    def fails(fit: LadderFit) -> FittedM | None:
        if fit.experiment.name == "bench":
            raise FloatingPointError("no way")
        return sound(fit)

    monkeypatch.setattr(pipeline, "fit_m", fails)
    assert run("scores.csv", "-o", "out") == 1
    content = json.loads((here / "out" / "estimates.json").read_text())
    assert {e["experiment"] for e in content["estimates"] if e["kind"] == "ceg"} == {"other"}
    (finding,) = [f for f in content["findings"] if f["experiment"] == "bench"]
    assert "FloatingPointError: no way" in finding["message"]
    assert "FloatingPointError: no way" in (here / "out" / "report.html").read_text()
    assert "other: 2 arms on 4 rungs" in capsys.readouterr().out


def test_arms_beyond_all_that_the_base_can_score_are_reported(here: Path) -> None:
    """A base that levels off, and an arm that scores more than it ever will."""
    rows = [
        (flop, stack, score)
        for flop, base, more in (
            (1e20, 60, 58),
            (3e20, 74, 78),
            (7e20, 81, 89),
            (2.5e21, 86.5, 92),
            (5e21, 88.2, 94.3),
            (1.2e22, 89.7, 95.1),
            (2.1e22, 90.2, 95.3),
        )
        for stack, score in (("base", base), ("few_shot", more))
    ]
    text = "".join(f"m{flop:g},f,base,{flop},quiz,{s},{p},1000,qa\n" for flop, s, p in rows)
    (here / "levels.csv").write_text(HEAD + text)
    assert run("levels.csv", "-o", "out") == 0
    content = json.loads((here / "out" / "estimates.json").read_text())
    ceg = next(e for e in content["estimates"] if e["id"] == "quiz/ceg/few_shot")
    assert ceg["status"] == "right_censored"
    assert "on 4 of 7 rungs" in ceg["reason"]
    assert not [f for f in content["findings"] if "ended with an error" in f["message"]]
    assert "ended with an error" not in (here / "out" / "report.html").read_text()


def test_a_pair_with_an_arm_that_solves_all_is_reported(here: Path) -> None:
    rows = [line.rsplit(",", 4) for line in LADDER.splitlines()[1:]]
    more = [
        f"{model_to_benchmark},{stack},100,400,math\n"
        for model_to_benchmark, base, *_ in rows
        if base == "base"
        for stack in ("vote", "few_shot+vote")
    ]
    (here / "solved.csv").write_text(LADDER + "".join(more))
    assert run("solved.csv", "-o", "out") == 0
    page = (here / "out" / "report.html").read_text()
    assert "ended with an error" not in page
    assert "No interactions plot" in page
    content = json.loads((here / "out" / "estimates.json").read_text())
    of = {e["kind"]: e["status"] for e in content["estimates"]}
    assert of["interaction"] == of["exponent"] == "refused"


def test_help_names_what_is_written_and_read(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["analyze", "--help"])
    message = capsys.readouterr().out
    assert all(name in message for name in analyze.OURS)
    told = set(re.findall(r"\w+", message))
    assert told >= {*lines.NEEDED, *lines.OPTIONAL, *items.NEEDED, *items.OPTIONAL}
