"""The two ends of a split oracle: a program that serves calls, and proxies that make them.

A call goes out as JSON text of the arguments, in plain data; what comes back is a value, or the
type and message of an exception. A list, dict or set among the arguments that the program changed
is changed on the other side too.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.sandbox.codec import decode, encode
from harness.sandbox.set_order import refill
from harness.sandbox.wire import read_exactly, write_all

_LENGTH = struct.Struct("<I")


class GoneError(BaseException):
    """The program's process has ended. No `except Exception` of a test hides it."""


class TooLargeError(BaseException):
    """The program answered with more than it may."""


def frame(message: Any) -> bytes:
    """One message, as it is written."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return _LENGTH.pack(len(body)) + body


def receive(channel: int, largest: int) -> Any:
    """Read one message.

    Raises:
        EOFError: the other end is gone.
        TooLargeError: it is larger than `largest` bytes.
    """
    (length,) = _LENGTH.unpack(read_exactly(channel, _LENGTH.size))
    if length > largest:
        raise TooLargeError(f"an answer of {length} bytes, where {largest} are allowed")
    return json.loads(read_exactly(channel, length))


def load(code: str) -> dict[str, Any]:
    """Run a program's text and return its names."""
    names: dict[str, Any] = {"__name__": "candidate"}
    exec(compile(code, "<program>", "exec"), names)
    return names


def serve(channel: int, code: str) -> None:
    """Run a program and answer calls of its functions until the other end closes.

    The program may have patched anything: what this function still needs is bound beforehand.
    """
    write, listen, describe, run, pack = write_all, _next_call, _describe, _answer, frame
    try:
        names = load(code)
    except BaseException as error:
        write(channel, pack({"error": describe(error)}))
        return
    write(channel, pack({"names": sorted(n for n, v in names.items() if callable(v))}))
    while True:
        call = listen(channel)
        if call is None:
            return
        write(channel, run(names, call))


def _next_call(channel: int) -> Any:
    try:
        return receive(channel, 1 << 30)
    except (EOFError, OSError):
        return None


def _answer(names: dict[str, Any], call: Any) -> bytes:
    try:
        arguments = [decode(value) for value in call["args"]]
        named = {name: decode(value) for name, value in call["named"].items()}
        given = _mutable(arguments)
        value = names[call["name"]](*arguments, **named)
        reply: dict[str, Any] = {"value": encode(value)}
        for position, (before, now) in enumerate(zip(given, _mutable(arguments), strict=True)):
            if now is not None and now != before:
                reply.setdefault("changed", []).append([position, now])
        return frame(reply)
    except BaseException as error:
        return frame({"error": _describe(error)})


_MUTABLE = (list, dict, set, bytearray)


def _mutable(arguments: list[Any]) -> list[Any]:
    """Those arguments that a program can change, as they are now."""
    return [encode(each) if type(each) in _MUTABLE else None for each in arguments]


def _describe(error: BaseException) -> list[Any]:
    """Type, text and arguments of an exception."""
    try:
        message = str(error)[:500]
    except BaseException:
        message = ""
    try:
        arguments = encode(list(error.args))
    except BaseException:
        arguments = [message]
    return [type(error).__name__, message, arguments]


@dataclass
class CallChannel:
    """The tests' end: makes calls, and remembers if the program was lost over one."""

    channel: int
    largest: int
    """The largest answer in bytes."""
    failed: Callable[[str, str, list[Any]], Exception]
    """Makes the exception of a program, of its type, text and arguments."""
    lost: BaseException | None = None
    """Set for good: tests that catch everything shall not forgive it."""

    def function(self, name: str) -> Callable[..., Any]:
        """A function that has the program call its own of this name."""

        def call(*arguments: Any, **named: Any) -> Any:
            return self._call(name, arguments, named)

        call.__name__ = call.__qualname__ = name
        return call

    def ask(self, message: Any = None) -> Any:
        """Send a message, if there is one, and wait for the answer."""
        if self.lost is not None:
            raise self.lost
        try:
            if message is not None:
                write_all(self.channel, frame(message))
            return receive(self.channel, self.largest)
        except TooLargeError as error:
            self.lost = error
            raise
        except (EOFError, OSError) as error:
            self.lost = GoneError()
            raise self.lost from error

    def _call(self, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        message = {
            "name": name,
            "args": [encode(value) for value in arguments],
            "named": {key: encode(value) for key, value in named.items()},
        }
        try:
            reply = self.ask(message)
            if "error" not in reply:
                for position, now in reply.get("changed", ()):
                    _replace(arguments[position], decode(now))
                return decode(reply["value"])
            kind, text, given = reply["error"]
            error = self.failed(str(kind), str(text), decode(given))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            error = self.failed("NotPlainError", "the answer is not plain data", [])
        raise error


def _replace(held: Any, now: Any) -> None:
    """Give a container of the tests the content that the program left in it."""
    if type(held) is not type(now):
        return
    if isinstance(held, list | bytearray):
        held[:] = now
    elif isinstance(held, set):
        refill(held, now)
    elif isinstance(held, dict):
        held.clear()
        held.update(now)
