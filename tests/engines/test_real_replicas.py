"""Several real vLLM engines on one machine, as one: equal answers, and no process left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest

from harness.interrupts import LINE
from tests.cli.test_interrupted import PTE, lives
from tests.engines.conftest import needs
from tests.thorough import THOROUGH

pytestmark = pytest.mark.engine
ROOT = Path(__file__).resolve().parents[2]
LIMIT = 24
RUN = (
    *("model=pocket_01000_a", "benchmark=pocket_arithmetic", "context_window=384"),
    *("engine=vllm", "engine.dtype=float32", "engine.cpu_cache_gib=1", "engine.max_num_seqs=4"),
    *("sampling.solve.temperature=0", f"limit={LIMIT}", "name=r"),
)
MOMENTS = (1.0, 5.0, 9.0, 14.0, 20.0, 27.0)
"""Seconds after which Ctrl-C comes: in imports, as servers start, and in their loading."""
thorough = pytest.mark.skipif(not THOROUGH, reason="takes minutes; THOROUGH=1 runs it")


def begun(folder: Path, *overrides: str) -> subprocess.Popen[str]:
    """`pte run`, with a fake vLLM's logs kept where they can be read."""
    needs("vllm")
    process = subprocess.Popen(
        [sys.executable, "-c", PTE, "run", *RUN, *overrides],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def answers(run: Path) -> pd.DataFrame:
    frame = pd.read_parquet(run / "records")
    return frame.sort_values(["cell", "problem"])[["cell", "problem", "answer", "score"]]


@thorough
def test_two_engines_answer_as_one_does(tmp_path: Path) -> None:
    served: list[int] = []
    two = begun(tmp_path, "engine.replicas=2", "runs=two")
    while two.poll() is None:
        logs = [path.read_text(errors="replace") for path in tmp_path.glob("pte-replicas-*/*.log")]
        asked = [len(re.findall(r"POST /v1/\S+ HTTP\S+ 200", log)) for log in logs]
        served = [max(each) for each in zip(asked, served or asked, strict=False)] or served
        time.sleep(0.2)
    assert two.returncode == 0, two.communicate()[1][-2000:]
    one = begun(tmp_path, "engine.replicas=1", "runs=one")
    _, said = one.communicate()
    assert one.returncode == 0, said[-2000:]
    of_two, of_one = answers(tmp_path / "two" / "r"), answers(tmp_path / "one" / "r")
    # Cells are known by their settings, of which the number of copies is none.
    pd.testing.assert_frame_equal(of_two, of_one, check_like=True)
    assert len(served) == 2
    assert min(served) >= LIMIT // 4


@thorough
@pytest.mark.parametrize("replicas", [1, 2])
def test_ctrl_c_while_it_loads_leaves_one_line_and_no_process(
    tmp_path: Path, replicas: int
) -> None:
    for number, moment in enumerate(MOMENTS):
        process = begun(tmp_path, f"engine.replicas={replicas}", f"runs=runs{number}")
        family: dict[int, psutil.Process] = {}
        until = time.monotonic() + moment
        while time.monotonic() < until and process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                family[child.pid] = child
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
        assert process.returncode == 130, said[-2000:]
        last = said.strip().splitlines()[-1]
        assert last.startswith((LINE, "stopped; every finished draw is kept.")), said[-2000:]
        assert "Traceback" not in said
        end = time.monotonic() + 10
        while left := [pid for pid in family if lives(pid)]:
            assert time.monotonic() < end, f"left after {moment} s: {left}"
            time.sleep(0.2)
        status = tmp_path / f"runs{number}" / "r" / "status" / "main.json"
        assert not status.exists() or json.loads(status.read_text())["state"] == "interrupted"
