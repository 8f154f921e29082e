"""What `pte submit` takes for an array of 1,000 jobs, the start of Python included, over starting
Python with the libraries that it plans with and handing sbatch an array of as many by itself.

Needs a Slurm, which it brings up itself; says so where none can be.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.performance.figure import figure
from tests.slurm.local import LocalSlurm, missing
from tests.slurm.sweep import JOBS, TOY

ROOT = Path(__file__).parents[2]
NAME = "submit_1000_over_plain"
ROUNDS = 2
LIBRARIES = "import hydra, pandas, pyarrow, submitit, rich, jinja2, msgspec, httpx"
# A problem a job, held, so that the figure is of submitting and not of what starts meanwhile.
MANY = ("benchmark.toy.size=1000", "cluster.gpu_hours=1e-9", "+cluster.sbatch.hold=true")


def main() -> int:
    """Measure once; 1 if the bar was missed."""
    if reason := missing():
        print(f"{NAME:<32}  cannot be measured here: {reason}")
        return 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        slurm = LocalSlurm(folder / "slurm")
        try:
            slurm.start()
            ours = plain = 0.0
            for number in range(ROUNDS):
                ours += submitted(slurm, folder / str(number))
                slurm.clear()
                plain += submitted_plainly(slurm, folder / str(number))
                slurm.clear()
        finally:
            slurm.stop()
    print(f"  (seconds: {ours / ROUNDS:.1f}, and {plain / ROUNDS:.1f} without the harness)")
    return 0 if figure(NAME, ours / plain, "x", "<= 5") else 1


def submitted_plainly(slurm: LocalSlurm, folder: Path) -> float:
    """Seconds to import what plans and submits, and for sbatch to take a held array."""
    script = folder / "plain.sh"
    script.write_text("#!/bin/sh\ntrue\n")
    options = ["--hold", "--array=0-999", "--partition=low", f"--output={folder}/%a.out"]
    environment = {**os.environ, **slurm.environment}
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", LIBRARIES], check=True)
    subprocess.run(
        ["sbatch", *options, str(script)], env=environment, check=True, capture_output=True
    )
    return time.monotonic() - start


def submitted(slurm: LocalSlurm, folder: Path) -> float:
    """Seconds from the command to the job ids."""
    weights = folder / "weights"
    weights.mkdir(parents=True)
    (weights / "config.json").write_text("{}")
    further = {"PTE_TOY_WEIGHTS": str(weights), "PYTHONPATH": str(ROOT)}
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli.main", "submit", *TOY, "engine=scripted", *JOBS, *MANY],
        cwd=folder,
        env={**os.environ, **slurm.environment, **further},
        check=True,
        capture_output=True,
        text=True,
    )
    seconds = time.monotonic() - start
    assert done.stdout.startswith("1000 jobs: "), done.stdout
    assert len(slurm.ask("squeue", "--noheader", "--array").splitlines()) == 1000
    return seconds


if __name__ == "__main__":
    raise SystemExit(main())
