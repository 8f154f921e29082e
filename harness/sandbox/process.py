"""A worker as the sandbox holds it: started, asked, replaced."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.sandbox import wire
from harness.sandbox.contract import SandboxConfig, Tier

_ROOT = Path(__file__).resolve().parents[2]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from harness.sandbox.in_worker.worker import main; main()"
)


class WorkerLostError(Exception):
    """A worker's process has ended, or does not answer."""

    def __init__(self, message: str, *, outside: bool = True) -> None:
        super().__init__(message)
        self.outside = outside
        """Whether that says nothing of the program that it ran."""


class UnavailableError(Exception):
    """The tier cannot be had on this machine; the message says what is missing."""


class WorkerProcess:
    """One worker process; runs one job at a time."""

    def __init__(self, process: subprocess.Popen[bytes], line: socket.socket) -> None:
        self._process = process
        self._line = line

    @classmethod
    async def start(cls, config: SandboxConfig, tier: Tier) -> WorkerProcess:
        """Start a worker and wait until it is in its jail.

        Raises:
            UnavailableError: it cannot be jailed in this tier.
            WorkerLostError: it ended, or was not ready in time.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-c", _START, str(_ROOT)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the harness alone
                env=_environment(),
            )
        worker = cls(process, ours)
        settings = {
            "tier": tier,
            "packages": list(config.packages),
            "packages_if_there": list(config.packages_if_there),
        }
        try:
            reply = await worker.ask(settings, None, config.start_seconds)
        except BaseException:
            await worker.stop()
            raise
        if "unable" in reply:
            await worker.stop()
            raise UnavailableError(reply["unable"])
        return worker

    async def ask(self, message: Any, tests: str | None, seconds: float) -> Any:
        """Send a job, with its tests in a hidden file, and wait for the reply.

        Raises:
            WorkerLostError: no reply came, in this time or at all; the worker is of no more use.
        """
        loop = asyncio.get_running_loop()
        header, body = wire.pack(message, tests is not None)
        try:
            async with asyncio.timeout(seconds):
                self._send_header(header, tests)
                await loop.sock_sendall(self._line, body)
                length, _ = wire.HEADER.unpack(await self._read(wire.HEADER.size))
                reply = json.loads(await self._read(length))
        except (OSError, EOFError) as error:  # TimeoutError is an OSError
            raise WorkerLostError(f"a sandbox worker is gone ({error!r})") from error
        if "fault" in reply:
            failed = f"a sandbox worker failed ({reply['fault']})"
            raise WorkerLostError(failed, outside=reply["outside"])
        return reply

    def _send_header(self, header: bytes, tests: str | None) -> None:
        """The line is idle, so these few bytes never wait."""
        if tests is None:
            self._line.send(header)
            return
        hidden = wire.hidden_file(tests)
        try:
            socket.send_fds(self._line, [header], [hidden])
        finally:
            os.close(hidden)

    async def _read(self, length: int) -> bytes:
        loop = asyncio.get_running_loop()
        data = bytearray()
        while len(data) < length:
            part = await loop.sock_recv(self._line, min(length - len(data), 1 << 20))
            if not part:
                raise EOFError
            data += part
        return bytes(data)

    async def stop(self) -> None:
        """End the worker and everything it runs."""
        self._line.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        while self._process.poll() is None:
            await asyncio.sleep(0.002)


def _environment() -> dict[str, str]:
    """Nothing of the user's, but what Python may need to start."""
    environment = {
        "PYTHONHASHSEED": "0",  # the order of a set shall not decide a verdict
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    libraries = os.environ.get("LD_LIBRARY_PATH")
    if libraries:
        environment["LD_LIBRARY_PATH"] = libraries
    return environment
