"""One program under one suite: who runs where, and what their ends mean."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import replace

from harness.sandbox.contract import Limits, Verdict
from harness.sandbox.inside import calling, oracle, suite
from harness.sandbox.inside.saying import Found
from harness.sandbox.inside.spawn import UNCONFINED, Child, Spawner
from harness.sandbox.inside.staying import APART, StayingJudge
from harness.sandbox.inside.supervise import OUT_OF_CPU, Supervisor
from harness.sandbox.wire import read_hidden, write_all

_LARGEST_VERDICT = 65536

Judged = tuple[Found, float]
"""Verdict and detail, and CPU seconds."""


class Checker:
    """Runs checks with a worker's means."""

    def __init__(self, spawner: Spawner, supervisor: Supervisor) -> None:
        self._spawner = spawner
        self._judges = replace(spawner, box=None)
        self._supervisor = supervisor
        self._staying = None if spawner.program is None else StayingJudge(spawner)

    def split(self, code: str, tests: int, limits: Limits) -> Judged:
        """A program in one process and its trusted tests, a hidden file, in another."""

        def judge(channel: int) -> Found:
            suite = oracle.prepare(**json.loads(read_hidden(tests)))
            return suite if isinstance(suite, tuple) else oracle.judge(channel, suite, limits)

        with _Program(self._spawner, code, limits) as program:
            found = self._stayed(program, tests, limits)
            if found == APART:
                found = self._forked(program, (tests,), judge, limits)
        return found, program.seconds

    def untrusted(self, code: str, assertion: str, limits: Limits, harmless: bool) -> Judged:
        """A program in one process and an assertion in another.

        `harmless` says that the assertion is so by its text; else it is as jailed as the program.
        """

        def judge(channel: int) -> Found:
            suite = oracle.prepare(assertion, "", None)
            return suite if isinstance(suite, tuple) else oracle.judge(channel, suite, limits)

        with _Program(self._spawner, code, limits) as program:
            found = self._stayed(program, assertion, limits) if harmless else APART
            if found == APART:
                found = self._forked(program, (), judge, limits)
        return found, program.seconds

    def _stayed(self, program: _Program, tests: int | str, limits: Limits) -> Found:
        """The verdict of the judge that stays; `APART` if these tests are not for it."""
        if self._staying is None:
            return APART
        judge = self._staying.ask(program.channel, tests, limits)
        line = self._staying.line.fileno()
        self._supervisor.wait([program.child, judge], line, limits.wall_seconds)
        found = self._staying.heard()
        return program.verdict(found, judge)

    def _forked(
        self,
        program: _Program,
        keep: tuple[int, ...],
        judge: Callable[[int], Found],
        limits: Limits,
    ) -> Found:
        """The verdict of a judge of its own, as jailed as the program."""
        verdict, saying = os.pipe()
        channel = program.channel

        def work() -> None:
            _say(saying, "", judge(channel))

        child = self._judges.spawn(limits, (channel, saying, *keep), work)
        try:
            os.close(saying)
            self._supervisor.wait([program.child, child], verdict, limits.wall_seconds)
            found = _heard(verdict, "")
        finally:
            child.end()
            os.close(verdict)
        return program.verdict(found, child)

    def in_process(self, code: str, tests: int, limits: Limits) -> Judged:
        """The program and its tests in one process."""
        verdict, saying = os.pipe()
        nonce_out, nonce_in = os.pipe()
        nonce = os.urandom(16).hex()
        write_all(nonce_in, nonce.encode())
        os.close(nonce_in)

        def check() -> None:
            say, read = _say, os.read
            found = suite.check(code, tests)
            say(saying, read(nonce_out, 64).decode(), found)

        child = self._spawner.spawn(limits, (tests, saying, nonce_out), check)
        try:
            os.close(saying)
            os.close(nonce_out)
            self._supervisor.wait([child], verdict, limits.wall_seconds)
            found = _heard(verdict, nonce)
        finally:
            child.end()
            os.close(verdict)
        if found is None or found[0] == oracle.GONE:
            return fate(child), child.used
        return found, child.used


class _Program:
    """A program that serves calls, for as long as the context lasts."""

    def __init__(self, spawner: Spawner, code: str, limits: Limits) -> None:
        self.seconds = 0.0
        theirs, self._ours = socket.socketpair()
        self.channel = self._ours.fileno()
        answering = theirs.fileno()
        self.child = spawner.spawn(limits, (answering,), lambda: calling.serve(answering, code))
        theirs.close()

    def __enter__(self) -> _Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.end()
        self.seconds += self.child.used
        self._ours.close()

    def verdict(self, found: Found | None, judge: Child) -> Found:
        """What a judge said, or what its end or the program's says."""
        if found is None:
            judge.reap()
        self.seconds += judge.cpu_seconds()
        if found is None:
            return fate(self.child if self.child.ended else judge)
        if found[0] != oracle.GONE:
            return found
        if self.child.runs():
            return Verdict.KILLED, "the program closed its line to the tests"
        self.child.reap()
        return fate(self.child)


def fate(child: Child) -> Found:
    """What the end of a process says, where the process itself said nothing."""
    if child.ended:
        return Verdict.TIMEOUT, child.ended
    if child.used >= child.limits.cpu_seconds:  # the kernel's own limit was quicker
        return Verdict.TIMEOUT, OUT_OF_CPU
    status = child.status or 0
    if status == UNCONFINED << 8:
        raise OSError("a process could not be jailed")
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return Verdict.KILLED, f"the program was ended by {name}"
    return Verdict.KILLED, "the program ended itself before it had answered"


def _say(descriptor: int, nonce: str, found: Found) -> None:
    write_all(descriptor, json.dumps([nonce, *found]).encode())


def _heard(descriptor: int, nonce: str) -> Found | None:
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
