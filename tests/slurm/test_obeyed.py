"""What jobs obey comes from this user: from an earlier submission, or from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.errors import UserError
from harness.run import own_runs
from slurm import obeyed
from slurm.cluster import Cluster

HOSTILE = Cluster(setup=("touch /tmp/was-here",), sbatch={"wrap": "id"})


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PTE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "runs" / "theirs"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("cluster: {setup: [touch /tmp/was-here]}\n")
    (folder / "plan.json").write_text(json.dumps({"cells": [], "command": ["pte", "run"]}))
    return folder


def test_a_foreign_runs_lines_are_shown_and_not_run(run: Path) -> None:
    with pytest.raises(UserError, match="was not submitted by you") as refused:
        obeyed.check(run, HOSTILE, ["cluster.partition=long"])
    assert "touch /tmp/was-here" in str(refused.value)
    assert "cluster.sbatch={'wrap': 'id'}" in str(refused.value)


def test_given_on_the_command_line_they_are_the_users_own(run: Path) -> None:
    obeyed.check(run, HOSTILE, ["cluster.setup=[touch]", "+cluster.sbatch.wrap=id"])


def test_settings_that_nothing_obeys_as_shell_are_taken(run: Path) -> None:
    obeyed.check(run, Cluster(partition="long", minutes=60), [])


def test_a_run_of_ones_own_goes_on_until_it_is_changed_or_moved(run: Path) -> None:
    own_runs.remember(run)
    obeyed.check(run, HOSTILE, [])
    moved = run.with_name("moved")
    shutil.copytree(run, moved)
    with pytest.raises(UserError, match="changed or moved"):
        obeyed.check(moved, HOSTILE, [])
    (run / "config.yaml").write_text("cluster: {setup: [rm]}\n")
    with pytest.raises(UserError, match="changed or moved"):
        obeyed.check(run, HOSTILE, [])
