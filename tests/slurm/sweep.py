"""A factorial sweep over the toy benchmark as one job array, and what tests do to it."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import psutil

from harness.cli.main import main
from harness.records.store import read
from slurm.submission import Queued, queued
from tests.run.test_kill import keys
from tests.slurm.local import LocalSlurm

CONF = Path(__file__).parents[1] / "conf"
TOY = (
    f"hydra.searchpath=[file://{CONF}]",
    "model=toy_model",
    "benchmark=toy",
    "sweep=factorial",
    "sweep.ptes=[few_shot,chain_of_thought,self_consistency]",
    "context_window=10000",
    "greedy=base",
)
JOBS = (
    "cluster.gpus=0",
    "cluster.cpus=1",
    "cluster.partition=low",
    "hardware.flop_per_second=1e9",
)
FEW = 3
"""Jobs left of an array at which tests submit again those that faults have ended."""
PATIENCE = 300.0
"""Seconds that an array may take; the machine may be busy."""


@dataclass
class Sweep:
    """The sweep in `folder/runs/many`, and the same by one process in `folder/one/one`."""

    slurm: LocalSlurm
    folder: Path
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    @property
    def run(self) -> Path:
        return self.folder / "runs" / "many"

    @property
    def journal(self) -> Path:
        return self.run.parent / "journal"

    def pace(self, seconds: float) -> str:
        """Set what a request takes, also for jobs that run; the override that names the file."""
        path = self.folder / "pace"
        part = self.folder / "pace.part"
        part.write_text(str(seconds))
        part.replace(path)
        return f"engine.pace={path}"

    def settings(self, problems: int, *more: str) -> list[str]:
        """Overrides of the sweep over so many problems, with the paced engine."""
        size = f"benchmark.toy.size={problems}"
        return [*TOY, size, "engine=paced", f"engine.pace={self.folder / 'pace'}", *JOBS, *more]

    def served(self, problems: int, *more: str) -> list[str]:
        """The same with an engine that asks servers."""
        return [*TOY, f"benchmark.toy.size={problems}", "engine=server", *JOBS, *more]

    def submit(self, *overrides: str) -> None:
        assert main(["submit", *overrides, "name=many"]) == 0

    def resume(self) -> None:
        assert main(["resume", str(self.run)]) == 0

    def jobs(self, *states: str) -> list[Queued]:
        """Jobs that are queued or running, in these states or in any."""
        result = queued(self.run)
        return [job for job in result if not states or job.state in states]

    def working(self) -> list[Queued]:
        """Running jobs whose worker has begun with its attempts."""
        return [job for job in self.jobs("RUNNING") if self.worker(job) is not None]

    def at_work(self) -> Queued:
        """One of the jobs that are at work, at random; resumes what earlier faults have ended."""
        end = time.monotonic() + PATIENCE
        while not (working := self.working()):
            assert time.monotonic() < end, "no job gets to work"
            if len(self.jobs()) < FEW:
                self.resume()
                assert self.jobs(), "all is done before all was disturbed: slow the engine down"
            time.sleep(0.3)
        return self.chance.choice(working)

    def worker(self, job: Queued) -> psutil.Process | None:
        """The process that does the job's work unit, once it is at it."""
        path = self.run / "status" / f"portion-{job.work_unit:04}.json"
        try:
            status = json.loads(path.read_text())
            process = psutil.Process(status["pid"])
            if status["state"] == "running" and "submitit" in " ".join(process.cmdline()):
                return process
        except (OSError, ValueError, psutil.Error):
            pass
        return None

    def script(self, job: Queued) -> psutil.Process | None:
        """The shell that runs the job's batch script."""
        array, _, place = job.job.partition("_")
        wanted = {"SLURM_ARRAY_JOB_ID": array, "SLURM_ARRAY_TASK_ID": place}
        for process in psutil.process_iter():
            try:
                if not process.cmdline()[-1:][0].endswith("slurm_script"):
                    continue
                environment = process.environ()
            except (psutil.Error, IndexError):
                continue
            if all(environment.get(name) == value for name, value in wanted.items()):
                return process
        return None

    def until(self, holds: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        """Wait for something to hold."""
        end = time.monotonic() + patience
        while not holds():
            assert time.monotonic() < end, f"after {patience:.0f} s still not: {what}"
            time.sleep(0.3)

    def finish(self) -> None:
        """Let the array run out, resuming what faults have ended, until every cell is there."""
        for _ in range(5):
            self.until(lambda: not self.jobs(), "the array has run out")
            self.resume()
            if not self.jobs():
                return
        raise AssertionError("five times resumed and still not finished")

    def alone(self, *overrides: str) -> pd.DataFrame:
        """Records of the same sweep by one undisturbed process."""
        self.pace(0)
        assert main(["run", *overrides, "runs=one", "name=one"]) == 0
        return records(self.folder / "one" / "one")

    def check(self, alone: pd.DataFrame) -> None:
        """The array's records are those of one process, and no draw was made twice."""
        pd.testing.assert_frame_equal(records(self.run), alone)
        drawn = keys(self.journal)
        assert len(drawn) == len(set(drawn))
        assert set(drawn) == set(keys(self.folder / "one" / "journal"))


def tell(*command: str) -> None:
    """Give Slurm a command, whatever comes of it: the job may have moved on meanwhile, and scancel
    would then try again for a minute and a half."""
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, capture_output=True, timeout=5)


def records(run: Path) -> pd.DataFrame:
    """The rows of a run, in an order of their own, without the commit that made them."""
    frame = read([run / "records"]).drop(columns="git_commit")
    assert not frame.duplicated(["cell", "problem"]).any()
    return frame.sort_values(["cell", "problem"]).reset_index(drop=True)
