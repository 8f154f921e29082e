"""The virtual environment: kept, made anew, or refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from installer import main, venv
from installer.choice import choose
from installer.errors import InstallError
from installer.machine import look


def test_one_of_this_python_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", "/nothing/that/could/make/one")
    venv.make(tmp_path)
    assert python.is_symlink()


def test_a_folder_of_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InstallError, match="is no virtual environment"):
        venv.make(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'The virtual environment was not created: ensurepip is not available.'", "-venv"),
        ("echo '/usr/bin/python3: No module named venv' >&2", "apt install python3"),
        ("echo 'OSError: [Errno 28] No space left on device' >&2", "No space left"),
    ],
)
def test_what_python_lacks_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    python = tmp_path / "python3"
    python.write_text(f"#!/bin/sh\n{script}\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(InstallError, match=words):
        venv.make(tmp_path / ".venv")
    assert not (tmp_path / ".venv").exists()


def test_one_message_and_no_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([str(tmp_path), "--stack", "cuda"]) == 1
    assert capsys.readouterr().err == "install: STACK=cuda: choose one of auto, cpu, gpu\n"


def test_a_full_disk_is_said_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1e9})())
    with pytest.raises(InstallError, match=r"1\.0 GB free, and this needs 3"):
        main._refuse_full_disk(tmp_path, choose(look(), "cpu"))
