"""Several copies of a model on one machine: a vLLM server of its own for each, and one balancer.

vLLM in this process holds one copy. More of them are servers on loopback, which only this run has
the key to; they are asked as any servers are (`harness.engines.server`), so which copy answered is
in no key and no record. One that dies is started again; its requests go to the others meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from harness.engines.devices import VARIABLE
from harness.engines.watchdog import watch_children
from harness.errors import UserError

_log = logging.getLogger(__name__)
MODULE = "vllm.entrypoints.openai.api_server"
KEY_VARIABLE = "PTE_REPLICA_KEY"
"""Holds the key of the servers, which nobody else on the machine has."""
RESTARTS = 3
"""Times that one copy is started again."""
POLL_SECONDS = 0.5
LOADING_SECONDS = 3600.0
END_SECONDS = 20.0
LAST = 15
"""Lines of a server's log that are shown where it did not start."""


@dataclass
class Copy:
    """One server: its process, and how it is started again."""

    number: int
    port: int
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes]
    restarts: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Copies:
    """The servers of one model; `start` them, `watch` them, `stop` them."""

    def __init__(
        self, options: Sequence[str], devices: Sequence[Sequence[str]], cores: Sequence[str] = ()
    ) -> None:
        """
        Args:
            options: what each server is told, less its address.
            devices: the GPUs of each copy; an empty group leaves a copy the CPU.
            cores: where there is no GPU, the cores of each copy, as vLLM's setting has them.
        """
        self._options = options
        self._folder = Path(tempfile.mkdtemp(prefix="pte-replicas-"))
        self.key = os.environ[KEY_VARIABLE] = secrets.token_hex(16)
        self._copies: list[Copy] = []
        for number, group in enumerate(devices):
            environment = {**os.environ, "VLLM_API_KEY": self.key}
            if group:
                environment[VARIABLE] = ",".join(group)
            elif cores:
                environment["VLLM_CPU_OMP_THREADS_BIND"] = cores[number]
            port, log = _free_port(), self._folder / f"server_{number}.log"
            process = self._launched(port, environment, log)
            self._copies.append(Copy(number, port, environment, log, process))
        self._guard = watch_children()

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(each.url for each in self._copies)

    async def ready(self) -> None:
        """Return once every copy answers.

        Raises:
            UserError: one ended, or took too long; with its last words.
        """
        until = time.monotonic() + LOADING_SECONDS
        waiting = list(self._copies)
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
            while waiting:
                for copy in list(waiting):
                    if copy.process.poll() is not None or time.monotonic() > until:
                        raise UserError(self._last_words(copy))
                    try:
                        answer = await client.get(f"{copy.url}/health")
                    except httpx.HTTPError:
                        continue
                    if answer.status_code == httpx.codes.OK:
                        waiting.remove(copy)
                await asyncio.sleep(POLL_SECONDS)

    async def watch(self) -> None:
        """Start again what dies; ends when cancelled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            for copy in self._copies:
                code = copy.process.poll()
                if code is None or copy.restarts > RESTARTS:
                    continue
                copy.restarts += 1
                _end(copy.process)
                if copy.restarts > RESTARTS:
                    _log.error("replica %d ended (%d) again: it is left out", copy.number, code)
                    continue
                _log.warning("replica %d ended (%d): it is started again", copy.number, code)
                copy.process = self._launched(copy.port, copy.environment, copy.log)
                self._watch_anew()

    def stop(self) -> None:
        """End all servers; idempotent."""
        if self._guard is not None:
            self._guard.terminate()
            self._guard.wait()
            self._guard = None
        for copy in self._copies:
            copy.process.terminate()
        for copy in self._copies:
            with suppress(subprocess.TimeoutExpired):
                copy.process.wait(END_SECONDS)
            _end(copy.process)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _launched(
        self, port: int, environment: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", MODULE, *self._options]
        # Copies with one seed would say the same to requests that carry none.
        command += ["--host", "127.0.0.1", "--port", str(port)]
        command += ["--seed", str(secrets.randbelow(2**31))]
        with log.open("ab") as file:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=dict(environment),
                start_new_session=True,  # Ctrl-C drains the run, which still needs them
            )

    def _watch_anew(self) -> None:
        if self._guard is not None:
            self._guard.terminate()
            self._guard.wait()
        self._guard = watch_children()

    def _last_words(self, copy: Copy) -> str:
        try:
            lines = copy.log.read_text(errors="replace").splitlines()[-LAST:]
        except OSError:
            lines = []
        said = "\n".join(lines)
        return (
            f"replica {copy.number} of {len(self._copies)} did not start (exit code "
            f"{copy.process.poll()}): set engine.replicas=1 to have its own error at once. "
            f"Its last words:\n{said}"
        )


def _end(server: subprocess.Popen[bytes]) -> None:
    """End a server with all that it started: a server that is told to end while it loads leaves its
    engine behind, with all the memory that this holds."""
    with suppress(ProcessLookupError):  # nobody is left of its session
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def served_options(name: str, arguments: Mapping[str, Any]) -> list[str]:
    """The options by which `vllm serve` loads what vLLM in this process would.

    Args:
        name: what the weights are served as.
        arguments: of the engine in this process, by their names in Python.
    """
    words = ["--served-model-name", name, "--generation-config", "vllm"]
    words += ["--enable-prompt-tokens-details"]
    for key, value in arguments.items():
        option = f"--{key.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value is not None and value is not False:
            words += [option, json.dumps(value) if isinstance(value, dict) else str(value)]
    return words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
