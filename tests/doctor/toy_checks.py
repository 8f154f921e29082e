"""Checks that behave as checks may: they hang, crash, raise, print."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from harness.doctor.contract import Asked, Check, Finding, ok

LOADED: list[int] = []
"""What checks of one process share."""


def fine(_: Asked) -> Finding:
    LOADED.append(1)
    return ok(f"process {os.getpid()}, {len(LOADED)} so far", pid=os.getpid())


def noisy(_: Asked) -> Finding:
    print("{not json} on standard output")
    subprocess.run([sys.executable, "-c", "print('nor is this')"], check=True)
    return ok("said")


def raising(_: Asked) -> Finding:
    print("the cause stands here", file=sys.stderr)
    raise ValueError("a bug")


def leaving(_: Asked) -> Finding:
    raise SystemExit(3)


def crashing(_: Asked) -> Finding:
    os.kill(os.getpid(), signal.SIGSEGV)
    return ok("never")


def hanging(_: Asked) -> Finding:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(f"child {child.pid}", file=sys.stderr, flush=True)
    time.sleep(600)
    return ok("never")


CHECKS = (
    Check("fine", fine, process="shared"),
    Check("fine again", fine, process="shared"),
    Check("hanging", hanging, seconds=8, process="shared"),
    Check("fine at last", fine, process="shared"),
    Check("fine alone", fine),
    Check("noisy", noisy),
    Check("raising", raising),
    Check("leaving", leaving),
    Check("crashing", crashing),
    Check("needing", fine, needs="crashing"),
    Check("content", fine, needs="fine"),
)
