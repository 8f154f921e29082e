"""Hydra's own launcher puts runs on Slurm too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.slurm.local import LocalSlurm
from tests.slurm.sweep import TOY, records

LAUNCHER = (
    "hydra/launcher=submitit_slurm",
    "hydra.launcher.max_num_timeout=20",
    "hydra.launcher.cpus_per_task=1",
)


def test_a_multirun_is_an_array_of_runs(slurm: LocalSlurm, folder: Path) -> None:
    sizes = "benchmark.toy.size=4,6"
    command = [
        sys.executable,
        "-m",
        "slurm.hydra_app",
        "-m",
        *TOY,
        "engine=scripted",
        sizes,
        *LAUNCHER,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    runs = sorted((folder / "runs").glob("toy-factorial-*"))
    assert sorted(len(records(run)) for run in runs) == [9 * 4, 9 * 6]
    assert list((folder / "multirun").rglob("*_submitted.pkl"))  # it was Slurm that ran them
