"""Reading and grading answers, beside the loop where that takes milliseconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from harness.contracts.attempt import Attempt, AttemptStatus, Candidate
from harness.contracts.benchmark import AnswerKind, Benchmark, Grade, Reading, Task
from harness.contracts.program import FunctionStub, ProgramReading
from harness.plan.request import LoadedBenchmark
from harness.run.programs import ProgramGrader
from harness.solvers.reading import read_program, read_reply

GRADED = (AttemptStatus.ANSWERED, AttemptStatus.NO_ANSWER, AttemptStatus.CUT)
REMEMBER = 100_000
"""Answers whose reading or grade is kept, so that equal ones are worked on once."""


class GradingProcess:
    """A process beside the loop, in which equal work is done once."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._known: dict[tuple[Any, ...], asyncio.Task[Any]] = {}

    async def run(self, key: tuple[Any, ...], work: Callable[..., Any], *args: Any) -> Any:
        """What `work` returns for these arguments, which `key` stands for."""
        if key not in self._known:
            # A process of its own: its main thread may use the alarms that end a hopeless parse.
            if self._pool is None:
                self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
            loop = asyncio.get_running_loop()
            future = loop.run_in_executor(self._pool, work, *args)
            self._known[key] = asyncio.ensure_future(_result(future))
            if len(self._known) > REMEMBER:
                self._known.pop(next(iter(self._known)))
        try:
            return await asyncio.shield(self._known[key])
        except BrokenProcessPool:
            self._pool = None  # the next answer gets a new process; this one is a failed attempt
            self._known.pop(key, None)
            raise

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


class AnswerReader:
    """Reads answers for a whole run. Solvers reach it: no target and no grade may come here, and
    its process is not the grader's (law 3)."""

    def __init__(self) -> None:
        self._process = GradingProcess()

    async def read(self, task: Task, text: str) -> tuple[str | None, str | None]:
        """The answer in the text after the cue, and its canonical form."""
        if not task.slow:
            return _read(task, text)
        key = ("read", task.name, text)
        result: tuple[str | None, str | None] = await self._process.run(key, _read, task, text)
        return result

    async def program(
        self, task: Task, text: str, stub: FunctionStub
    ) -> tuple[ProgramReading | None, str | None]:
        """The program in a text, and its canonical form."""
        if not task.slow:
            return read_program(task, text, stub)
        key = ("program", task.name, stub.header, text)
        result: tuple[ProgramReading | None, str | None] = await self._process.run(
            key, read_program, task, text, stub
        )
        return result

    async def reply(self, task: Task, text: str, stub: FunctionStub | None) -> Reading:
        """What a whole reply says; of a program with the function that was asked for."""
        if not task.slow:
            return read_reply(task, text, stub)
        key = ("reply", task.name, stub and stub.header, text)
        result: Reading = await self._process.run(key, read_reply, task, text, stub)
        return result

    def close(self) -> None:
        """End the worker process."""
        self._process.close()


class Grader:
    """Grades for a whole run."""

    def __init__(self) -> None:
        self._process = GradingProcess()
        self.programs: ProgramGrader | None = None
        """Set while a job runs whose answers are programs."""

    async def grade(self, loaded: LoadedBenchmark, target: Any, attempt: Attempt) -> Grade | None:
        """The grade of a finished attempt, or None where it has no answer to be graded.

        An attempt in which the model gave no answer, or was cut, is wrong; one that overflowed or
        failed is not graded at all.
        """
        if attempt.status not in GRADED:
            return None
        if self.programs is not None and loaded.task.kind is AnswerKind.PROGRAM:
            return await self.programs.grade(loaded, target, attempt)
        if not loaded.task.slow:
            return loaded.benchmark.grade(target, attempt.answer, attempt.options)
        key = ("grade", loaded.task.name, attempt.problem.id, attempt.answer)
        args = (loaded.benchmark, target, attempt.answer)
        grade: Grade = await self._process.run(key, _grade, *args)
        return grade

    async def pool(
        self, loaded: LoadedBenchmark, target: Any, pool: tuple[Candidate, ...]
    ) -> tuple[Grade | None, ...]:
        """The grade of every candidate; called after submission, for the record alone."""
        if not loaded.task.slow:
            return tuple([await self.grade(loaded, target, c.attempt) for c in pool])
        return tuple(await asyncio.gather(*(self.grade(loaded, target, c.attempt) for c in pool)))

    def close(self) -> None:
        """End the worker process."""
        self._process.close()


async def _result(future: asyncio.Future[Any]) -> Any:
    return await future


def _read(task: Task, text: str) -> tuple[str | None, str | None]:
    answer = task.extract(text)
    return answer, None if answer is None else task.canonical(answer)


def _grade(benchmark: Benchmark, target: Any, answer: str | None) -> Grade:
    return benchmark.grade(target, answer)
