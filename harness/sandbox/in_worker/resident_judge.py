"""A judge that stays: one process that runs trusted suites, one after another.

A fork for each would cost as much as the program it judges. Only suites that leave no trace, which
is certain by their text, are run here; it says so of the others, and they get a judge of their own.
"""

from __future__ import annotations

import json
import os
import random
import socket
from collections import OrderedDict
from dataclasses import asdict, replace

from harness.sandbox.contract import Limits, Verdict
from harness.sandbox.in_worker import oracle
from harness.sandbox.in_worker.spawn import Child, Spawner
from harness.sandbox.in_worker.triage import traceless
from harness.sandbox.in_worker.verdicts import VerdictAndDetail
from harness.sandbox.wire import read_hidden

APART: VerdictAndDetail = ("apart", "")
"""Instead of a verdict: these tests need a process of their own."""
_SUITES = 256
"""Compiled suites that are kept: the programs of one problem come together."""
_JOBS = 500
"""After so many suites the process is replaced."""
_ALL_SECONDS = 3600.0
"""CPU seconds of the process; each suite has its own limit, which the worker watches."""
_MESSAGE = 65536


class ResidentJudge:
    """The worker's end of a judge that stays: it starts the process, asks it, and hears its
    verdicts."""

    def __init__(self, spawner: Spawner) -> None:
        # It is trusted: the allow-list that it shares with the worker is enough.
        self._spawner = replace(spawner, program=None, box=None)
        self._child: Child | None = None
        self._memory = 0
        self._jobs = 0
        self.line = _line()[0]

    def ask(self, channel: int, tests: int | str, limits: Limits) -> Child:
        """Have it run tests against the program at the channel; `line` is readable when done.

        Tests are a hidden file, or the text of an assertion.
        """
        usable = self._memory == limits.memory_bytes and self._jobs < _JOBS
        if self._child is None or self._child.status is not None or not usable:
            self._child = self._start(limits)
        child = self._child
        self._jobs += 1
        child.before = 0.0
        child.before = child.cpu_seconds()
        child.limits = limits
        hidden, text = ([tests], "") if isinstance(tests, int) else ([], tests)
        message = json.dumps({"text": text, "limits": asdict(limits)})
        socket.send_fds(self.line, [message.encode()], [channel, *hidden])
        return child

    def answer(self) -> VerdictAndDetail | None:
        """The judge's verdict on the suite that it was asked about; None if it ended instead."""
        data = self.line.recv(_MESSAGE)
        if not data:
            return None
        verdict, detail = json.loads(data)
        if verdict == Verdict.MEMORY:
            self._jobs = _JOBS
        return verdict, detail

    def _start(self, limits: Limits) -> Child:
        if self._child is not None:
            self._child.end()
        self.line.close()
        self.line, theirs = _line()
        self._memory, self._jobs = limits.memory_bytes, 0
        whole = replace(limits, cpu_seconds=_ALL_SECONDS)
        child = self._spawner.spawn(whole, (theirs.fileno(),), lambda: _serve(theirs))
        theirs.close()
        return child


def _line() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # one message, one packet


def _serve(line: socket.socket) -> None:
    """Judge until the worker hangs up."""
    os.chdir("/")
    suites: OrderedDict[str, oracle.Suite | VerdictAndDetail] = OrderedDict()
    while True:
        data, (channel, *hidden), _, _ = socket.recv_fds(line, _MESSAGE, 2)
        message = json.loads(data)
        text = read_hidden(hidden[0]) if hidden else message["text"]
        if text not in suites:
            suites[text] = _suite(**json.loads(text)) if hidden else _suite(text, "", None)
            while len(suites) > _SUITES:
                suites.popitem(last=False)
        result = suites[text]
        if isinstance(result, oracle.Suite):
            random.seed(0)
            result = oracle.judge(channel, result, Limits(**message["limits"]))
        os.close(channel)
        line.send(json.dumps(result).encode())


def _suite(code: str, setup: str, entry: str | None) -> oracle.Suite | VerdictAndDetail:
    if not (traceless(code) and traceless(setup)):
        return APART
    return oracle.prepare(code, setup, entry)
