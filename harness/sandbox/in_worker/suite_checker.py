"""One program under one suite: who runs where, and what their ends mean."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import replace

from harness.sandbox.contract import Limits, RunAs, Verdict
from harness.sandbox.in_worker import oracle, remote_calls, suite
from harness.sandbox.in_worker.resident_judge import APART, ResidentJudge
from harness.sandbox.in_worker.spawn import UNCONFINED, Child, Spawner
from harness.sandbox.in_worker.supervise import OUT_OF_CPU, Supervisor
from harness.sandbox.in_worker.verdicts import VerdictAndDetail
from harness.sandbox.wire import read_hidden, write_all

_LARGEST_VERDICT = 65536


class KilledFromOutsideError(Exception):
    """Somebody else, or the kernel for want of memory, killed a process: no verdict comes of it."""


SuiteResult = tuple[VerdictAndDetail, float]
"""Verdict and detail, and CPU seconds."""


class SuiteChecker:
    """Runs checks with a worker's means."""

    def __init__(self, spawner: Spawner, supervisor: Supervisor) -> None:
        self._spawner = spawner
        self._judges = replace(spawner, box=None)
        self._supervisor = supervisor
        self._staying = None if spawner.program is None else ResidentJudge(spawner)

    def split(self, code: str, run_as: RunAs, tests: int, limits: Limits) -> SuiteResult:
        """A program in one process and its trusted tests, a hidden file, in another."""

        def judge(channel: int) -> VerdictAndDetail:
            suite = oracle.prepare(**json.loads(read_hidden(tests)))
            return suite if isinstance(suite, tuple) else oracle.judge(channel, suite, limits)

        with _ServingProgram(self._spawner, code, run_as, limits) as program:
            result = self._stayed(program, tests, limits)
            if result == APART:
                result = self._forked(program, (tests,), judge, limits)
        return result, program.seconds

    def untrusted(self, code: str, assertion: str, limits: Limits, harmless: bool) -> SuiteResult:
        """A program in one process and an assertion in another.

        `harmless` says that the assertion is so by its text; else it is as jailed as the program.
        """

        def judge(channel: int) -> VerdictAndDetail:
            suite = oracle.prepare(assertion, "", None)
            return suite if isinstance(suite, tuple) else oracle.judge(channel, suite, limits)

        with _ServingProgram(self._spawner, code, RunAs.MODULE, limits) as program:
            result = self._stayed(program, assertion, limits) if harmless else APART
            if result == APART:
                result = self._forked(program, (), judge, limits)
        return result, program.seconds

    def _stayed(
        self, program: _ServingProgram, tests: int | str, limits: Limits
    ) -> VerdictAndDetail:
        """The verdict of the judge that stays; `APART` if these tests are not for it."""
        if self._staying is None:
            return APART
        judge = self._staying.ask(program.channel, tests, limits)
        line = self._staying.line.fileno()
        self._supervisor.wait([program.child, judge], line, limits.wall_seconds)
        result = self._staying.answer()
        return program.verdict(result, judge)

    def _forked(
        self,
        program: _ServingProgram,
        keep: tuple[int, ...],
        judge: Callable[[int], VerdictAndDetail],
        limits: Limits,
    ) -> VerdictAndDetail:
        """The verdict of a judge of its own, as jailed as the program."""
        verdict, saying = os.pipe()
        channel = program.channel

        def work() -> None:
            _say(saying, "", judge(channel))

        child = self._judges.spawn(limits, (channel, saying, *keep), work)
        try:
            os.close(saying)
            self._supervisor.wait([program.child, child], verdict, limits.wall_seconds)
            result = _read_verdict(verdict, "")
            if result is None:
                child.settle()
        finally:
            child.end()
            os.close(verdict)
        return program.verdict(result, child)

    def in_process(self, code: str, run_as: RunAs, tests: int, limits: Limits) -> SuiteResult:
        """The program and its tests in one process."""
        verdict, saying = os.pipe()
        nonce_out, nonce_in = os.pipe()
        nonce = os.urandom(16).hex()
        write_all(nonce_in, nonce.encode())
        os.close(nonce_in)

        def check() -> None:
            say, read = _say, os.read
            result = suite.check(code, run_as, tests)
            say(saying, read(nonce_out, 64).decode(), result)

        child = self._spawner.spawn(limits, (tests, saying, nonce_out), check)
        try:
            os.close(saying)
            os.close(nonce_out)
            self._supervisor.wait([child], verdict, limits.wall_seconds)
            results = _read_verdict(verdict, nonce)
            if results is None or results[0] == oracle.GONE:
                child.settle()
        finally:
            child.end()
            os.close(verdict)
        if results is None or results[0] == oracle.GONE:
            return fate(child), child.used
        return results, child.used


class _ServingProgram:
    """A program that serves calls, for as long as the context lasts."""

    def __init__(self, spawner: Spawner, code: str, run_as: RunAs, limits: Limits) -> None:
        self.seconds = 0.0
        theirs, self._ours = socket.socketpair()
        self.channel = self._ours.fileno()
        answering = theirs.fileno()
        self.child = spawner.spawn(
            limits, (answering,), lambda: remote_calls.serve(answering, code, run_as)
        )
        theirs.close()

    def __enter__(self) -> _ServingProgram:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.end()
        self.seconds += self.child.used
        self._ours.close()

    def verdict(self, result: VerdictAndDetail | None, judge: Child) -> VerdictAndDetail:
        """What a judge said, or what its end or the program's says."""
        if result is None and judge.status is None:
            judge.reap()
        self.seconds += judge.cpu_seconds()
        if result is None:
            return fate(self.child if self.child.ended else judge)
        if result[0] != oracle.GONE:
            return result
        if self.child.runs():
            return Verdict.KILLED, "the program closed its line to the tests"
        self.child.reap()
        return fate(self.child)


def fate(child: Child) -> VerdictAndDetail:
    """What the end of a process says, where the process itself said nothing.

    Raises:
        KilledFromOutsideError: it was killed, and neither by the worker nor by its own doing.
    """
    if child.ended:
        return Verdict.TIMEOUT, child.ended
    if child.broke_off:
        return Verdict.KILLED, "the program broke off before it had answered"
    if child.used >= child.limits.cpu_seconds:  # the kernel's own limit was quicker
        return Verdict.TIMEOUT, OUT_OF_CPU
    status = child.status or 0
    if status == UNCONFINED << 8:
        raise OSError("a process could not be jailed")
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) == signal.SIGKILL:  # which no program can send, not even to itself
            raise KilledFromOutsideError("a program's process was killed from outside")
        name = signal.Signals(os.WTERMSIG(status)).name
        return Verdict.KILLED, f"the program was ended by {name}"
    return Verdict.KILLED, "the program ended itself before it had answered"


def _say(descriptor: int, nonce: str, result: VerdictAndDetail) -> None:
    write_all(descriptor, json.dumps([nonce, *result]).encode())


def _read_verdict(descriptor: int, nonce: str) -> VerdictAndDetail | None:
    """What a process said before it ended, if it knew the nonce and said what can be said."""
    data = os.read(descriptor, _LARGEST_VERDICT)
    try:
        heard = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(heard, list) or len(heard) != 3 or heard[0] != nonce:
        return None
    verdict, detail = str(heard[1]), str(heard[2])
    return (verdict, detail) if verdict in (*Verdict, oracle.GONE, oracle.BROKEN) else None
