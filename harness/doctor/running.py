"""Carries checks out, each in a process of its own or its group's, within its time."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec
import psutil

from harness.anchor import module_command
from harness.doctor.contract import Asked, Check, Finding, Status, fail, skip
from harness.doctor.process import Answer

LOG = 4000
"""Characters of what a check printed that are kept where it failed."""
PATIENCE = 10.0
"""Seconds that a process has to end by itself, closing what it loaded."""


@dataclass(frozen=True)
class Outcome:
    """A check with what it found."""

    check: Check
    finding: Finding
    seconds: float = 0.0
    log: str = ""
    """The end of what it printed, where it failed."""


def outcomes(
    checks: Sequence[Check], asked: Asked, begin: Callable[[Check], None]
) -> Iterator[Outcome]:
    """Make the checks one after another; `begin` is told which comes next."""
    failed: set[str] = set()
    process: CheckProcess | None = None
    try:
        for check in checks:
            begin(check)
            if check.needs in failed:
                outcome = Outcome(check, skip(f"not tried, since '{check.needs}' failed"))
            else:
                if process and (process.group != check.process or not check.process):
                    process.end()
                    process = None
                process = process or CheckProcess(asked, check.process)
                outcome = process.ask(check)
                if process.gone:
                    process = None
            if outcome.finding.status is Status.FAIL:
                failed.add(check.name)
            yield outcome
    finally:
        if process:
            process.end()


class CheckProcess:
    """One process that makes checks."""

    def __init__(self, asked: Asked, group: str) -> None:
        self.group = group
        self.gone = False
        """Whether it was lost or ended over a check, and is of no more use."""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (closed with this object)
        self._process = subprocess.Popen(
            [*module_command("harness.doctor.process"), msgspec.json.encode(asked).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C is for the doctor, which then ends this
        )

    def ask(self, check: Check) -> Outcome:
        """Have a check made, within its time."""
        begun = time.monotonic()
        try:
            line = self._answer(check)
        except TimeoutError:
            self.end(patience=0)
            late = f"no end after {check.seconds:.0f} s, so it was ended"
            finding = fail(late, "look for what it waits for (a file system, the network, a GPU)")
            return Outcome(check, finding, time.monotonic() - begun, self._printed())
        except OSError:
            line = b""
        if not line:
            self.end(patience=1.0)
            finding = fail(f"its process ended: {_ending(self._process.returncode)}", "")
            return Outcome(check, finding, time.monotonic() - begun, self._printed())
        answer = msgspec.json.decode(line, type=Answer)
        failed = answer.finding.status is Status.FAIL
        return Outcome(check, answer.finding, answer.seconds, self._printed() if failed else "")

    def _answer(self, check: Check) -> bytes:
        """The process's line; empty where it has ended.

        Raises:
            TimeoutError: there was none in time.
        """
        given, said = self._process.stdin, self._process.stdout
        assert given is not None
        assert said is not None
        given.write(f"{check.name}\n".encode())
        given.flush()
        end, line = time.monotonic() + check.seconds, b""
        while not line.endswith(b"\n"):
            if not select.select([said], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError
            part = os.read(said.fileno(), 1 << 16)
            if not part:
                return b""
            line += part
        return line

    def end(self, patience: float = PATIENCE) -> None:
        """End it and whatever it started."""
        self.gone = True
        children: list[psutil.Process] = []
        with suppress(psutil.Error):
            children = psutil.Process(self._process.pid).children(recursive=True)
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        for child in children:
            with suppress(psutil.Error):
                child.kill()
        with suppress(subprocess.TimeoutExpired):  # one that waits for a dead disk cannot be ended
            self._process.kill()
            self._process.wait(5)
        if self._process.stdout:
            self._process.stdout.close()

    def _printed(self) -> str:
        """The end of what was printed so far."""
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - LOG))
        return self._log.read().decode(errors="replace").strip()


def _ending(code: int | None) -> str:
    if code is None:
        return "it does not answer"
    if code < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
