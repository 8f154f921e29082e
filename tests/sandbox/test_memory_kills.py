"""Kills for want of memory are counted as either kind of control group tells them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.sandbox.memory_kills import memory_kills


@pytest.mark.parametrize(
    ("groups", "file", "count"),
    [
        ("0::/slurm/job_7/step_0\n", "slurm/job_7/step_0/memory.events", 3),
        ("0::/slurm/job_7/step_0\n", "slurm/job_7/memory.events", 3),
        ("4:cpu:/x\n5:memory:/slurm/job_7\n", "memory/slurm/job_7/memory.oom_control", 3),
        ("0::/elsewhere\n", "slurm/memory.events", 0),
    ],
)
def test_the_nearest_group_that_can_be_read_tells(
    tmp_path: Path, groups: str, file: str, count: int
) -> None:
    (tmp_path / "cgroup").write_text(groups)
    place = tmp_path / "fs" / file
    place.parent.mkdir(parents=True)
    place.write_text("low 0\noom 9\noom_kill 3\n")
    assert memory_kills(tmp_path / "cgroup", tmp_path / "fs") == count


def test_where_the_kernel_does_not_tell_there_are_none(tmp_path: Path) -> None:
    assert memory_kills(tmp_path / "absent", tmp_path) == 0
