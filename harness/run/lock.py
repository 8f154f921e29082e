"""Who carries out a run, or a work unit of it: one process, decided the same way on every host.

The lock of a name is the highest of its numbered files in `RUN/locks`. Whoever wants it links a
file of its own to the next number, which one process alone can do, on NFS as well; nobody ever
removes or replaces another's file that counts, so a slow process cannot take away a lock that it
has not seen. The owner touches its file every few seconds, and puts down in it that it has ended.
An owner that was killed is known at once on its own host, elsewhere by what Slurm says of its job,
and without one by a file that is no longer touched: ages are differences of times that the file
server gave, so clocks need not agree.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import psutil

from harness.errors import UserError
from harness.files import replace_text
from harness.interrupts import leaving
from harness.run.batch import BatchJob, JobState
from harness.run.tracker import MAIN
from harness.stored import Moment, ProcessId, data_in, shaped
from harness.visible import one_line

FOLDER = "locks"
BEAT = 10.0
"""Seconds between two touches of a lock."""
SILENT = 120.0
"""Seconds after which an owner on another host that has not touched its lock is taken for dead."""
CORRECTED = 60.0
"""Seconds by which a host's clock may have been set right since an owner began."""
KEPT = 3
"""Earlier files of a name that are kept."""


@dataclass(frozen=True)
class Owner:
    """Who holds a lock."""

    host: str
    pid: ProcessId
    since: Moment
    """When it began, in seconds since the epoch, by its own host's clock."""
    ended: bool = False
    job: str = ""
    """The Slurm job it runs in; none outside of one."""
    restarts: int = 0
    """How often that job had been started again."""

    @property
    def batch(self) -> BatchJob:
        return BatchJob(self.job, self.restarts)


@contextmanager
def holding(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock of a process of a run, such as `main`, which is in every other one's way.

    An owner on another host that is silent is waited for, two minutes at most.

    Raises:
        UserError: another process holds it, or one that is in the way; or the folder cannot be
            written.
    """
    lock = _Lock(folder, name)
    try:
        lock.take()
    except OSError as error:
        raise UserError(
            f"the run folder {folder} cannot be written ({error.strerror}): make it writable or "
            "name another one"
        ) from error
    beating = threading.Event()
    thread = threading.Thread(target=lock.beat, args=(beating,), name="lock", daemon=True)
    thread.start()
    try:
        with leaving(lock.end):
            yield
    finally:
        beating.set()
        thread.join()
        lock.end()


class _Lock:
    """The lock of one name in one run's folder."""

    def __init__(self, run: Path, name: str) -> None:
        self._run, self._name = run, name
        self._folder = run / FOLDER
        self._path = self._folder
        job = BatchJob.own()
        self._owner = Owner(
            socket.gethostname(), os.getpid(), time.time(), job=job.id, restarts=job.restarts
        )

    def take(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f".{uuid.uuid4().hex}.part"
        part.write_text(json.dumps(asdict(self._owner)))
        try:
            # The next after the one that was seen to be free, and not after what has come since.
            number = self._wait_for(self._name, part) + 1
            self._path = self._file(self._name, number)
            if not _linked(part, self._path):
                self._refuse(self._name, _owner(self._path))
        finally:
            part.unlink(missing_ok=True)
        # From here on others see this process; who came at the same time, and first, is seen too.
        try:
            for name in self._in_the_way():
                self._wait_for(name, self._path)
            later = max(self._numbers(self._name))
            if later > number:
                self._refuse(self._name, _owner(self._file(self._name, later)))
        except BaseException:
            self.end()
            raise
        for old in self._numbers(self._name):
            if old < number - KEPT:
                self._file(self._name, old).unlink(missing_ok=True)

    def beat(self, ended: threading.Event) -> None:
        """Touch the lock until the event."""
        while not ended.wait(BEAT):
            with suppress(OSError):
                os.utime(self._path)

    def end(self) -> None:
        """Put down that this process has ended."""
        with suppress(OSError):  # then it is known by its silence
            replace_text(self._path, json.dumps(asdict(self._owner) | {"ended": True}))

    def _wait_for(self, name: str, own: Path) -> int:
        """The number of the latest lock of this name, once nobody holds it; 0 where there is none.

        Args:
            name: of the lock.
            own: a file of this process, which shows the server's time.
        """
        first: tuple[Path, float] | None = None
        began = time.monotonic()
        while numbers := self._numbers(name):
            path = self._file(name, latest := max(numbers))
            try:
                owner, touched = _owner(path), path.stat().st_mtime
            except FileNotFoundError:  # a later one has come
                continue
            if owner is None or owner.ended:
                return latest
            if owner.host == socket.gethostname():
                if not _lives(owner):
                    return latest
                self._refuse(name, owner)
            if first not in (None, (path, touched)):
                self._refuse(name, owner)
            state = owner.batch.state(owner.since)
            if state is JobState.ENDED:
                return latest
            if state is JobState.AT_WORK:
                self._refuse(name, owner)
            first = path, touched
            os.utime(own)
            silent = own.stat().st_mtime - touched
            if silent > SILENT or time.monotonic() - began > SILENT:
                return latest
            time.sleep(1.0)
        return 0

    def _in_the_way(self) -> list[str]:
        names = {path.name.rpartition(".")[0] for path in self._folder.glob("[!.]*.*")}
        return sorted(names - {self._name}) if self._name == MAIN else [MAIN]

    def _numbers(self, name: str) -> list[int]:
        found = (each.rpartition(".") for each in os.listdir(self._folder))
        return [int(number) for of, _, number in found if of == name and number.isdecimal()]

    def _file(self, name: str, number: int) -> Path:
        return self._folder / f"{name}.{number}"

    def _refuse(self, name: str, owner: Owner | None) -> None:
        if owner is None:
            raise UserError(f"{name} of the run in {self._run} is being started: try again")
        since = datetime.fromtimestamp(owner.since).strftime("%Y-%m-%d %H:%M:%S")
        stop = "or stop it there"
        if owner.batch.named:
            stop = f"or end its job with 'scancel {owner.job}'"
        raise UserError(
            f"{name} of the run in {self._run} is under way in process {owner.pid} on "
            f"{one_line(owner.host)} since {since}: wait for its end, {stop}"
        )


def _linked(part: Path, path: Path) -> bool:
    """Whether this process was the one to make `path`."""
    try:
        os.link(part, path)
    except FileExistsError:
        # An answer of the server that was lost is asked for again, and then the file is there.
        return part.stat().st_nlink == 2
    except OSError:  # a file system without links
        try:
            with path.open("x") as file:
                file.write(part.read_text())
        except FileExistsError:
            return False
    return True


def _owner(path: Path) -> Owner | None:
    """Who a lock's file says it is of; None for one that is damaged."""
    try:
        return shaped(data_in(path), Owner)
    except ValueError:
        return None


def _lives(owner: Owner) -> bool:
    """Whether a process of this host is there, and is not a later one of the same number."""
    try:
        return bool(psutil.Process(owner.pid).create_time() <= owner.since + CORRECTED)
    except psutil.Error:
        return False
