"""The doctor's checks of Slurm: on a real one, and where there is none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness.doctor import peers
from harness.doctor.contract import Asked, Status
from harness.errors import UserError
from slurm import doctor
from tests.slurm.local import LocalSlurm

ROOT = Path(__file__).parents[2]
JOBS = ("cluster.gpus=0", "cluster.cpus=1", "cluster.partition=main")


def asked(folder: Path, *words: str, slurm: bool = True) -> Asked:
    return Asked(words=(*JOBS, f"runs={folder / 'runs'}", *words), slurm=slurm)


def test_a_job_answers_and_shares_the_folder(slurm: LocalSlurm, folder: Path) -> None:
    found = doctor.slurm(asked(folder))
    assert found.status is Status.OK, found
    assert found.figures["partitions"] == 3
    found = doctor.job(asked(folder))
    assert found.status is Status.OK, found
    assert "a job ran after" in found.what
    assert "share the runs' folder" in found.what
    assert not (folder / "runs").exists()
    assert not list(folder.glob(".pte-doctor-*"))


def test_what_the_profile_asks_for_is_not_there(slurm: LocalSlurm, folder: Path) -> None:
    with pytest.raises(UserError, match="this Slurm has high, low, main"):
        doctor.slurm(asked(folder, "cluster.partition=gpu"))


def test_a_job_that_dies_shows_the_end_of_its_log(slurm: LocalSlurm, folder: Path) -> None:
    found = doctor.job(asked(folder, 'cluster.setup=["echo no module cuda >&2; exit 3"]'))
    assert found.status is Status.FAIL
    assert "(failed)" in found.what
    assert "no module cuda" in found.what


def test_a_job_that_waits_is_cancelled(
    slurm: LocalSlurm, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "WAIT", 3.0)
    found = doctor.job(asked(folder, "+cluster.sbatch.hold=true"))
    assert found.status is Status.WARN
    assert "still pending after 3 s" in found.what
    assert not slurm.ask("squeue", "--noheader", "--me")


def test_a_job_whose_node_has_other_code(
    slurm: LocalSlurm, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "code", lambda: "another")
    found = doctor.job(asked(folder))
    assert found.status is Status.FAIL
    assert "other code than this one" in found.what


def test_no_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.slurm(asked(tmp_path, slurm=False)).status is Status.SKIP
    found = doctor.slurm(asked(tmp_path))
    assert found.status is Status.FAIL
    assert found.mend
    assert doctor.job(asked(tmp_path, slurm=False)).status is Status.SKIP


def test_programs_without_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "sinfo", "echo 'sinfo: error: no controller' >&2\nexit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = doctor.slurm(asked(tmp_path, slurm=False))
    assert found.status is Status.WARN
    assert "no controller" in found.what
    assert doctor.slurm(asked(tmp_path)).status is Status.FAIL


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/bash\n{text}\n")
    (folder / name).chmod(0o755)


# srun as it starts two tasks, the options before the command taken off.
TWO_TASKS = """
while [[ $1 == --* ]]; do shift; done
SLURM_PROCID=0 "$@" & first=$!
SLURM_PROCID=1 {second} || exit 1
wait $first
"""


@pytest.mark.parametrize("sound", [True, False])
def test_two_nodes_of_an_allocation(
    sound: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two tasks that see one folder, and a second node that does not have it."""
    second = '"$@"' if sound else "sh -c 'echo no such folder >&2; exit 1'"
    program(tmp_path, "srun", TWO_TASKS.format(second=second))
    monkeypatch.setenv("PATH", f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(doctor, "PATIENCE", 60.0 if sound else 1.0)
    assert doctor.two_nodes(asked(tmp_path)).status is Status.SKIP
    monkeypatch.setenv("SLURM_JOB_NUM_NODES", "2")
    found = doctor.two_nodes(asked(tmp_path))
    if sound:
        assert found.status is Status.OK, found
        assert "two processes on one host share" in found.what
    else:
        assert found.status is Status.FAIL
        assert "no such folder" in found.what


def test_clocks_of_two_nodes(tmp_path: Path) -> None:
    side = {
        "created": [1] * peers.ROUNDS,
        "linked": [1] * peers.ROUNDS,
        "clock": 0.0,
        "host": "a",
    }
    other = {
        "created": [0] * peers.ROUNDS,
        "linked": [0] * peers.ROUNDS,
        "clock": 90.0,
        "host": "b",
        "torn": 0,
        "unread": 0,
        "late": 0.1,
    }
    found = doctor._between([side, other])
    assert found.status is Status.WARN
    assert "clocks differ by 90 s" in found.what
    found = doctor._between([side, {**other, "created": [1] * peers.ROUNDS}])
    assert found.status is Status.FAIL
    assert "exclusive creation" in found.what
