"""A program's text as a module of its own."""

from __future__ import annotations

import linecache
import sys
from types import ModuleType
from typing import Any

from harness.sandbox.contract import RunAs

FILE = "<program>"
"""The file name of programs in tracebacks."""
_ROOM = 1000
"""Frames that a program may nest, as many as in a process of its own."""
_NAMES = {RunAs.MODULE: "candidate", RunAs.SCRIPT: "__main__"}


def load(code: str, run_as: RunAs = RunAs.MODULE) -> dict[str, Any]:
    """Run a program's text as `run_as` says, and return its names.

    Nothing of the harness is in it: neither the future statements nor the names of any module here.
    """
    sys.setrecursionlimit(_ROOM + _depth())  # our own frames below it do not count
    program = compile(code, FILE, "exec", dont_inherit=True)
    names: dict[str, Any] = {}
    if run_as in _NAMES:
        module = ModuleType(_NAMES[run_as])
        sys.modules[module.__name__] = module
        names = module.__dict__
        names["__file__"] = FILE
        linecache.cache[FILE] = (len(code), None, code.splitlines(keepends=True), FILE)
    exec(program, names)
    return names


def _depth() -> int:
    """Frames below a program's."""
    frame, count = sys._getframe(1), 0
    while frame is not None:
        frame, count = frame.f_back, count + 1  # type: ignore[assignment]
    return count
