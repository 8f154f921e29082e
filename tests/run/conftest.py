"""The command line in a process of its own, as users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.work_units import divided_run

ROOT = Path(__file__).parents[2]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def pte(tmp_path: Path) -> Start:
    """Start `pte` with the tests' configs on the search path and a toy model's weights."""
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")

    def start(*arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PTE_TOY_WEIGHTS": str(weights)}
        verb, *rest = arguments
        overrides = [] if verb == "work" else [f"hydra.searchpath=[file://{ROOT}/tests/conf]"]
        return subprocess.Popen(
            [sys.executable, "-m", "harness.cli.main", verb, *overrides, *rest],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


Divided = Callable[..., Path]


@pytest.fixture
def divided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Divided:
    """Plan a run in a folder of the test's own and cut it into so many work units."""
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.chdir(tmp_path)
    return divided_run
