"""A lock, or a sign of life, of another host is judged by its Slurm job, on a real Slurm."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UserError
from harness.run import heartbeats, lock
from harness.run.batch import BatchJob, JobState
from harness.run.heartbeats import wait_for_others
from harness.run.lock import holding
from tests.slurm.local import LocalSlurm

SOON = 30.0
"""Seconds; by age alone it would take two minutes."""


def submitted(slurm: LocalSlurm, *options: str, work: str = "sleep 600") -> str:
    return slurm.ask("sbatch", "--parsable", "--output=/dev/null", *options, f"--wrap={work}")


def state_of(job: str, restarts: int = 0) -> JobState:
    """What Slurm says of a process that began now."""
    return BatchJob(job, restarts).state(time.time())


def reached(job: str, state: JobState, restarts: int = 0) -> None:
    end = time.monotonic() + 60
    while (found := state_of(job, restarts)) is not state:
        assert time.monotonic() < end, f"{job} is {found}, not {state}"
        time.sleep(0.2)


def locked(run: Path, job: str, restarts: int = 0) -> None:
    """The lock and the status of a process on another host, which touched both just now."""
    (run / "locks").mkdir(parents=True, exist_ok=True)
    owner = {"host": "elsewhere", "pid": 7, "since": time.time(), "ended": False}
    (run / "locks" / "main.1").write_text(json.dumps(owner | {"job": job, "restarts": restarts}))
    (run / "status").mkdir(exist_ok=True)
    status: dict[str, Any] = {
        "name": "main",
        "division": "",
        "state": "running",
        "why": None,
        "cells": [],
    }
    status |= {"host": "elsewhere", "pid": 7, "started": time.time(), "updated": time.time()}
    status |= {"job": job, "restarts": restarts}
    (run / "status" / "main.json").write_text(json.dumps(status))


def entered(run: Path) -> float:
    """Seconds until the run may be carried out here."""
    start = time.monotonic()
    wait_for_others(run, "main")
    with holding(run, "main"):
        return time.monotonic() - start


def refused(run: Path, job: str) -> None:
    with pytest.raises(UserError, match="is under way in process 7 on elsewhere"):
        wait_for_others(run, "main")
    with pytest.raises(UserError, match=f"scancel {job}"), holding(run, "main"):
        pass


def test_the_state_of_the_job_decides(slurm: LocalSlurm, tmp_path: Path) -> None:
    at_work = submitted(slurm)
    reached(at_work, JobState.AT_WORK)
    locked(tmp_path, at_work)
    refused(tmp_path, at_work)
    # As silent as a dead one: age alone would let a second process in beside it.
    slurm.ask("scontrol", "suspend", at_work)
    assert state_of(at_work) is JobState.AT_WORK
    refused(tmp_path, at_work)
    slurm.ask("scontrol", "resume", at_work)
    slurm.ask("scancel", at_work)
    reached(at_work, JobState.ENDED)
    assert entered(tmp_path) < SOON


def test_a_job_that_was_started_again_is_not_the_one_that_held_the_lock(
    slurm: LocalSlurm, tmp_path: Path
) -> None:
    job = submitted(slurm, "--requeue")
    reached(job, JobState.AT_WORK)
    locked(tmp_path, job)
    slurm.ask("scontrol", "requeue", job)
    reached(job, JobState.ENDED)  # it waits, or runs for the second time
    assert entered(tmp_path) < SOON
    reached(job, JobState.AT_WORK, restarts=1)
    assert state_of(job, restarts=0) is JobState.ENDED


def test_the_same_job_knows_its_earlier_starts(
    slurm: LocalSlurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURMD_NODENAME", "node1")
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    monkeypatch.setenv("SLURM_RESTART_COUNT", "2")
    locked(tmp_path, "12", restarts=1)
    assert entered(tmp_path) < SOON
    assert state_of("12", 2) is JobState.UNKNOWN  # a process on another node of the job


def test_a_place_in_an_array_is_told_from_the_array(slurm: LocalSlurm, tmp_path: Path) -> None:
    """The job of the last place has the array's number, by which Slurm tells of all places."""
    found = tmp_path / "found"
    found.mkdir()
    work = "from harness.run.batch import BatchJob; print(BatchJob.own().id)"
    done = "[ $SLURM_ARRAY_TASK_ID = 0 ] || sleep 600"
    array = submitted(
        *(slurm, "--array=0-1"),
        work=f'{sys.executable} -c "{work}" > {found}/$SLURM_ARRAY_TASK_ID; {done}',
    )
    reached(f"{array}_1", JobState.AT_WORK)
    reached(f"{array}_0", JobState.ENDED)
    end = time.monotonic() + 60
    while not all((found / n).exists() and (found / n).read_text() for n in "01"):
        assert time.monotonic() < end
        time.sleep(0.2)
    assert [(found / n).read_text().strip() for n in "01"] == [f"{array}_0", f"{array}_1"]
    locked(tmp_path, f"{array}_1")
    refused(tmp_path, f"{array}_1")


def test_another_job_of_the_same_number_says_nothing(slurm: LocalSlurm) -> None:
    job = submitted(slurm)
    reached(job, JobState.AT_WORK)
    assert BatchJob(job).state(time.time() - 3600) is JobState.UNKNOWN  # it had not started
    slurm.ask("scancel", job)
    reached(job, JobState.ENDED)
    assert BatchJob(job).state(time.time() + 3600) is JobState.UNKNOWN  # it was over


def test_a_shell_on_a_login_node_is_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "12")  # of an allocation that it holds, or held
    monkeypatch.delenv("SLURMD_NODENAME", raising=False)
    assert BatchJob.own() == BatchJob()


@pytest.mark.parametrize("job", ["999999", "", "1; touch x", "--help"])
def test_where_slurm_does_not_say_the_age_decides(
    slurm: LocalSlurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: str
) -> None:
    assert state_of(job) is JobState.UNKNOWN
    monkeypatch.setattr(lock, "SILENT", 2.0)
    monkeypatch.setattr(heartbeats, "STALE_ELSEWHERE", 2.0)
    locked(tmp_path, job)
    assert 1.0 < entered(tmp_path) < SOON


def test_a_slurm_that_does_not_answer_leaves_it_to_the_age(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert state_of("7") is JobState.UNKNOWN
    (tmp_path / "squeue").write_text("#!/bin/sh\n/bin/sleep 60\n")
    (tmp_path / "squeue").chmod(0o755)
    monkeypatch.setattr("harness.run.batch.SECONDS", 0.2)
    assert state_of("7") is JobState.UNKNOWN
