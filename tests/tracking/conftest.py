"""Tracked runs of the toy benchmark: the run in this process, its mirror in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from socket import socket

import pytest

from harness.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
TOY = [f"hydra.searchpath=[file://{ROOT}/tests/conf]", "engine=scripted", "benchmark=toy"]
TOY += ["model=toy_model", "benchmark.toy.size=8"]
TWO = ["sweep=singles", "sweep.ptes=[self_consistency]", "greedy_base=false"]
KEY = "local" + "0" * 40
Printed = namedtuple("Printed", "code out err")
Pte = Callable[..., Printed]


def needs_wandb(package: str = "wandb") -> None:
    """Skip where the package is absent; never in CI."""
    if find_spec(package) is None and os.environ.get("CI") != "true":
        pytest.skip(f"{package} is not installed: see requirements/dev.txt")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the user's W&B, and a folder of its own."""
    for name in list(os.environ):
        if name.startswith("WANDB_"):
            monkeypatch.delenv(name)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "config.json").write_text("{}")
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def pte(capfd: pytest.CaptureFixture[str]) -> Pte:
    """Runs a verb in this process."""

    def run(*arguments: str) -> Printed:
        capfd.readouterr()
        code = main(arguments)
        return Printed(code, *capfd.readouterr())

    return run


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a W&B server on loopback, and its database."""
    needs_wandb("openwandb")
    port, folder = free_port(), tmp_path_factory.mktemp("openwandb")
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "openwandb", "serve", "--host", "127.0.0.1"]
    command += ["-p", str(port), "--data-dir", str(folder), "--base-url", address]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        for _ in range(600):
            with suppress(OSError), urllib.request.urlopen(address, timeout=5):
                break
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield address, folder / "openwandb.db"
    finally:
        process.terminate()
        process.wait(10)
