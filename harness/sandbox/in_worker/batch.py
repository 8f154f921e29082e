"""Many assertions or expressions on one program, one after another in one process.

What came of each is written to memory that the worker shares, so that a process that is ended in
the middle has lost nothing but the item it was at.
"""

from __future__ import annotations

import json
import mmap
import struct
import time
from collections.abc import Sequence
from types import CodeType
from typing import Any

from harness.sandbox.codec import NotPlainError, canonical
from harness.sandbox.contract import Verdict
from harness.sandbox.in_worker.items import CompiledItem
from harness.sandbox.in_worker.module import load
from harness.sandbox.in_worker.supervise import OUT_OF_CPU
from harness.sandbox.in_worker.triage import plain_program
from harness.sandbox.in_worker.verdicts import VerdictAndDetail, raised

_STATE = struct.Struct("<diIi")
"""CPU seconds at the start of the item, its index, bytes written, how the program itself fared."""
_LENGTH = struct.Struct("<I")

LOADING, NOT_PLAIN, RUNNING, UNLOADABLE = 0, 1, 2, 3
"""How the program itself fared."""


class Slate:
    """Memory that a worker shares with one process."""

    def __init__(self, size: int) -> None:
        self._memory = mmap.mmap(-1, _STATE.size + size)
        self._written = 0
        self._item = -1
        self._started = 0.0
        self._mode = LOADING

    def begin(self, item: int) -> None:
        """Note that an item starts."""
        self._item, self._started = item, time.process_time()
        self._mark()

    def fared(self, mode: int) -> None:
        """Note whether the program was loaded, by one of the modes of this module."""
        self._mode = mode
        self._mark()

    def spent(self) -> float:
        """CPU seconds of the item so far; called by the process itself."""
        return time.process_time() - self._started

    def write(self, item: int, result: VerdictAndDetail) -> bool:
        """Note what came of an item; False if there is no room."""
        body = json.dumps([item, *result]).encode()
        start = _STATE.size + self._written
        end = start + _LENGTH.size + len(body)
        if end > len(self._memory):
            return False
        self._memory[start:end] = _LENGTH.pack(len(body)) + body
        self._written += _LENGTH.size + len(body)
        self._mark()
        return True

    def _mark(self) -> None:
        _STATE.pack_into(self._memory, 0, self._started, self._item, self._written, self._mode)

    def state(self) -> tuple[float, int, int, int]:
        """When the current item started, which it is, bytes written, how the program fared."""
        started, item, written, mode = _STATE.unpack_from(self._memory, 0)
        return started, item, written, mode

    def read(self) -> list[tuple[int, str, str]]:
        """All notes; those that are no notes, left by a program that wrote here, are left out."""
        _, _, written, _ = self.state()
        notes, at = [], _STATE.size
        end = min(_STATE.size + written, len(self._memory))
        while at + _LENGTH.size <= end:
            (length,) = _LENGTH.unpack_from(self._memory, at)
            at += _LENGTH.size
            try:
                item, verdict, detail = json.loads(self._memory[at : at + length])
                notes.append((int(item), str(Verdict(verdict)), str(detail)))
            except (ValueError, TypeError, OverflowError, RecursionError):
                break
            at += length
        return notes

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()


def run(
    slate: Slate,
    code: str,
    items: Sequence[tuple[int, CompiledItem]],
    *,
    values: bool,
    trusted: bool,
    cpu_seconds: float,
) -> None:
    """Load a program and run the items by number; `trusted` ones only if the program is plain.

    Stops after an item that used up its time or the memory: what comes next gets a new process.
    """
    slate.begin(-1)
    if trusted and not plain_program(code):
        slate.fared(NOT_PLAIN)
        return
    write, spent, one = slate.write, slate.spent, _value if values else _holds
    try:
        names = load(code)
    except BaseException as error:
        write(-1, raised(type(error).__name__, _text(error)))
        slate.fared(UNLOADABLE)
        return
    slate.fared(RUNNING)
    for number, item in items:
        slate.begin(number)
        result = one(item, names)
        if spent() >= cpu_seconds:
            result = (Verdict.TIMEOUT, OUT_OF_CPU)
        if not write(number, result):
            write(number, (Verdict.REFUSED, "the answer is too large"))
            return
        if result[0] in (Verdict.TIMEOUT, Verdict.MEMORY):
            return


def _holds(item: CompiledItem, names: dict[str, Any]) -> VerdictAndDetail:
    try:
        exec(_compiled(item, "exec"), names)
    except AssertionError:
        return Verdict.FAILED, ""
    except BaseException as error:
        return raised(type(error).__name__, "")
    return Verdict.PASSED, ""


def _value(item: CompiledItem, names: dict[str, Any]) -> VerdictAndDetail:
    try:
        return Verdict.PASSED, canonical(eval(_compiled(item, "eval"), names))
    except NotPlainError:
        return Verdict.ERROR, "NotPlainError"
    except BaseException as error:
        return raised(type(error).__name__, "")


def _compiled(item: CompiledItem, mode: str) -> CodeType:
    if isinstance(item, CodeType):
        return item
    return compile(item.strip(), "<item>", mode, dont_inherit=True)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:
        return ""
