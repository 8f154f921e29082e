"""The trusted half of a split oracle: runs the tests, against proxies of the program."""

from __future__ import annotations

import builtins
from typing import Any

from harness.sandbox.contract import Limits, Verdict
from harness.sandbox.inside.calling import GoneError, TooLargeError, proxy, receive
from harness.sandbox.inside.saying import Found, failed, raised

GONE = "gone"
"""Instead of a verdict: the program's process ended, and only the worker knows why."""
BROKEN = "broken"
"""Instead of a verdict: the tests themselves do not compile, or their setup raises."""
_TESTS = "<tests>"

Tests = dict[str, str]
"""`code`, `setup` and, for a suite that calls `candidate`, `entry`."""


def judge(channel: int, tests: Tests, limits: Limits) -> Found:
    """Run the tests against the program at the other end of the channel."""
    try:
        setup = compile(tests["setup"], "<setup>", "exec")
        code = compile(tests["code"], _TESTS, "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return BROKEN, f"{type(error).__name__}: {error}"
    program = _Program(channel, limits.output_bytes)
    if program.failure is not None:
        return program.failure
    names = {"__name__": "tests", **program.functions}
    try:
        exec(setup, names)
    except BaseException as error:
        return (GONE, "") if program.gone else (BROKEN, f"the setup raises {error!r}")
    if tests.get("entry"):
        names["candidate"] = names[tests["entry"]] = program.function(tests["entry"])
    try:
        exec(code, names)
    except BaseException as error:
        return program.verdict(error, tests["code"])
    return (GONE, "") if program.gone else (Verdict.PASSED, "")


class _Program:
    """The program as the tests see it, and what went wrong with it."""

    def __init__(self, channel: int, largest: int) -> None:
        self._channel = channel
        self._largest = largest
        self._raised: Exception | None = None
        self.gone = False
        self.failure: Found | None = None
        self.functions: dict[str, Any] = {}
        try:
            opening = receive(channel, largest)
        except (EOFError, OSError):
            self.failure = (GONE, "")
        except (TooLargeError, ValueError) as error:
            self.failure = (Verdict.REFUSED, str(error))
        else:
            if "error" in opening:
                self.failure = raised(*map(str, opening["error"]))
            else:
                self.functions = {str(n): self.function(str(n)) for n in opening["names"]}

    def function(self, name: str) -> Any:
        """A proxy of one of its functions."""
        return proxy(self._channel, name, self._largest, self._make)

    def verdict(self, error: BaseException, code: str) -> Found:
        """What an exception that came out of the tests says of the program."""
        if isinstance(error, GoneError) or self.gone:
            return GONE, ""
        if isinstance(error, TooLargeError):
            return Verdict.REFUSED, str(error)
        if error is self._raised:
            return raised(self._kind, str(error))
        if isinstance(error, AssertionError):
            return failed(error, code, _TESTS)
        return raised(type(error).__name__, str(error))

    def _make(self, kind: str, text: str) -> Exception:
        """An exception of the program, as the built-in one of its name: tests may expect it."""
        found = getattr(builtins, kind, None)
        known = isinstance(found, type) and issubclass(found, Exception)
        try:
            self._raised = found(text) if known and found is not None else RuntimeError(text)
        except TypeError:  # UnicodeDecodeError and its like take more
            self._raised = RuntimeError(text)
        self._kind = kind
        return self._raised
