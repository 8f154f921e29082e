"""Which work units still have something to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.cli.work import work
from harness.engines.fake import FakeConfig, FakeEngine
from harness.engines.protocol import Completion, CompletionRequest, LoadRequest
from harness.errors import EngineError
from harness.plan.plan import make
from harness.run.folder import write_plan
from harness.run.work_unit import Division, divide
from harness.settings.experiment import load
from slurm.progress import unfinished
from tests.slurm.sweep import TOY

WORK_UNITS = 3
FAKE = "engine=scripted"


@dataclass(frozen=True)
class LimpingConfig(FakeConfig):
    """Fails at one problem, while a file is there."""

    async def load(self, request: LoadRequest) -> FakeEngine:
        return LimpingEngine(self, request)


class LimpingEngine(FakeEngine):
    async def complete(self, request: CompletionRequest) -> Completion:
        if request.tag.problem == "toy-1" and Path("ill").exists():
            raise EngineError("ill")
        return await super().complete(request)


def divided(folder: Path, *overrides: str) -> tuple[Path, Division]:
    """A run cut into work units, of which none has begun."""
    experiment = load([*TOY, "benchmark.toy.size=6", "name=many", *overrides])
    plan = make(experiment.request)
    whole = divide(plan, experiment.hardware, 1.0).work_units[0].hours
    division = divide(plan, experiment.hardware, whole / WORK_UNITS * 1.01)
    write_plan(plan, experiment)
    division.write(experiment.folder)
    return experiment.folder, division


def test_a_work_unit_counts_once_it_has_come_to_its_end(folder: Path) -> None:
    run, division = divided(folder, "engine=scripted")
    assert unfinished(run, division) == [0, 1, 2]
    assert work(run, 1) == 0
    assert unfinished(run, division) == [0, 2]
    assert unfinished(run, Division(division.work_units[:2])) == [0, 1]  # of another division


def test_what_failed_gets_another_try(folder: Path) -> None:
    ill = folder / "ill"
    ill.touch()
    run, division = divided(folder, "engine._target_=tests.slurm.test_progress.LimpingConfig", FAKE)
    for work_unit in range(WORK_UNITS):
        work(run, work_unit)
    assert unfinished(run, division) == [1]
    ill.unlink()
    assert work(run, 1) == 0
    assert unfinished(run, division) == []


def test_what_can_never_fit_is_finished(folder: Path) -> None:
    run, division = divided(folder, "engine=scripted", "context_window=450")
    codes = [work(run, work_unit) for work_unit in range(WORK_UNITS)]
    assert codes == [1] * WORK_UNITS  # some stacks' prompts overflow
    assert unfinished(run, division) == []


@pytest.fixture(autouse=True)
def _quiet(capfd: pytest.CaptureFixture[str]) -> None:
    """Progress is drawn to stderr."""
