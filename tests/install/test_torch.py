"""Where torch comes from, and the libraries of a build that needs them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from installer import imports, pip, torch
from installer.choice import CPU
from installer.errors import InstallError
from installer.imports import Trouble

PIN = Path(__file__).parents[2] / "requirements" / "torch.txt"
LACKING = Trouble("torch", "its library libcudnn.so.9 is missing", lacks_cuda=True)


class _Index(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/there/" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def index() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_index_answers_or_not(index: str) -> None:
    assert pip.answers(f"{index}/there/")
    assert not pip.answers(f"{index}/nothing/")
    assert not pip.answers("http://127.0.0.1:9/")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What pip is asked to install; it always can."""
    calls: list[tuple[str, ...]] = []

    def install(venv: Path, *arguments: str) -> bool:
        calls.append(arguments)
        return True

    monkeypatch.setattr(pip, "install", install)
    monkeypatch.setattr(torch, "installed", lambda *_: None)
    monkeypatch.setattr(torch, "install", install)
    return calls


def test_the_cpu_index_comes_first(
    asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(torch, "answers", lambda url: url == f"{torch.CPU_INDEX}/torch/")
    torch.install_torch(tmp_path, PIN, CPU)
    assert asked == [("--no-deps", "--index-url", torch.CPU_INDEX, "-r", str(PIN))]


def test_without_it_pip_looks_where_it_always_does(
    asked: list[tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(torch, "answers", lambda url: False)
    torch.install_torch(tmp_path, PIN, CPU)
    assert asked == [("--no-deps", "-r", str(PIN))]
    assert "is not reached" in capsys.readouterr().out


def test_macos_and_gpus_do_not_ask_for_cpu_builds(
    asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(torch, "answers", lambda url: pytest.fail(f"asked {url}"))
    torch.install_torch(tmp_path, PIN, replace(CPU, cpu_torch=False))
    assert asked == [("--no-deps", "-r", str(PIN))]


def test_one_that_is_there_is_kept(
    asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pinned = PIN.read_text().strip().removeprefix("torch==")
    monkeypatch.setattr(torch, "answers", lambda url: False)
    monkeypatch.setattr(torch, "installed", lambda *_: pinned)
    torch.install_torch(tmp_path, PIN, CPU)
    assert asked == []
    monkeypatch.setattr(torch, "installed", lambda *_: "2.1.0")
    torch.install_torch(tmp_path, PIN, CPU)
    assert asked != []


def test_the_version_is_read_without_its_build(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\necho 2.13.0+cpu\n")
    python.chmod(0o755)
    assert pip.installed(tmp_path, "torch") == "2.13.0"
    python.write_text("#!/bin/sh\nexit 1\n")
    assert pip.installed(tmp_path, "torch") is None


def _troubles(monkeypatch: pytest.MonkeyPatch, *found: Trouble | None) -> None:
    left = list(found)
    monkeypatch.setattr(torch, "trouble", lambda *_: left.pop(0))


def test_a_cuda_build_gets_its_libraries(
    asked: list[tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _troubles(monkeypatch, LACKING, None)
    torch.complete_torch(tmp_path, PIN)
    assert asked == [("-r", str(PIN))]  # with what it depends on
    assert "2.2 GB" in capsys.readouterr().out


def test_a_build_that_imports_is_left_alone(
    asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _troubles(monkeypatch, None)
    torch.complete_torch(tmp_path, PIN)
    assert asked == []


def test_what_libraries_do_not_mend_ends_it(
    asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _troubles(monkeypatch, LACKING, LACKING)
    with pytest.raises(InstallError, match=r"libcudnn\.so\.9"):
        torch.complete_torch(tmp_path, PIN)
    _troubles(monkeypatch, imports.explain("torch", 1, "ValueError: odd"))
    with pytest.raises(InstallError, match="odd"):
        torch.complete_torch(tmp_path, PIN)


def test_pips_failure_is_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    with pytest.raises(InstallError, match="pip could not install a thing"):
        pip.must_install(tmp_path, "a thing", "--no-index", "-r", str(tmp_path / "absent.txt"))
    assert "absent.txt" in capsys.readouterr().err


def test_pip_is_quiet_where_all_goes_well(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\nseq -f 'WARNING: %g is ignored' 90 >&2\nexit $PTE_EXIT\n")
    python.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTE_EXIT", "0")
        assert pip.install(tmp_path, "thing")
        assert capfd.readouterr() == ("", "")
        patch.setenv("PTE_EXIT", "1")
        assert not pip.install(tmp_path, "thing")
    said = capfd.readouterr().err.splitlines()
    assert (len(said), said[-1]) == (pip.LAST, "WARNING: 90 is ignored")
