"""A worker: warms up, enters the jail, says it is ready, and then runs one job at a time.

Started by the sandbox as a process of its own, with the line to it as standard input.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import signal
import socket
import sys
from typing import Any

from harness.anchor import release
from harness.sandbox.contract import Limits, Oracle, RunAs, Tier
from harness.sandbox.in_worker import jail, seccomp, self_test, thread_semaphores
from harness.sandbox.in_worker.box import Box
from harness.sandbox.in_worker.file_view import FileView, look
from harness.sandbox.in_worker.item_judge import Judge, JudgeJob
from harness.sandbox.in_worker.limits import own_threads
from harness.sandbox.in_worker.linux import PR_SET_CHILD_SUBREAPER, prctl, shut_privileges
from harness.sandbox.in_worker.spawn import Spawner
from harness.sandbox.in_worker.suite_checker import KilledFromOutsideError, SuiteChecker
from harness.sandbox.in_worker.supervise import Abandoned, StarvedError, Supervisor
from harness.sandbox.wire import pack, receive, write_all

# fmt: off
_WARM = (
    "bisect", "collections", "copy", "datetime", "functools", "heapq", "itertools", "json",
    "math", "operator", "random", "re", "string", "typing",
)
# fmt: on
"""Imported before the forks, so that no program has to; few, since a fork copies them all."""
_DESCRIPTORS = 256
FROM_OUTSIDE = (KilledFromOutsideError, StarvedError, OSError, MemoryError)
"""Failures that say nothing of the program, but of the machine or of who else is on it."""


def main() -> None:
    """Serve until the line to the sandbox closes."""
    line = socket.socket(fileno=os.dup(0))
    standard_streams()
    settings, _ = receive(line)
    try:
        view = look(settings["packages"], settings["packages_if_there"])
        worker = JailedWorker(line, Tier(settings["tier"]), view)
    except Exception as error:  # whatever it is, the sandbox says it or tries another tier
        _reply(line, {"unable": f"{error or type(error).__name__}"})
        return
    _reply(line, {"ready": os.getpid()})
    try:
        while True:
            job, tests = receive(line)
            _reply(line, worker.run(job, tests))
    except (EOFError, Abandoned, BrokenPipeError, ConnectionResetError):
        os._exit(0)
    except Exception as error:  # the sandbox puts another worker in the place of this one
        outside = isinstance(error, FROM_OUTSIDE)
        _reply(line, {"fault": f"{type(error).__name__}: {error}", "outside": outside})
        os._exit(1)


def standard_streams() -> None:
    """Nothing to read, and whatever is printed goes nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


class JailedWorker:
    """A jailed process with what it needs to run programs."""

    def __init__(self, line: socket.socket, tier: Tier, view: FileView) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(_DESCRIPTORS, hard), hard))
        for name in _WARM:
            importlib.import_module(name)
        thread_semaphores.install()
        own = None
        if tier is Tier.NAMESPACES:
            own = jail.enter_namespaces(view)
        elif os.getuid() == 0:
            jail.become_nobody()
        others = own_threads() if own is None else 0
        if tier is Tier.LANDLOCK:
            jail.enter_landlock(view)
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.path[:] = view.import_path
        release()
        sys.argv[:] = ["program"]
        shut_privileges()
        filtered = tier is not Tier.UNSAFE
        if filtered:
            seccomp.load(seccomp.for_worker(writes=own is not None))
        program = seccomp.for_program() if filtered else None
        self._spawner = spawner = Spawner(program, own, others, None if own is None else Box())
        self_test.holds(spawner, safe=filtered)
        supervisor = Supervisor(line.fileno())
        self._checker = SuiteChecker(spawner, supervisor)
        self._judge = Judge(spawner, supervisor, self._checker)
        gc.collect()
        gc.freeze()

    def run(self, job: dict[str, Any], tests: int | None) -> dict[str, Any]:
        """Do one job, and say what came of it."""
        limits = Limits(**job["limits"])
        oracle = Oracle(job["oracle"])
        if tests is None:
            asked = JudgeJob(job["code"], job["items"], job["values"], oracle, limits)
            results, seconds = self._judge.all(asked)
            self._spawner.sweep()
            return {"results": results, "seconds": seconds}
        check = self._checker.split if oracle is Oracle.SPLIT else self._checker.in_process
        try:
            result, seconds = check(job["code"], RunAs(job["run_as"]), tests, limits)
        finally:
            os.close(tests)
            self._spawner.sweep()
        return {"results": [result], "seconds": seconds}


def _reply(line: socket.socket, message: dict[str, Any]) -> None:
    header, body = pack(message)
    write_all(line.fileno(), header + body)
