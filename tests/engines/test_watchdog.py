"""Engine processes do not outlive a parent that was killed, and nothing else is touched."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.engines.watchdog import watch_children

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 30.0
"""Seconds after which a process that should be gone is taken to stay."""

PARENT = """
import subprocess, sys
from harness.engines.watchdog import watch_children
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
child = subprocess.Popen(sleep)
guard = watch_children()
later = subprocess.Popen(sleep)
print(child.pid, later.pid, guard.pid, flush=True)
if sys.stdin.readline().strip() == "end":
    guard.terminate()
    guard.wait()
"""


LEADER = """
import subprocess, sys, time
time.sleep(1)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
if sys.argv[1] == "stays":
    time.sleep(600)
"""

GUARDING = """
import subprocess, sys
from harness.engines.watchdog import watch_children
leader = subprocess.Popen(
    [sys.executable, "-c", sys.argv[1], sys.argv[2]], stdout=subprocess.PIPE, start_new_session=True
)
guard = watch_children()
print(int(leader.stdout.readline()), flush=True)
sys.stdin.readline()
"""


class Family:
    """A parent with a guarded child, a later child that is not guarded, and the guard."""

    def __init__(self) -> None:
        self.parent = subprocess.Popen(
            [sys.executable, "-c", PARENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        assert self.parent.stdout is not None
        pids = self.parent.stdout.readline().split()
        self.child, self.later, self.guard = (psutil.Process(int(pid)) for pid in pids)

    def close(self) -> None:
        for process in (self.parent, self.child, self.later, self.guard):
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.parent.wait()


@pytest.fixture
def family() -> Iterator[Family]:
    made = Family()
    yield made
    made.close()


def ended(process: psutil.Process) -> bool:
    """Wait for its end; where nobody reaps orphans, a zombie counts."""
    gone, alive = psutil.wait_procs([process], timeout=0.1)
    waited = 0.1
    while alive and waited < LIMIT:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        gone, alive = psutil.wait_procs([process], timeout=0.1)
        waited += 0.1
    return bool(gone)


def test_a_killed_parent_takes_its_guarded_children_along_and_no_others(family: Family) -> None:
    family.parent.kill()
    family.parent.wait()
    assert ended(family.child)
    assert ended(family.guard)
    assert family.later.is_running()
    assert family.later.status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("leader", ["stays", "ends"])
def test_what_a_server_started_later_goes_with_its_session(leader: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", GUARDING, LEADER, leader],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    assert parent.stdout is not None
    engine = psutil.Process(int(parent.stdout.readline()))
    assert engine.is_running()
    parent.kill()
    parent.communicate()
    assert ended(engine)


def test_a_parent_that_ends_its_guard_leaves_the_children_alone(family: Family) -> None:
    assert family.parent.stdin is not None
    family.parent.stdin.write("end\n")
    family.parent.stdin.flush()
    assert family.parent.wait(LIMIT) == 0
    assert ended(family.guard)
    assert family.child.is_running()
    assert family.child.status() != psutil.STATUS_ZOMBIE


def test_the_guard_waits_while_the_parent_lives(family: Family) -> None:
    assert not psutil.wait_procs([family.child, family.guard], timeout=1.5)[0]


def test_without_children_there_is_nothing_to_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    class Childless:
        def children(self, recursive: bool) -> list[psutil.Process]:
            assert recursive
            return []

    monkeypatch.setattr(psutil, "Process", Childless)
    assert watch_children() is None


def test_a_guard_outside_its_parents_group_is_not_reached_by_its_signals(family: Family) -> None:
    assert os.getpgid(family.guard.pid) != os.getpgid(family.parent.pid)
