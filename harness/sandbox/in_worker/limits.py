"""The last steps before a program runs: resource limits, no privileges, the filter."""

from __future__ import annotations

import math
import os
import resource

from harness.sandbox.contract import Limits
from harness.sandbox.in_worker import seccomp
from harness.sandbox.in_worker.linux import PR_SET_PDEATHSIG, drop_capabilities, prctl

_KILL = 9
_OPEN_FILES = 64
_ENGINE_THREADS = 1000
_SPARE_SECONDS = 2
"""The worker measures CPU time finely; the kernel's own limit counts whole seconds, as a net."""


def bind(limits: Limits, others: int) -> None:
    """Set the limits of this process; `others` are the user's threads outside the sandbox."""
    cpu = math.ceil(limits.cpu_seconds) + _SPARE_SECONDS
    threads = limits.threads + others
    for which, soft in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NPROC, threads),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        _, hard = resource.getrlimit(which)
        value = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        resource.setrlimit(which, (value, value))


def give_up_privileges(program: bytes | None) -> None:
    """No capabilities, dead with the worker, under the filter; what gains any is shut already."""
    drop_capabilities()
    prctl(PR_SET_PDEATHSIG, _KILL)
    if program is not None:
        seccomp.load(program)


def own_threads() -> int:
    """How many threads this user may come to have beside the programs' own.

    Without namespaces RLIMIT_NPROC counts them: those there are, and as many as an engine starts.
    """
    user, count = os.getuid(), _ENGINE_THREADS
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{name}").st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue  # it ended meanwhile
    return count
