"""A check that hangs, crashes or raises costs itself alone; what is shown gives nobody away."""

from __future__ import annotations

import getpass
import os
import platform
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import psutil
import pytest

from harness.doctor import rooms
from harness.doctor.contract import Asked, Check, Finding, Status, fail, ok
from harness.doctor.running import Outcome, outcomes
from harness.doctor.summary import as_data, markdown, redacted
from tests.doctor.toy_checks import CHECKS

ROOT = Path(__file__).parents[2]
TOYS = """
import harness.doctor.rooms as rooms
from tests.doctor.toy_checks import CHECKS
rooms.OWN = CHECKS
rooms.entry_points = lambda group: []
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What came of the toys, each made in a real process that knows them."""
    folder = tmp_path_factory.mktemp("toys")
    (folder / "sitecustomize.py").write_text(TOYS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{folder}:{ROOT}")
        begun: list[str] = []
        found = list(outcomes(CHECKS, Asked(), lambda check: begun.append(check.name)))
    assert begun == [check.name for check in CHECKS]
    return {each.check.name: each for each in found}


def test_every_check_comes_to_something(made: dict[str, Outcome]) -> None:
    assert [name for name, each in made.items() if each.finding.status is Status.OK] == [
        *("fine", "fine again", "fine at last", "fine alone", "noisy", "content"),
    ]


def test_a_group_shares_a_process_until_one_is_lost(made: dict[str, Outcome]) -> None:
    first, second, last, alone = (
        made[name].finding for name in ("fine", "fine again", "fine at last", "fine alone")
    )
    assert first.figures["pid"] == second.figures["pid"]
    assert (first.what[-8:], second.what[-8:], last.what[-8:]) == (
        "1 so far",
        "2 so far",
        "1 so far",
    )
    assert len({each.figures["pid"] for each in (first, last, alone)}) == 3


def test_one_that_hangs_is_ended_with_all_that_it_started(made: dict[str, Outcome]) -> None:
    hung = made["hanging"]
    assert hung.finding.status is Status.FAIL
    assert "no end after 8 s" in hung.finding.what
    child = int(hung.log.split()[-1])
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie"


def test_one_that_raises_says_what_and_keeps_the_end_of_its_log(made: dict[str, Outcome]) -> None:
    assert made["raising"].finding.what == "ValueError: a bug"
    assert "the cause stands here" in made["raising"].log
    assert made["leaving"].finding.what == "SystemExit: 3"


def test_one_that_crashes_names_the_signal(made: dict[str, Outcome]) -> None:
    assert made["crashing"].finding.what == "its process ended: killed by SIGSEGV"
    assert made["needing"].finding.status is Status.SKIP
    assert "'crashing' failed" in made["needing"].finding.what


def test_other_packages_declare_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("toys", "tests.doctor.toy_checks:CHECKS", rooms.GROUP),
        EntryPoint("broken", "tests.doctor.nowhere:CHECKS", rooms.GROUP),
    ]
    monkeypatch.setattr(rooms, "entry_points", lambda group: points)
    found = {check.name: check for check in rooms.checks()}
    assert {*found} >= {"python", "fine", "hanging", "broken"}
    result = found["broken"].run(Asked())
    assert result.status is Status.FAIL
    assert "install its package again" in result.mend


def test_a_name_names_one_check_and_smoke_comes_last() -> None:
    there = rooms.checks()
    names = [check.name for check in there]
    assert len(set(names)) == len(names)
    assert all(check.needs in names[: names.index(check.name)] for check in there if check.needs)
    smoke = [check.smoke for check in there]
    assert smoke == sorted(smoke)


# What is shown

SECRET_VALUES = {"WANDB_API_KEY": "0123456789abcdef", "MY_PASSWORD": "correct horse"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"cannot write {Path.home()}/runs/x", "cannot write ~/runs/x"),
        ("see /home/alice/data, /Users/bob.", "see ~/data, ~"),
        ("key 0123456789abcdef refused", "key SECRET refused"),
        ("correct horse, hf_AbCdEfGhIjKl", "SECRET, SECRET"),
        ("http://carol:pw@mirror.lab/x", "http://mirror.lab/x"),
        ("bound to 10.1.2.3 and 127.0.0.1, driver 580.65.06", "bound to ADDRESS and 127.0.0.1"),
        ("node gpu-17 of account lab42", "node HOST of account HOST"),
        ("user zoe at zoe-s folder", "user USER at zoe-s folder"),
        (f"on {platform.node()}:8000", "on HOST:8000"),
    ],
)
def test_what_gives_somebody_away_is_taken_out(text: str, expected: str) -> None:
    environment = {
        **SECRET_VALUES,
        "SLURMD_NODENAME": "gpu-17",
        "SLURM_JOB_ACCOUNT": "lab42",
        "USER": "zoe",
    }
    assert redacted(text, environment).startswith(expected)


def test_the_user_s_name_is_taken_out() -> None:
    assert redacted(f"started by {getpass.getuser()}.", {}) == "started by USER."


def outcome(finding: Finding, log: str = "") -> Outcome:
    return Outcome(Check("toy", lambda _: finding), finding, 1.25, log)


def test_the_block_is_a_table_that_nothing_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "s3cret-token")
    found = fail("a | b\nc <d> s3cret-token", "mend\nthis", folder=f"{Path.home()}/x")
    block = markdown([outcome(ok("fine")), outcome(found, "```\nTraceback\ns3cret-token")])
    rows = [line for line in block.splitlines() if line.startswith("| ")]
    assert rows[-1] == "| FAIL | toy | a \\| b c &lt;d> SECRET. Mend: mend this | 1.2 |"
    assert "s3cret-token" not in block
    assert block.count("```") == 2
    assert block.startswith("### pte doctor: 1 ok, 1 FAIL")
    data = as_data([outcome(found)])
    assert data["failed"] == ["toy"]
    assert data["checks"][0]["figures"] == {"folder": "~/x"}
    assert "s3cret-token" not in str(data)


def test_a_machine_without_the_packages_says_which(tmp_path: Path) -> None:
    """`pte` with a Python that has none of what it needs."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import pte_entry; raise SystemExit(pte_entry.main())"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("pte: the package '")
    assert "pip install -e ." in done.stderr
    assert "Traceback" not in done.stderr
