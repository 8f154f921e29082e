"""Reading and grading answers, beside the loop where that takes milliseconds."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

from harness.contracts.attempt import Attempt, AttemptStatus, Candidate
from harness.contracts.benchmark import AnswerKind, Benchmark, Grade, Reading, Task
from harness.contracts.program import FunctionStub, ProgramReading
from harness.cpu_time import OutOfCpuTimeError, within
from harness.errors import NotGradedError, UnreadableError, UserError
from harness.identity.code_origin import PACKAGES
from harness.plan.request import LoadedBenchmark
from harness.run.programs import ProgramGrader
from harness.run.worker import Workers, WorkFailedError
from harness.solvers.reading import (
    as_written,
    extracted,
    found_in_reply,
    read_answer,
    read_program,
    read_reply,
)

GRADED = (AttemptStatus.ANSWERED, AttemptStatus.NO_ANSWER, AttemptStatus.CUT)
UNGRADABLE = "ungradable"
"""How the verdict on an answer begins that cannot be compared with the target."""
SECONDS = 5.0
"""CPU seconds of work that is done on the spot, which should take microseconds."""
LONGEST = 300
"""Characters of a reason."""
ROUNDING = 1e-9
"""By how much a score may be off 0 or 1."""
REMEMBER = 100_000
"""Answers whose reading or grade is kept, so that equal ones are worked on once."""


class GradingProcess:
    """Processes beside the loop, in which equal work is done once."""

    def __init__(self) -> None:
        self._workers: Workers | None = None
        self._known: dict[tuple[Any, ...], asyncio.Task[Any]] = {}

    async def run(self, key: tuple[Any, ...], work: Callable[..., Any], *args: Any) -> Any:
        """What `work` returns for these arguments, which `key` stands for.

        Raises:
            WorkFailedError, UserError, NotGradedError: see `Workers.run`.
        """
        if key not in self._known:
            if self._workers is None:
                self._workers = Workers()
            self._known[key] = asyncio.ensure_future(self._workers.run(work, *args))
            if len(self._known) > REMEMBER:
                self._known.pop(next(iter(self._known)))
        try:
            return await asyncio.shield(self._known[key])
        except NotGradedError:
            self._known.pop(key, None)  # whoever asks again has it tried again
            raise

    def close(self) -> None:
        """End the processes, whatever they are in the middle of."""
        if self._workers is not None:
            self._workers.close()


class AnswerReader:
    """Reads answers for a whole run. Solvers reach it: no target and no grade may come here, and
    its processes are not the grader's (law 3).

    Words whose reading raises, or computes for too long, hold what answer was found in them, as it
    is written, or none; `UnreadableError` has it and the reason.
    """

    def __init__(self) -> None:
        self._process = GradingProcess()

    async def read(self, task: Task, text: str) -> tuple[str | None, str | None]:
        """The answer in the text after the cue, and its canonical form.

        Raises:
            UnreadableError: reading it raised; holds the two all the same.
        """
        try:
            result: tuple[str | None, str | None] = await self._do(task, "read", text, read_answer)
        except WorkFailedError as error:
            answer = await self._found(task, text, extracted)
            raise UnreadableError(str(error), (answer, as_written(answer))) from error
        return result

    async def program(
        self, task: Task, text: str, stub: FunctionStub
    ) -> tuple[ProgramReading | None, str | None]:
        """The program in a text, and its canonical form.

        Raises:
            UnreadableError: reading it raised; no program was found.
        """
        try:
            result: tuple[ProgramReading | None, str | None] = await self._do(
                task, "program", text, read_program, stub
            )
        except WorkFailedError as error:
            raise UnreadableError(str(error), (None, None)) from error
        return result

    async def reply(self, task: Task, text: str, stub: FunctionStub | None) -> Reading:
        """What a whole reply says; of a program with the function that was asked for.

        Raises:
            UnreadableError: reading it raised; holds a reading all the same.
        """
        try:
            result: Reading = await self._do(task, "reply", text, read_reply, stub)
        except WorkFailedError as error:
            answer = None if stub else await self._found(task, text, found_in_reply)
            reading = Reading(answer, as_written(answer), None, len(text.split()))
            raise UnreadableError(str(error), reading) from error
        return result

    async def _found(self, task: Task, text: str, find: Callable[..., str | None]) -> str | None:
        """The answer before it is brought into any form; None if that raises too."""
        try:
            result: str | None = await self._do(task, find.__name__, text, find)
        except WorkFailedError:
            return None
        return result

    async def _do(
        self, task: Task, kind: str, text: str, work: Callable[..., Any], *more: Any
    ) -> Any:
        if not apart(task):
            return _here(work, task, text, *more)
        stub = more[0] if more else None
        key = (kind, task.name, stub and stub.header, text)
        return await self._process.run(key, work, task, text, *more)

    def close(self) -> None:
        """End the worker processes."""
        self._process.close()


class Grader:
    """Grades for a whole run."""

    def __init__(self) -> None:
        self._process = GradingProcess()
        self.programs: ProgramGrader | None = None
        """Set while a job runs whose answers are programs."""

    async def grade(self, loaded: LoadedBenchmark, target: Any, attempt: Attempt) -> Grade | None:
        """The grade of a finished attempt, or None where it has no answer to be graded.

        An attempt in which the model gave no answer, or was cut, is wrong, and so is one whose
        answer cannot be compared with the target: its verdict says why. One that overflowed or
        failed is not graded at all.

        Raises:
            UserError: the benchmark's own tests are broken.
            NotGradedError: the benchmark's grading raises whatever the answer is, or gives no score
                in [0, 1]; or what graded it was ended by something else, time and again.
        """
        if attempt.status not in GRADED:
            return None
        if self.programs is not None and loaded.task.kind is AnswerKind.PROGRAM:
            return await self.programs.grade(loaded, target, attempt)
        problem = attempt.problem.id
        try:
            args = (problem, attempt.answer, attempt.options)
            return _within(await self._grade(loaded, target, *args))
        except WorkFailedError as error:
            reason = str(error)
        try:  # is it the answer's fault?
            await self._grade(loaded, target, problem, None, ())
        except WorkFailedError as error:
            raise NotGradedError(f"grading raises whatever the answer is: {error}") from error
        return Grade(0.0, verdict=f"{UNGRADABLE}: {reason}")

    async def _grade(
        self, loaded: LoadedBenchmark, target: Any, problem: str, answer: str | None, options: Any
    ) -> Grade:
        args = (loaded.benchmark, target, answer, options)
        if not apart(loaded.task) and not _own(type(loaded.benchmark)):
            here: Grade = _here(_grade, *args)
            return here
        key = ("grade", loaded.task.name, problem, answer, options)
        grade: Grade = await self._process.run(key, _grade, *args)
        return grade

    async def pool(
        self, loaded: LoadedBenchmark, target: Any, pool: tuple[Candidate, ...]
    ) -> tuple[Grade | None, ...]:
        """The grade of every candidate; called after submission, for the record alone. None too for
        one that could not be graded."""

        async def one(attempt: Attempt) -> Grade | None:
            try:
                return await self.grade(loaded, target, attempt)
            except NotGradedError:
                return None

        if not apart(loaded.task):
            return tuple([await one(candidate.attempt) for candidate in pool])
        return tuple(await asyncio.gather(*(one(candidate.attempt) for candidate in pool)))

    def close(self) -> None:
        """End the worker processes."""
        self._process.close()


def apart(task: Task) -> bool:
    """Whether a task's answers are read and graded in processes of their own: where its benchmark
    says that it computes, and where its rules are of the user's making."""
    rules = (task.extract, task.canonical, task.lenient, task.extract_program)
    return task.slow or any(each is not None and _own(each) for each in rules)


@cache
def _own(rule: Any) -> bool:
    """Whether a function or class is the user's, and another process can import it."""
    inside = rule.func if isinstance(rule, partial) else rule
    module = getattr(inside, "__module__", None) or "__main__"
    if module == "__main__" or module.split(".")[0] in PACKAGES:
        return False
    try:
        pickle.dumps(rule)
    except Exception:  # a lambda, or what holds something that stays here
        return False
    return True


def _here(work: Callable[..., Any], *args: Any) -> Any:
    """What work that takes microseconds returns, without a process of its own.

    Raises:
        WorkFailedError: it raised, or took far longer.
    """
    try:
        return within(SECONDS, partial(work, *args))
    except UserError:
        raise
    except (Exception, OutOfCpuTimeError) as error:
        raise WorkFailedError(f"{type(error).__name__}: {error}"[:LONGEST]) from error


def _within(grade: Grade) -> Grade:
    """The grade with its score's rounding taken off; NotGradedError where that is no score."""
    score = min(1.0, max(0.0, grade.score))
    if not abs(grade.score - score) <= ROUNDING:
        raise NotGradedError(
            f"the benchmark's grade() gives a score of {grade.score:g}, and scores are from 0 to 1"
        )
    return replace(grade, score=score)


def _grade(benchmark: Benchmark, target: Any, answer: str | None, options: Any) -> Grade:
    return benchmark.grade(target, answer, options)
