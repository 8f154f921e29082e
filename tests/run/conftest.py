"""The command line in a process of its own, as users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.config import load
from harness.plan.plan import make
from harness.run.folder import write_plan
from harness.run.portion import divide

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
    """Plan a run and cut it into so many portions; returns its folder."""
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.chdir(tmp_path)

    def divide_run(portions: int, *overrides: str) -> Path:
        experiment = load([f"hydra.searchpath=[file://{ROOT}/tests/conf]", *overrides])
        plan = make(experiment.request)
        flop = sum(cell.flop for cell in plan.drawing(plan.cells))
        # A little more than the exact share, so that rounding makes no portion more.
        hours = experiment.hardware.hours(flop) / portions * 1.001
        division = divide(plan, experiment.hardware, hours)
        assert len(division.portions) == portions
        write_plan(plan, experiment)
        division.write(experiment.folder)
        return experiment.folder

    return divide_run
