"""Verbs that other packages declare."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.cli import main as command
from harness.cli.main import VERBS, main
from harness.errors import UserError

ROOT = Path(__file__).resolve().parents[2]


def verb(name: str, words: str | None, **changes: Any) -> ModuleType:
    """A verb as a module: an option, and words or none."""

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("-o")
        if words:
            parser.add_argument(words, nargs="*")

    def execute(options: argparse.Namespace) -> int:
        asked.append(vars(options))
        return 0

    asked: list[dict[str, Any]] = []
    module = ModuleType(name)
    message = {"SUMMARY": f"{name} takes 5% off", "DESCRIPTION": f"Does {name}.", "asked": asked}
    vars(module).update(message, add_arguments=add_arguments, execute=execute, **changes)
    return module


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Declares modules as verbs of other packages; None is a module that is not there."""

    def put(**modules: ModuleType | None) -> None:
        points = []
        for name, module in modules.items():
            if module is not None:
                monkeypatch.setitem(sys.modules, f"fake_{name}", module)
            points.append(EntryPoint(name, f"fake_{name}", command.GROUP))
        monkeypatch.setattr(command, "entry_points", lambda group: points)

    return put


def test_a_declared_verb_is_found_and_run(declare: Any) -> None:
    further = verb("further", None)
    declare(further=further)
    assert main(["further", "-o", "x"]) == 0
    assert [options["o"] for options in further.asked] == ["x"]


@pytest.mark.parametrize("words", ["runs", "overrides"])
def test_its_words_may_stand_on_either_side_of_an_option(declare: Any, words: str) -> None:
    further = verb("further", words)
    declare(further=further)
    assert main(["further", "a", "-o", "x", "b"]) == 0
    assert further.asked[0][words] == ["a", "b"]


@pytest.mark.parametrize("given", [["word"], ["-o", "x", "word"], ["--nonsense"]])
def test_a_verb_without_words_takes_none(
    declare: Any, capsys: pytest.CaptureFixture[str], given: list[str]
) -> None:
    further = verb("further", None)
    declare(further=further)
    with pytest.raises(SystemExit) as ended:
        main(["further", *given])
    assert ended.value.code == 2
    assert f"unrecognized arguments: {given[-1]}" in capsys.readouterr().err
    assert not further.asked


def test_help_lists_them_after_our_own_by_name(
    declare: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(zeta=verb("zeta", None), alpha=verb("alpha", None))
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.strip()]
    places = [listed.index(name) for name in (*VERBS, "alpha", "zeta")]
    assert places == sorted(places)


def test_one_that_cannot_be_imported_costs_no_other(
    declare: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = verb("sound", None)
    declare(broken=None, sound=sound)
    assert main(["sound"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["broken", "runs", "-o", "x"]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("pte: the verb broken cannot be loaded: ModuleNotFoundError")
    assert "fake_broken" in printed


def test_our_own_verbs_import_none_and_are_never_replaced(
    declare: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    other = verb("status", "runs")
    declare(status=other, broken=None)
    assert main(["status", str(tmp_path)]) == 2
    assert "no run in" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = capsys.readouterr().out
    assert VERBS["status"].SUMMARY in " ".join(listed.split())
    assert other.SUMMARY not in listed
    assert not other.asked


def test_an_error_that_the_user_can_mend_is_one_message(
    declare: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(options: argparse.Namespace) -> int:
        raise UserError("no such thing: make one")

    module = verb("further", None)
    module.execute = refuse  # type: ignore[attr-defined]
    declare(further=module)
    assert main(["further"]) == 2
    assert capsys.readouterr().err == "pte: no such thing: make one\n"


def test_a_reader_that_goes_away_is_no_fault() -> None:
    command_line = [sys.executable, str(ROOT / "pte_entry.py"), "settings", "engine.vllm"]
    with subprocess.Popen(
        command_line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 141
