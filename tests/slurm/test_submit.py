"""`pte submit`, `status`, `resume` and `cancel` against a real Slurm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.main import main
from slurm.submission import submissions
from tests.slurm.sweep import Sweep

FEW = "cluster.gpu_hours=0.05"
HELD = "+cluster.sbatch.hold=true"
Printed = pytest.CaptureFixture[str]


def refused(capfd: Printed, *arguments: str) -> str:
    """The one message of a command that cannot be done."""
    capfd.readouterr()
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    assert not out
    assert "pte: " in err
    return err


def test_what_slurm_would_not_run_is_refused_before_it_is_asked(
    sweep: Sweep, capfd: Printed
) -> None:
    settings = ["submit", *sweep.settings(12, "name=many")]
    err = refused(capfd, *settings, "cluster.partition=nowhere")
    assert "this Slurm has high, low, main" in err
    err = refused(capfd, *settings, "cluster.partition=high", "cluster.minutes=600")
    assert "the partition high allows 120" in err
    err = refused(capfd, *settings, "cluster.account=nobody", "+cluster.sbatch.dependency=what")
    assert "sbatch refused" in err
    assert not sweep.jobs()
    assert not submissions(sweep.run)


def test_a_dry_run_prints_the_script_and_does_nothing(sweep: Sweep, capfd: Printed) -> None:
    settings = sweep.settings(12, FEW)
    assert main(["submit", "--dry-run", *settings, "name=many"]) == 0
    script = capfd.readouterr().out
    assert script.startswith("#!/bin/bash")
    assert "#SBATCH --partition=low" in script
    assert not sweep.run.exists()


def test_from_submission_to_cancellation_and_back(sweep: Sweep, capfd: Printed) -> None:
    sweep.pace(0)
    settings = sweep.settings(24, FEW)
    sweep.submit(*settings, HELD)
    assert len(sweep.jobs("PENDING")) == 3
    assert "are queued or running" in refused(capfd, "submit", *settings, HELD, "name=many")
    assert main(["status", str(sweep.run)]) == 0
    assert "Slurm: 3 pending" in capfd.readouterr().out
    sweep.resume()
    assert "nothing to submit" in capfd.readouterr().out
    assert main(["cancel", str(sweep.run)]) == 0
    assert "3 jobs cancelled; 0 of 3 work units are finished" in capfd.readouterr().out
    sweep.until(lambda: not sweep.jobs(), "the jobs are gone")
    assert main(["status", str(sweep.run)]) == 0
    assert f"3 work units to do: pte resume {sweep.run}" in capfd.readouterr().out
    changed = ["cluster.partition=main", "cluster.sbatch.hold=null"]
    assert "cluster.colour" in refused(capfd, "resume", str(sweep.run), "cluster.colour=red")
    assert main(["resume", str(sweep.run), *changed]) == 0
    sweep.until(lambda: not sweep.jobs(), "the array has run out")
    assert main(["resume", str(sweep.run)]) == 0
    assert "nothing to submit" in capfd.readouterr().out
    sweep.check(sweep.alone(*settings))


def test_in_a_container_without_slurm_the_script_requeues(
    sweep: Sweep, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for Apptainer, whose command does not find those of Slurm."""
    apptainer = folder / "apptainer"
    apptainer.write_text(
        '#!/bin/bash\nwhile [ "$1" != image.sif ]; do shift; done\nshift\n'
        f'echo "$MARK $STRAY" >> {folder}/inside\nPATH=/nowhere exec "$@"\n'
    )
    apptainer.chmod(0o755)
    box = [
        "cluster.container.image=image.sif",
        f"cluster.container.command={apptainer}",
        f"cluster.container.python={sys.executable}",
        "cluster.forward=[PTE_TOY_WEIGHTS,PYTHONPATH,SLURM_CONF]",
        "+cluster.environment.MARK=set",
    ]
    monkeypatch.setenv("STRAY", "not asked for")
    settings = sweep.settings(6, "cluster.gpu_hours=0.02")
    sweep.pace(2.0)
    sweep.submit(*settings, *box)
    job = sweep.at_work()
    subprocess.run(["scancel", "--signal=USR2", job.job], check=True)
    inside = folder / "inside"
    before = len(inside.read_text().splitlines())
    sweep.pace(0)
    sweep.until(lambda: len(inside.read_text().splitlines()) > before, "it starts again")
    sweep.finish()
    assert set(inside.read_text().splitlines()) == {"set "}  # what was set, nothing else forwarded
    sweep.check(sweep.alone(*settings))
