"""`pte doctor` as a user calls it."""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.cli import doctor as verb
from harness.cli.main import main
from harness.doctor.contract import Asked, Check
from harness.doctor.rooms import checks
from harness.doctor.running import Outcome

ROOT = Path(__file__).parents[2]
QUICK = "python,packages,disk,clock,ports"


def doctor(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness.cli.main", "doctor", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **environment},
        capture_output=True,
        text=True,
    )


def test_a_line_a_check_then_a_block_for_an_issue(tmp_path: Path) -> None:
    token = "nobody-may-see-this"
    done = doctor(
        *("--only", QUICK, "--json", "found.json", "runs=runs"), folder=tmp_path, HF_TOKEN=token
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines, _, block = done.stdout.partition("To paste into an issue:")
    stated = re.findall(r"^(ok|warn|FAIL|skip) +(\S+)", lines, re.MULTILINE)
    assert [name for _, name in stated] == QUICK.split(",")
    assert "### pte doctor: " in block
    found = json.loads((tmp_path / "found.json").read_text())
    assert [check["name"] for check in found["checks"]] == QUICK.split(",")
    assert found["failed"] == []
    text = block + json.dumps(found)
    names = {token, str(Path.home()), platform.node(), getpass.getuser()}
    assert not [name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]
    assert not (tmp_path / "runs").exists()


def test_what_fails_makes_the_exit_code_and_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = doctor("--only", "files,data,clock", "runs=file/runs", folder=tmp_path, PTE_DATA="gone")
    assert done.returncode == 1
    stated = re.findall(r"^(ok|warn|FAIL|skip) +(\S+)", done.stdout, re.MULTILINE)
    assert stated == [("FAIL", "data"), ("FAIL", "files"), ("ok", "clock")]
    assert "-> set runs=FOLDER" in done.stdout


def test_a_bare_word_is_a_model(tmp_path: Path) -> None:
    words = ("pocket_00080_a", "context_window=384", "engine=transformers")
    done = doctor(*words, "--only", "memory,hub", folder=tmp_path, HF_HUB_OFFLINE="1")
    assert done.returncode == 0, done.stdout
    assert "pocket_00080_a: " in done.stdout
    assert "HF_HUB_OFFLINE" in done.stdout
    done = doctor("llama3_1_405b", "--only", "memory,hub", folder=tmp_path, HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    assert "FAIL  memory  llama3_1_405b needs 756 GiB" in done.stdout
    assert "hf download" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "nonsense"], "--only nonsense: there is no such check; there are python"),
        (["nosuchmodel"], "there is no such model"),
        (["engine.dtype=float99"], "engine.dtype"),
        (["--json", "no/folder/found.json"], "there is no folder no/folder"),
    ],
)
def test_wrong_words_end_before_anything_is_tried(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", *words]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""


def test_quick_leaves_the_smoke_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def outcomes(chosen: Sequence[Check], *_: object) -> list[Outcome]:
        asked.extend(check.name for check in chosen)
        return []

    monkeypatch.setattr(verb, "outcomes", outcomes)
    assert main(["doctor", "--quick"]) == 0
    assert {"python", "sandbox", "files", "wandb"} <= {*asked}
    smoke = {check.name for check in checks() if check.smoke}
    assert not smoke & {*asked}


def test_the_engine_is_transformers_where_there_is_no_vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(verb, "find_spec", lambda name: None)

    def outcomes(_: object, given: Asked, __: object) -> list[Outcome]:
        asked.append(given.words)
        return []

    monkeypatch.setattr(verb, "outcomes", outcomes)
    assert main(["doctor"]) == 0
    assert main(["doctor", "engine=server", "engine.urls=[http://127.0.0.1:1]"]) == 0
    assert asked[0] == ("engine=transformers",)
    assert "engine=transformers" not in asked[1]


def test_ctrl_c_says_what_was_seen_so_far(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import harness.doctor.rooms as rooms\n"
        "from tests.doctor.toy_checks import CHECKS\n"
        "rooms.OWN = [check for check in CHECKS if check.name in ('fine', 'hanging')]\n"
        "rooms.entry_points = lambda group: []\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli.main", "doctor"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ok    fine")
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "1 ok. To paste into an issue" in out
    assert "Traceback" not in err
