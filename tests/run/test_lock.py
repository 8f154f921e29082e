"""Of processes that start at once on one run, on whatever hosts, one goes on."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from harness.errors import UserError
from harness.run import lock
from harness.run.lock import holding
from tests.run.conftest import Start
from tests.run.test_kill import TOY
from tests.thorough import size

ROOT = Path(__file__).parents[2]

HOLD = """
import sys, time
from pathlib import Path
from harness.run import lock
from harness.errors import UserError

host = sys.argv[1]
lock.socket.gethostname = lambda: host   # a machine of its own, on the same shared folder
lock.BEAT = 0.05
print("ready", flush=True)
for folder in sys.stdin:
    try:
        with lock.holding(Path(folder.strip()), "main"):
            print("held", flush=True)
            sys.stdin.readline()
        print("left", flush=True)
    except UserError as error:
        print(error, flush=True)
"""


class Machine:
    """A process that believes that it is on a host of its own."""

    def __init__(self, host: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, host],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def enter(self, folder: Path) -> None:
        """Ask for the run in a folder; the answer is a line."""
        self._tell(str(folder))

    def leave(self) -> None:
        """Let go of what is held."""
        self._tell("")
        assert self.line() == "left"

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.communicate(timeout=60)


@pytest.mark.parametrize("hosts", [("one", "one"), ("one", "other")])
def test_of_many_that_start_at_once_one_holds_the_run(
    tmp_path: Path, hosts: tuple[str, str]
) -> None:
    machines = [Machine(host) for host in hosts * 2]
    for number in range(size(20, 3)):
        folder = tmp_path / str(number)
        for machine in machines:
            machine.enter(folder)
        said = [machine.line() for machine in machines]
        assert said.count("held") == 1
        held = machines[said.index("held")]
        who = f"under way in process {held.process.pid} on {hosts[said.index('held') % 2]} since "
        assert all(who in each for each in said if each != "held")
        assert all("wait for its end, or stop it there" in each for each in said if each != "held")
        held.leave()
        with holding(folder, "main"):  # nobody is waited for
            pass
    for machine in machines:
        machine.end()


def test_the_whole_run_and_its_work_units_are_in_one_anothers_way(tmp_path: Path) -> None:
    with holding(tmp_path, "portion-0000"):
        with holding(tmp_path, "portion-0001"):
            pass
        with pytest.raises(UserError, match=r"portion-0000 of the run in .* is under way"):
            holding(tmp_path, "main").__enter__()
    with (
        holding(tmp_path, "main"),
        pytest.raises(UserError, match=r"main of the run in .* is under way"),
    ):
        holding(tmp_path, "portion-0000").__enter__()
    with holding(tmp_path, "portion-0000"):
        pass


def test_an_owner_that_was_killed_is_known_at_once_on_its_own_host(tmp_path: Path) -> None:
    machine = Machine(socket.gethostname())
    machine.enter(tmp_path)
    assert machine.line() == "held"
    machine.process.kill()
    machine.process.wait()
    began = time.monotonic()
    with holding(tmp_path, "main"):
        assert time.monotonic() - began < 5


def test_an_owner_on_another_host_is_waited_for_until_it_must_be_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine("elsewhere")
    machine.enter(tmp_path)
    assert machine.line() == "held"
    with pytest.raises(UserError, match="on elsewhere since"):  # it touches its lock: it lives
        holding(tmp_path, "main").__enter__()
    machine.process.kill()
    machine.process.wait()
    monkeypatch.setattr(lock, "SILENT", 3.0)
    began = time.monotonic()
    with holding(tmp_path, "main"):
        assert 1 < time.monotonic() - began < 20


def test_ages_are_by_the_servers_clock_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock whose owner's clock is a year ahead is as old as its file says."""
    (tmp_path / "locks").mkdir()
    path = tmp_path / "locks" / "main.4"
    path.write_text(json.dumps({"host": "ahead", "pid": 1, "since": time.time() + 3e7}))
    os.utime(path, (time.time() - 200,) * 2)
    began = time.monotonic()
    with holding(tmp_path, "main"):
        assert time.monotonic() - began < 5
        assert (tmp_path / "locks" / "main.5").exists()


def test_a_slow_process_cannot_take_a_lock_that_has_gone_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It saw a dead owner's file; meanwhile another process took over, and ended, and a third one
    holds it: whatever number the slow one links to, it finds the third."""
    for _ in range(3):
        with holding(tmp_path, "main"):
            pass
    (tmp_path / "locks" / "main.2").unlink()
    linked = lock._linked

    def slow(part: Path, path: Path) -> bool:
        return linked(part, path.with_name("main.2"))

    def second() -> None:
        monkeypatch.setattr(lock, "_linked", slow)
        with pytest.raises(UserError, match="is under way"):
            holding(tmp_path, "main").__enter__()

    with holding(tmp_path, "main"):
        second()


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff"])
def test_a_damaged_lock_holds_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "main.1").write_bytes(content)
    with holding(tmp_path, "main"):
        pass


@pytest.mark.parametrize("links", [True, False])
def test_one_of_many_threads_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def refused(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    if not links:
        monkeypatch.setattr(os, "link", refused)
    won: list[bool] = []

    def take(number: int) -> None:
        part = tmp_path / f"{number}.part"
        part.write_text("mine")
        won.append(lock._linked(part, tmp_path / "lock"))

    threads = [threading.Thread(target=take, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_two_runs_started_at_once_draw_nothing_twice(pte: Start, tmp_path: Path) -> None:
    arguments = ("run", *TOY, "benchmark.toy.size=20", "engine.delay=0.3", "name=both")
    runs = [pte(*arguments), pte(*arguments)]
    said = [run.communicate(timeout=120)[1] for run in runs]
    assert sorted(run.returncode for run in runs) == [0, 2]
    refused = said[[run.returncode for run in runs].index(2)]
    assert "main of the run in" in refused
    assert "wait for its end, or stop it there" in refused
    assert len(list((tmp_path / "runs" / "journal").glob("*.jsonl"))) == 1
