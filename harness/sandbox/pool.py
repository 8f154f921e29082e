"""The sandbox: a pool of workers, asked from an event loop without holding it up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

from harness.errors import NotGradedError, UserError
from harness.sandbox.contract import (
    PER_ITEM,
    CheckCode,
    ExecutionResult,
    Limits,
    Oracle,
    Program,
    SandboxConfig,
    Tier,
    Value,
    Verdict,
)
from harness.sandbox.in_worker.supervise import BACKSTOP
from harness.sandbox.memory_kills import memory_kills
from harness.sandbox.process import UnavailableError, WorkerLostError, WorkerProcess
from harness.sandbox.tiers import start_workers

_LARGEST_CODE = 1 << 20
"""Characters of a program."""
_ATTEMPTS = 3
"""A worker, or a program's process, can be killed without fault of the program (memory that ran out
on the machine, an administrator); then it runs once more, alone among those that do."""
_SPARE_SECONDS = 60.0
"""How much longer than all its limits together a worker may take to reply before it is lost."""
_CLOSED = "the sandbox is closed"


class Sandbox:
    """Runs programs; open one with `Sandbox.open`."""

    def __init__(self, config: SandboxConfig, tier: Tier, workers: list[WorkerProcess]) -> None:
        self._config = config
        self._tier = tier
        self._workers = set(workers)
        self._idle: asyncio.Queue[WorkerProcess] = asyncio.Queue()
        for worker in workers:
            self._idle.put_nowait(worker)
        self._running: set[asyncio.Task[Any]] = set()
        self._renewing: set[asyncio.Task[None]] = set()
        self._closed = False
        self._again = asyncio.Lock()
        self._memory_kills = memory_kills()

    @classmethod
    @asynccontextmanager
    async def open(cls, config: SandboxConfig | None = None) -> AsyncIterator[Sandbox]:
        """A sandbox with its workers started and tried; closing it leaves nothing behind.

        Raises:
            UserError: the tier asked for, or any safe one, is not to be had on this machine.
        """
        config = config or SandboxConfig()
        tier, workers = await start_workers(config)
        box = cls(config, tier, workers)
        try:
            yield box
        finally:
            await box._close()

    @property
    def tier(self) -> Tier:
        return self._tier

    async def check(
        self, program: Program, tests: CheckCode, limits: Limits | None = None
    ) -> ExecutionResult:
        """What a trusted suite says of one program.

        Raises:
            UserError: the suite itself is broken: it does not compile, or its setup raises.
            NotGradedError: what ran it was killed from outside, time and again.
        """
        suite = {"code": tests.code, "setup": tests.setup, "entry": program.entry}
        job = {
            "code": program.code,
            "run_as": program.run_as,
            "oracle": tests.oracle,
            "limits": asdict(limits or Limits()),
        }
        if too_large(program.code):
            return ExecutionResult(Verdict.REFUSED, "the program is too large", self._tier)
        reply = await self._ask(job, json.dumps(suite), limits or Limits(), 1)
        ((verdict, detail),) = reply["results"]
        if verdict == "broken":
            raise UserError(f"the tests themselves are broken: {detail}")
        return ExecutionResult(Verdict(verdict), detail, self._tier, reply["seconds"])

    async def asserts(
        self,
        code: str,
        asserts: Sequence[str],
        limits: Limits = PER_ITEM,
        oracle: Oracle = Oracle.SPLIT,
    ) -> list[ExecutionResult]:
        """What each of many untrusted assertions says of one program, by itself.

        Assertions that are harmless by their text run together where the program is too; every
        other one has processes of its own. None can change the verdict on another.

        Raises:
            NotGradedError: what ran them was killed from outside, time and again.
        """
        result, seconds = await self._items(code, asserts, False, oracle, limits)
        return [ExecutionResult(Verdict(v), detail, self._tier, seconds) for v, detail in result]

    async def values(
        self, code: str, expressions: Sequence[str], limits: Limits = PER_ITEM
    ) -> list[Value]:
        """What each of many untrusted expressions comes to on one program.

        Raises:
            NotGradedError: what ran them was killed from outside, time and again.
        """
        result, seconds = await self._items(code, expressions, True, Oracle.IN_PROCESS, limits)
        return [Value(Verdict(v), text, self._tier, seconds) for v, text in result]

    async def _items(
        self, code: str, items: Sequence[str], values: bool, oracle: Oracle, limits: Limits
    ) -> tuple[list[tuple[str, str]], float]:
        if not items:
            return [], 0.0
        different = list(dict.fromkeys(items))
        if too_large(code):
            return [(Verdict.REFUSED, "the program is too large")] * len(items), 0.0
        job = {
            "code": code,
            "items": different,
            "values": values,
            "oracle": oracle,
            "limits": asdict(limits),
        }
        reply = await self._ask(job, None, limits, len(different))
        result = dict(zip(different, reply["results"], strict=True))
        return [result[item] for item in items], reply["seconds"] / len(items)

    async def _ask(self, job: Any, tests: str | None, limits: Limits, items: int) -> Any:
        """A worker's reply.

        Raises:
            NotGradedError: none came of several workers.
        """
        if self._closed:
            raise RuntimeError(_CLOSED)
        each = (BACKSTOP + 1) * (limits.wall_seconds + 10 * limits.cpu_seconds)
        seconds = _SPARE_SECONDS + items * each
        task = asyncio.create_task(self._attempts(job, tests, seconds))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            reply = await task
        except asyncio.CancelledError:
            if self._closed:
                raise RuntimeError(_CLOSED) from None
            raise
        if not isinstance(reply, WorkerLostError):
            return reply
        why = f"its worker was lost {_ATTEMPTS} times: {reply}"
        if memory_kills() > self._memory_kills:
            why += "; the kernel killed processes, as the memory that this job may use was used up"
        if reply.outside and self._tier is not Tier.UNSAFE:
            raise NotGradedError(why)
        # In that tier a program can kill itself, and whatever runs it.
        return {"results": [[Verdict.KILLED, why]] * items, "seconds": 0.0}

    async def _attempts(self, job: Any, tests: str | None, seconds: float) -> Any:
        """A worker's reply, or how the last was lost if as many were lost as are tried."""
        lost = await self._attempt(job, tests, seconds)
        if not isinstance(lost, WorkerLostError):
            return lost
        async with self._again:
            for _ in range(_ATTEMPTS - 1):
                lost = await self._attempt(job, tests, seconds)
                if not isinstance(lost, WorkerLostError):
                    return lost
        return lost

    async def _attempt(self, job: Any, tests: str | None, seconds: float) -> Any:
        """A worker's reply, or how it was lost."""
        worker = await self._idle.get()
        try:
            reply = await worker.ask(job, tests, seconds)
        except WorkerLostError as error:
            with suppress(WorkerLostError, UnavailableError):  # who gets the dead one tries again
                await self._replace(worker)
            return error
        except BaseException:
            # Cancelled in the middle of a job: its worker is busy with what nobody wants.
            self._replace(worker)
            raise
        self._idle.put_nowait(worker)
        return reply

    def _replace(self, worker: WorkerProcess) -> asyncio.Task[None]:
        """Put a new worker in the place of one that is lost or must not go on."""
        task = asyncio.create_task(self._renew(worker))
        self._renewing.add(task)
        task.add_done_callback(self._renewed)
        return task

    def _renewed(self, task: asyncio.Task[None]) -> None:
        self._renewing.discard(task)
        if not task.cancelled():
            task.exception()  # seen; who next gets the dead worker tries again, and tells

    async def _renew(self, worker: WorkerProcess) -> None:
        await worker.stop()
        if self._closed:
            return
        fresh = worker  # if none can be started, whoever gets the dead one tries again
        try:
            fresh = await WorkerProcess.start(self._config, self._tier)
            self._workers.discard(worker)
            self._workers.add(fresh)
        finally:
            self._idle.put_nowait(fresh)

    async def _close(self) -> None:
        """End all work that is under way, and every worker."""
        self._closed = True
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.gather(*self._renewing, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in self._workers))


def too_large(text: str) -> bool:
    """Whether a text is larger than the sandbox takes."""
    return len(text) > _LARGEST_CODE
