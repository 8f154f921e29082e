"""Ctrl-C at any second of starting and loading is one line and exit code 130."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from harness.interrupts import LINE
from tests.run.test_kill import TOY
from tests.thorough import size

ROOT = Path(__file__).parents[2]

PTE = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
sys.argv[0] = "pte"
import pte_entry
os.write(1, b"begun\\n")
sys.exit(pte_entry.main())
"""

LOADING = """
import asyncio, os, subprocess, sys, time
from dataclasses import dataclass
from pathlib import Path
from harness.engines.fake import FakeConfig
from tests.toys import ToyBenchmark, toy_runner

@dataclass(frozen=True)
class Blocking(FakeConfig):
    async def load(self, request):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        os.write(1, b"%d\\n" % child.pid)
        for _ in range(6000):
            time.sleep(0.1)  # an import, or a checkpoint, that holds up the loop

asyncio.run(toy_runner(Path(sys.argv[1]), [[]], Blocking(), ToyBenchmark(size=2)).run())
"""

RUN_FILE = """
import runpy, sys
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="loading")
"""


def started(tmp_path: Path, script: str, *arguments: str) -> subprocess.Popen[str]:
    (tmp_path / "weights").mkdir(exist_ok=True)
    (tmp_path / "weights" / "config.json").write_text("{}")
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PTE_TOY_WEIGHTS": str(tmp_path / "weights"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended may wait for its parent, or for init, to ask."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("verb", ["run", "plan", "settings"])
def test_at_any_moment_of_starting(tmp_path: Path, verb: str) -> None:
    """Imports, settings, planning and preflight: a moment in each part of what a start takes."""
    arguments = [verb, f"hydra.searchpath=[file://{ROOT}/tests/conf]", *TOY]
    arguments += ["benchmark.toy.size=2000"]
    whole = started(tmp_path, PTE, *arguments, *(["name=whole"] if verb == "run" else []))
    assert line_of(whole) == "begun"
    began = time.monotonic()
    while verb == "run" and whole.poll() is None and not list(tmp_path.glob("runs/journal/*")):
        time.sleep(0.01)
    if verb == "run":
        whole.kill()
    whole.communicate()
    takes = time.monotonic() - began
    moments = size(20, 4)
    stopped = 0
    for number in range(moments):
        process = started(tmp_path, PTE, *arguments)
        assert line_of(process) == "begun"
        time.sleep(takes * number / moments)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        # It was faster than the one that was timed, and was done, or ending: Python itself
        # answers to signals again once a program is over.
        if process.returncode == 0 or (process.returncode == -signal.SIGINT and not said):
            continue
        stopped += 1
        assert process.returncode == 130, said
        assert said.splitlines()[-1].startswith((LINE, "stopped; every finished draw is kept."))
        assert "Traceback" not in said
        assert "KeyboardInterrupt" not in said
    assert stopped >= moments // 2


def test_while_an_engine_that_loads_holds_up_the_loop(tmp_path: Path) -> None:
    (tmp_path / "loading.py").write_text(LOADING)
    process = started(tmp_path, RUN_FILE, "loading.py", str(tmp_path))
    child = int(line_of(process))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == f"{LINE}\n"
    assert not lives(child)
    assert '"interrupted"' in (tmp_path / "run" / "status" / "main.json").read_text()
