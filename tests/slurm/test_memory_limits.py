"""A program that takes more memory than its Slurm job has is not graded, and is never wrong.

On a real Slurm, once where the kernel kills a process of the job's control group and once where
Slurm kills the whole job (OverMemoryKill). The program is right and within its own limits.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.slurm.local import LocalSlurm, MemoryLimits, missing
from tests.thorough import THOROUGH

ROOT = Path(__file__).parents[2]
SMALL, LARGE = "500M", "3000M"
"""Memory of a job: that of Python and two workers, or enough for all."""
GRADING = """
import asyncio, json, sys
from harness.sandbox.contract import CheckCode, Limits, Program, SandboxConfig
from harness.sandbox.pool import Sandbox

LIMITS = Limits(memory_bytes=3 << 30)
SUITE = CheckCode.asserts(["assert f() == 1"])
HUNGRY = '''
def f():
    import time
    held = bytearray(b'x') * (900 << 20)
    time.sleep(4)
    return held[-1] // 100
'''
PROGRAMS = {
    "right": "def f(): return 1",
    "hungry": HUNGRY,
    "wrong": "def f(): return 2",
    "right again": "def f(): return 1 * 1",
}

async def main():
    async with Sandbox.open(SandboxConfig(workers=2)) as box:
        for name, code in PROGRAMS.items():
            try:
                said = (await box.check(Program(code, "f"), SUITE, LIMITS)).verdict.value
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
            print(json.dumps([name, said]), flush=True)

asyncio.run(main())
"""


@pytest.fixture(params=[MemoryLimits.KERNEL, MemoryLimits.SLURM])
def limited(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalSlurm]:
    reason = missing()
    if reason and os.environ.get("CI") != "true":
        pytest.skip(f"no Slurm can be brought up here: {reason}")
    if request.param is MemoryLimits.KERNEL and not os.access("/sys/fs/cgroup/memory", os.W_OK):
        pytest.skip("no control group of memory (version 1) can be made here")
    slurm = LocalSlurm(tmp_path / "slurm", memory=request.param)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()


def graded(slurm: LocalSlurm, folder: Path, memory: str) -> tuple[dict[str, str], str]:
    """What a job of so much memory says of each program, and how it ended."""
    (folder / "grading.py").write_text(GRADING)
    out = folder / f"{memory}.out"
    command = f"srun {shlex.quote(sys.executable)} {folder / 'grading.py'}"
    job = slurm.ask(
        *("sbatch", "--parsable", f"--mem={memory}", f"--output={out}", f"--wrap={command}")
    )
    end = time.monotonic() + 150
    state = ""
    while state in ("", "PENDING", "RUNNING", "COMPLETING", "CONFIGURING"):
        assert time.monotonic() < end, f"job {job} is {state}: {out.read_text()}"
        time.sleep(0.3)
        state = slurm.ask("squeue", "--noheader", "--states=all", "--jobs", job, "--format=%T")
    lines = [line for line in out.read_text().splitlines() if line.startswith("[")]
    said: list[Any] = [json.loads(line) for line in lines]
    return dict(said), state


def test_a_program_that_is_killed_for_its_jobs_memory_is_not_graded(
    limited: LocalSlurm, tmp_path: Path
) -> None:
    said, state = graded(limited, tmp_path, SMALL)
    assert said.pop("right") == "passed"
    hungry = said.pop("hungry", "")
    if limited.memory is MemoryLimits.KERNEL:
        assert hungry.startswith("NotGradedError"), (hungry, state)
        assert "memory that this job may use was used up" in hungry
        assert said == {"wrong": "failed", "right again": "passed"}
    else:
        assert hungry == ""  # nothing is said by a job that is gone
        assert said == {}
        assert state != "COMPLETED"
    if not THOROUGH:
        return
    said, state = graded(limited, tmp_path, LARGE)
    assert said == {
        "right": "passed",
        "hungry": "passed",
        "wrong": "failed",
        "right again": "passed",
    }
    assert state == "COMPLETED"
