"""One program under one suite: who runs where, and what their ends mean."""

from __future__ import annotations

import json
import os
import signal
import socket

from harness.sandbox.contract import Limits, Verdict
from harness.sandbox.inside import calling, oracle, suite
from harness.sandbox.inside.saying import Found
from harness.sandbox.inside.spawn import UNCONFINED, Child, Spawner
from harness.sandbox.inside.supervise import OUT_OF_CPU, Supervisor
from harness.sandbox.wire import read_hidden, write_all

_LARGEST_VERDICT = 65536

Judged = tuple[Found, float]
"""Verdict and detail, and CPU seconds."""


class Checker:
    """Runs checks with a worker's means."""

    def __init__(self, spawner: Spawner, supervisor: Supervisor) -> None:
        self._spawner = spawner
        self._supervisor = supervisor

    def split(self, code: str, tests: int | oracle.Tests, limits: Limits) -> Judged:
        """The program in one process, its tests (a hidden file, or the tests) in another."""
        theirs, ours = socket.socketpair()
        verdict, saying = os.pipe()
        channel, answering = ours.fileno(), theirs.fileno()

        def serve() -> None:
            calling.serve(answering, code)

        def judge() -> None:
            held = json.loads(read_hidden(tests)) if isinstance(tests, int) else tests
            _say(saying, "", oracle.judge(channel, held, limits))

        keep = (channel, saying) if not isinstance(tests, int) else (channel, saying, tests)
        children = []
        try:
            children.append(program := self._spawner.spawn(limits, (answering,), serve))
            children.append(judging := self._spawner.spawn(limits, keep, judge, writes=False))
            ours.close()
            theirs.close()
            os.close(saying)
            saying = -1
            self._supervisor.wait(children, judging, limits.wall_seconds)
            found = _heard(verdict, "")
            hung_up = found is not None and found[0] == oracle.GONE and program.runs()
            program.end()
        finally:
            for child in children:
                child.end()
            for end in (ours, theirs):
                end.close()
            for descriptor in (verdict, saying):
                if descriptor >= 0:
                    os.close(descriptor)
        seconds = sum(child.used for child in children)
        if hung_up:
            return (Verdict.KILLED, "the program closed its line to the tests"), seconds
        if found is None or found[0] == oracle.GONE:
            culprit = program if found is not None or program.ended else judging
            return fate(culprit), seconds
        return found, seconds

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
            self._supervisor.wait([child], child, limits.wall_seconds)
            found = _heard(verdict, nonce)
        finally:
            child.end()
            os.close(verdict)
        return found or fate(child), child.used


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
    """What a process said before it ended, if it knew the nonce."""
    data = os.read(descriptor, _LARGEST_VERDICT)
    try:
        heard = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(heard, list) or len(heard) != 3 or heard[0] != nonce:
        return None
    return str(heard[1]), str(heard[2])
