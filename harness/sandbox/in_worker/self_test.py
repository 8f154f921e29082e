"""Trying the jail before it is relied upon: what a program must be able to do, and what not."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from harness.sandbox.contract import Limits
from harness.sandbox.in_worker.spawn import Spawner

_LIMITS = Limits(cpu_seconds=20.0)


def holds(spawner: Spawner, safe: bool) -> None:
    """Return if a process that is spawned here is as confined as a program has to be.

    Raises:
        OSError: it cannot import the standard library or, in a safe tier, it could do something
            that is forbidden; the message says what.
    """
    result, saying = os.pipe()
    child = spawner.spawn(_LIMITS, (saying,), lambda: _say(saying, safe))
    os.close(saying)
    child.reap()
    report = os.read(result, 4096).decode()
    os.close(result)
    if report != "held":
        raise OSError(f"the jail was tried and does not hold: {report or 'the process ended'}")


def _say(saying: int, safe: bool) -> None:
    os.write(saying, _try(safe).encode())


def _try(safe: bool) -> str:
    try:
        import decimal  # noqa: F401 - not imported beforehand, with an extension module
        import this  # noqa: F401
    except ImportError as error:
        return (
            f"the standard library at {os.path.dirname(os.__file__)} cannot be read by user "
            f"{os.getuid()} ({error}): use a Python that every user can read, or start as its owner"
        )
    if not safe:
        return "held"
    forbidden: dict[str, Callable[[], object]] = {
        "open a socket": socket.socket,
        "start a process": os.fork,
        "read /etc/passwd": lambda: os.open("/etc/passwd", os.O_RDONLY),
        "list the processes": lambda: os.listdir("/proc"),
        "write to the library": lambda: os.open(os.__file__, os.O_WRONLY),
        "write a file": lambda: os.open("/trial", os.O_WRONLY | os.O_CREAT),
        "send a signal": lambda: os.kill(os.getppid(), 0),
    }
    for name, attempt in forbidden.items():
        try:
            attempt()
        except OSError:
            continue
        return f"a program can {name}"
    return "held"
