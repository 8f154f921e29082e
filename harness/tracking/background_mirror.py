"""The mirror as the run knows it: started beside it, never waited for until the end."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from rich.console import Console

from harness.anchor import module_command
from harness.contracts.tracking import FOLDER, WandbConfig
from harness.interrupts import raising
from harness.tracking.upload import LATE, OUTCOME

LOG = "mirror.log"
LATE_SAID = "it took longer than it was given"
STOPPED_WAIT = 10.0
"""Most seconds that W&B gets where the run was stopped: batch systems kill soon after asking."""
GRACE = 5.0
"""Seconds beyond its time after which the mirror is ended from outside."""
QUIETLY = 3.0
"""Seconds of waiting that nobody needs to be told of."""


class Tracking(Protocol):
    """What runs beside a run and is told when that is over."""

    def close(self, stopped: bool, tell: Callable[[str], None]) -> str | None:
        """End it, after a bounded time; returns what it could not do, or None.

        `stopped` is whether the run did not come to its end; `tell` says what is waited for.
        """
        ...


class NoTracking:
    """What stands beside a run that is not tracked: it does nothing."""

    def close(self, stopped: bool, tell: Callable[[str], None]) -> str | None:
        """Do nothing, as nothing was started."""
        return None


@dataclass
class BackgroundMirror:
    """A started mirror, or why there is none."""

    folder: Path
    wait: float
    process: subprocess.Popen[bytes] | None
    problem: str = ""

    def close(self, stopped: bool, tell: Callable[[str], None]) -> str | None:
        """Say that the run is over, wait a bounded time, and return what W&B was not told."""
        if self.process is not None:
            seconds = min(self.wait, STOPPED_WAIT) if stopped else self.wait
            self._say(f"{seconds}\n")
            try:
                with raising():
                    self._wait_for(self.process, seconds, tell)
            except subprocess.TimeoutExpired:
                self.problem = LATE_SAID
            except KeyboardInterrupt:
                self.problem = "it was not waited for any longer"
            with suppress(ProcessLookupError):  # with all that it started
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        return self._outcome()

    @staticmethod
    def _wait_for(
        process: subprocess.Popen[bytes], seconds: float, tell: Callable[[str], None]
    ) -> None:
        try:
            process.wait(QUIETLY)
        except subprocess.TimeoutExpired:
            tell(f"waiting for W&B, {seconds:.0f} s at most; Ctrl-C ends the waiting")
            process.wait(seconds + GRACE - QUIETLY)

    def _say(self, line: str) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        with suppress(OSError):  # it may have ended, which its exit code tells
            self.process.stdin.write(line.encode())
            self.process.stdin.close()

    def _outcome(self) -> str | None:
        later = f"'pte track {shlex.quote(str(self.folder))}' tells W&B the rest"
        try:
            outcome = json.loads((self.folder / FOLDER / OUTCOME).read_text())
        except (OSError, ValueError):
            code = self.process.returncode if self.process else None
            late = LATE_SAID if code == LATE else ""
            why = (
                self.problem or late or f"ended with code {code}, see {self.folder / FOLDER / LOG}"
            )
            return f"W&B was not told everything ({why}): {later}"
        if outcome["trouble"]:
            return f"W&B was not told everything ({outcome['trouble']}): {later}"
        return None


def start(config: WandbConfig | None, folder: Path) -> Tracking:
    """Start what tells W&B of a folder; whatever goes wrong here is said by `close`."""
    if config is None or config.mode == "disabled":
        return NoTracking()
    own = folder / FOLDER
    command = [*module_command("harness.tracking.process"), str(folder.resolve())]
    try:
        own.mkdir(parents=True, exist_ok=True)
        (own / OUTCOME).unlink(missing_ok=True)
        with (own / LOG).open("ab") as log:
            process = subprocess.Popen(
                [*command, json.dumps(asdict(config)), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the run alone
            )
    except OSError as error:
        return BackgroundMirror(folder, config.wait, None, f"it could not start: {error.strerror}")
    return BackgroundMirror(folder, config.wait, process)


@contextmanager
def closing(beside: Tracking, console: Console, stopped: Callable[[], bool]) -> Iterator[None]:
    """Close what runs beside a run when that ends, however it does; one line if W&B lacks some."""
    failed = True
    try:
        yield
        failed = False
    finally:
        problem = beside.close(failed or stopped(), lambda line: console.print(line, markup=False))
        if problem:
            console.print(problem, markup=False)
