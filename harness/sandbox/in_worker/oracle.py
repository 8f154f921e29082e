"""The trusted half of a split oracle: runs the tests, against proxies of the program."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from types import CodeType
from typing import Any

from harness.sandbox.contract import Limits, Verdict
from harness.sandbox.in_worker.call_channel import CallChannel, GoneError, UndecidedError
from harness.sandbox.in_worker.remote_calls import TooLargeError
from harness.sandbox.in_worker.verdicts import LONGEST, VerdictAndDetail, failed, raised

GONE = "gone"
"""Instead of a verdict: the program's process ended, and only the worker knows why."""
BROKEN = "broken"
"""Instead of a verdict: the tests themselves do not compile, or their setup raises."""
TESTS = "<tests>"
"""The file name of tests in tracebacks."""


@dataclass(frozen=True)
class Suite:
    """Compiled tests."""

    code: str
    setup: CodeType
    tests: CodeType
    entry: str | None
    """The function that `candidate` stands for, in a suite that calls one."""


def prepare(code: str, setup: str, entry: str | None) -> Suite | VerdictAndDetail:
    """Compile tests; `BROKEN` and the reason if they do not compile."""
    try:
        compiled = tuple(
            compile(text, file, "exec", dont_inherit=True)
            for text, file in ((setup, "<setup>"), (code, TESTS))
        )
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return BROKEN, f"{type(error).__name__}: {error}"
    return Suite(code, compiled[0], compiled[1], entry)


def judge(channel: int, suite: Suite, limits: Limits) -> VerdictAndDetail:
    """Run tests against the program at the other end of the channel."""
    program = _ProgramProxies(channel, limits.output_bytes)
    if program.failure is not None:
        return program.failure
    names = dict(program.functions)
    try:
        exec(suite.setup, names)
    except BaseException as error:
        return program.lost() or (BROKEN, f"the setup raises {error!r}")
    if suite.entry and suite.entry not in program.names:
        return raised("NameError", f"name '{suite.entry}' is not defined")
    if suite.entry:
        names["candidate"] = names[suite.entry] = program.function(suite.entry)
    try:
        exec(suite.tests, names)
    except BaseException as error:
        return program.lost() or program.verdict(error, suite.code)
    return program.lost() or (Verdict.PASSED, "")


def _exposed(name: str) -> bool:
    """Whether tests see a program's function of this name: an `abs` of its own would pass much."""
    return not hasattr(builtins, name) and not name.startswith("__")


class _ProgramProxies:
    """The program as the tests see it, and what went wrong with it."""

    def __init__(self, channel: int, largest: int) -> None:
        self._line = CallChannel(channel, largest, self._exception)
        self._raised: Exception | None = None
        self._said: VerdictAndDetail = (Verdict.ERROR, "")
        self.failure: VerdictAndDetail | None = None
        self.names: frozenset[str] = frozenset()
        self.functions: dict[str, Any] = {}
        try:
            opening = self._line.ask()
            if "error" in opening:
                kind, text, _ = opening["error"]
                self.failure = raised(str(kind), str(text))
            else:
                self.names = frozenset(map(str, opening["names"]))
                self.functions = {n: self.function(n) for n in self.names if _exposed(n)}
        except (GoneError, TooLargeError):
            self.failure = self.lost()
        except (ValueError, TypeError, KeyError, RecursionError):
            self.failure = (Verdict.ERROR, "the program does not answer as programs do")

    def function(self, name: str) -> Any:
        """A proxy of one of its functions."""
        return self._line.function(name)

    def lost(self) -> VerdictAndDetail | None:
        """The verdict on a program that hung up or answered with too much; None if it did not."""
        if isinstance(self._line.lost, TooLargeError):
            return Verdict.REFUSED, str(self._line.lost)
        if isinstance(self._line.lost, UndecidedError):
            return Verdict.ERROR, str(self._line.lost)
        return None if self._line.lost is None else (GONE, "")

    def verdict(self, error: BaseException, code: str) -> VerdictAndDetail:
        """What an exception that came out of the tests says of the program."""
        if error is self._raised:
            return self._said
        if isinstance(error, AssertionError):
            verdict, detail = failed(error, code, TESTS)
            if self._line.opaque:
                return Verdict.ERROR, f"{self._line.opaque} is not plain data: {detail}"[:LONGEST]
            return verdict, detail
        return raised(type(error).__name__, str(error))

    def _exception(self, error: Exception, kind: str, text: str) -> None:
        """Remember what the program raised: tests may expect it, or let it out."""
        self._raised, self._said = error, raised(kind, text)
