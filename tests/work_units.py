"""Runs of the toy benchmark cut into work units, for tests alone."""

from __future__ import annotations

from pathlib import Path

from harness.plan.plan import make
from harness.run.folder import write_plan
from harness.run.work_unit import divide
from harness.settings.experiment import load

CONF = Path(__file__).parent / "conf"


def divided_run(work_units: int, *overrides: str) -> Path:
    """Plan a run and cut it into so many work units; returns its folder."""
    experiment = load([f"hydra.searchpath=[file://{CONF}]", *overrides])
    plan = make(experiment.request)
    flop = sum(cell.flop for cell in plan.drawing(plan.cells))
    # A little more than the exact share, so that rounding makes no work unit more.
    hours = experiment.hardware.hours(flop) / work_units * 1.001
    division = divide(plan, experiment.hardware, hours)
    assert len(division.work_units) == work_units
    write_plan(plan, experiment)
    division.write(experiment.folder)
    return experiment.folder
