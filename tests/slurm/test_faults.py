"""Faults on a real Slurm lose no finished draw and duplicate no row; THOROUGH=1 tries a hundred."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from math import ceil
from pathlib import Path

import pandas as pd

from harness.models.resolve import content_hash
from slurm.submission import Queued
from tests.engines.conftest import needs
from tests.fake_server import BROKEN, BUSY, RESET, FakeServer, byte_checkpoint
from tests.run.test_kill import keys
from tests.slurm.sweep import Sweep, records, tell
from tests.thorough import size

DISK = 96 * 2**20
"""Bytes of the small disk; a run asks for 64 MiB to be free when it starts."""
Fault = Callable[[Sweep], None]


def kill_the_worker(sweep: Sweep) -> None:
    if worker := sweep.worker(sweep.at_work()):
        worker.kill()


def kill_the_batch_script(sweep: Sweep) -> None:
    if script := sweep.script(sweep.at_work()):
        script.kill()


def requeue(sweep: Sweep) -> None:
    tell("scontrol", "requeue", sweep.at_work().job)


def cancel(sweep: Sweep) -> None:
    tell("scancel", sweep.at_work().job)


def warn_of_a_limit(sweep: Sweep) -> None:
    tell("scancel", "--signal=USR2", sweep.at_work().job)


def warn_of_a_preemption(sweep: Sweep) -> None:
    """As clusters do that know no other signal."""
    tell("scancel", "--signal=TERM", sweep.at_work().job)


def crash_the_controller(sweep: Sweep) -> None:
    sweep.at_work()
    sweep.slurm.restart_controller()


def fill_the_disk(sweep: Sweep) -> None:
    """Full until a running job has failed at it."""
    job = sweep.at_work()
    filler = sweep.journal / "filler"
    with filler.open("wb") as file, suppress(OSError):
        while True:
            file.write(bytes(2**20))
    sweep.until(lambda: gone(sweep, job), "a job notices that the disk is full")
    filler.unlink()


def freeze_the_journal(sweep: Sweep) -> None:
    """Read-only for all jobs of a resumed array, until they have failed at it."""
    sweep.at_work()
    sweep.slurm.clear()
    remount(sweep, "ro")
    sweep.resume()
    sweep.until(lambda: not sweep.jobs(), "jobs fail at a journal that takes no writes")
    remount(sweep, "rw")
    assert "cannot be written" in why(sweep)


HARD: dict[Fault, int] = {
    kill_the_worker: 19,
    kill_the_batch_script: 12,
    requeue: 16,
    cancel: 5,
    warn_of_a_limit: 11,
    warn_of_a_preemption: 11,
    crash_the_controller: 2,
    fill_the_disk: 2,
    freeze_the_journal: 2,
}
"""How often each befalls the jobs, of 100 faults: 80 in all; 20 more befall servers."""
FAULTS = size(100, 5)
"""The bar is 100; fewer lose the same draws, if any are lost: each kind comes once at least."""


def share(times: int) -> int:
    """Of so many faults in 100, those that are tried."""
    return ceil(times * FAULTS / 100)


def test_faults_of_jobs_disks_and_slurm(sweep: Sweep) -> None:
    problems = size(96, 60)  # ten jobs, or six, of as much work each
    settings = sweep.settings(problems, "cluster.gpu_hours=0.06", "engine.max_concurrency=2")
    alone = sweep.alone(*settings)
    faults = [fault for fault, times in HARD.items() for _ in range(share(times))]
    sweep.chance.shuffle(faults)
    with small_disk(sweep.journal):
        sweep.pace(1.0)
        sweep.submit(*settings)
        kept: set[str] = set()
        for fault in faults:
            fault(sweep)
            now = set(keys(sweep.journal))
            assert kept <= now, f"{fault.__name__} lost draws"
            kept = now
        sweep.pace(0)
        sweep.finish()
        sweep.check(alone)


def storm(server: FakeServer) -> None:
    server.mode = BROKEN


def crowd(server: FakeServer) -> None:
    server.mode = BUSY


def cut_off(server: FakeServer) -> None:
    server.mode = RESET


def stall(server: FakeServer) -> None:
    server.silent = True


TROUBLES = (storm, crowd, cut_off, stall, FakeServer.die)


def test_faults_of_servers_that_an_array_asks(sweep: Sweep, folder: Path) -> None:
    needs("transformers")
    weights = byte_checkpoint(folder / "weights")
    name = f"sha256:{content_hash(weights)}+bfloat16"
    with ExitStack() as stack:
        one, other = (stack.enter_context(FakeServer(name, seconds=0.2)) for _ in range(2))
        urls = f"engine.urls=[{one.url},{other.url}]"
        quick = ("engine.concurrency=2", "engine.health=1", "engine.timeout=5")
        settings = sweep.served(48, urls, *quick, "cluster.gpu_hours=0.12")
        sweep.submit(*settings)
        for n in range(max(len(TROUBLES), share(20))):
            server = (one, other)[sweep.chance.randrange(2)]
            seen = len(one.asked) + len(other.asked)
            sweep.until(lambda: len(one.asked) + len(other.asked) > seen + 3, "jobs ask")  # noqa: B023
            TROUBLES[n % len(TROUBLES)](server)
            time.sleep(0.5)
            server.mode, server.silent = None, False
            if TROUBLES[n % len(TROUBLES)] is FakeServer.die:
                server.revive()
        one.seconds = other.seconds = 0.0
        sweep.finish()
        alone = sweep.alone(*settings)
        unlike = ["engine_settings"]
        many = records(sweep.run)
        pd.testing.assert_frame_equal(many.drop(columns=unlike), alone.drop(columns=unlike))
        drawn = keys(sweep.journal)
        assert len(drawn) == len(set(drawn))
        assert set(drawn) == set(keys(folder / "one" / "journal"))


def gone(sweep: Sweep, job: Queued) -> bool:
    return sweep.worker(job) is None


def why(sweep: Sweep) -> str:
    """What the jobs say that failed."""
    return "\n".join(path.read_text() for path in (sweep.run / "status").glob("*.json"))


def remount(sweep: Sweep, how: str) -> None:
    """As soon as no job that ends has a file of the folder open for writing."""
    command = ["mount", "-o", f"remount,{how}", str(sweep.journal)]

    def done() -> bool:
        return subprocess.run(command, capture_output=True).returncode == 0

    sweep.until(done, f"the journal is remounted {how}")


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of its own in place of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    size = f"size={DISK}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
