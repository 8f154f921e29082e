"""The program's end of a split oracle: it serves calls.

A call goes out as JSON text of the arguments; what comes back is a value, or the type and message
of an exception. Plain data goes by value. A list, dict or set among the arguments, or inside one of
them, that the program changed is changed on the other side too, and where the program returns it,
it is the same object there. Everything else goes by reference (`remote_objects`).
"""

from __future__ import annotations

import builtins
import json
import struct
from typing import Any

from harness.sandbox.codec import decode
from harness.sandbox.coders import Decoder, Encoder
from harness.sandbox.contract import RunAs
from harness.sandbox.in_worker.module import load
from harness.sandbox.in_worker.remote_objects import Borrowed, Exported
from harness.sandbox.wire import read_exactly, write_all

_LENGTH = struct.Struct("<I")
_LARGEST_CALL = 1 << 30


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


def serve(channel: int, code: str, run_as: RunAs) -> None:
    """Run a program and answer calls of its functions until the other end closes.

    The program may have patched anything: what this function still needs is bound beforehand.
    """
    write, listen, tell, pack = write_all, _next_call, describe, frame
    served = ServedProgram(channel)
    answer = served.answer
    try:
        names = load(code, run_as)
    except BaseException as error:
        write(channel, pack({"error": tell(error)}))
        return
    write(channel, pack({"names": sorted(n for n, v in names.items() if callable(v))}))
    while True:
        call = listen(channel)
        if call is None:
            return
        write(channel, answer(names, call))


def _next_call(channel: int) -> Any:
    try:
        return receive(channel, _LARGEST_CALL)
    except (EOFError, OSError):
        return None


class ServedProgram:
    """The program's end of the channel."""

    def __init__(self, channel: int) -> None:
        self._channel = channel
        self._exported = Exported()

    def answer(self, names: dict[str, Any], call: Any) -> bytes:
        """Do what was asked, and say what came of it."""
        try:
            shared: list[Any] = []
            get = Decoder(self._resolve, shared)
            arguments = [get(each) for each in call["args"]]
            named = {name: get(each) for name, each in call["named"].items()}
            say = Encoder(self._exported.refer, shared)
            given = list(shared)
            before = [say.content(each) for each in given]
            value = self._done(names, call, arguments, named)
            reply: dict[str, Any] = {"value": say(value)}
            changed = [
                [n, now] for n, each in enumerate(given) if (now := say.content(each)) != before[n]
            ]
            return frame(reply | {"changed": changed} if changed else reply)
        except BaseException as error:
            return frame({"error": describe(error)})

    def _done(
        self, names: dict[str, Any], call: Any, arguments: list[Any], named: dict[str, Any]
    ) -> Any:
        if "on" in call:
            return self._exported.do(call["on"], call["name"], arguments, named)
        return names[call["name"]](*arguments, **named)

    def _resolve(self, reference: Any, decoder: Decoder) -> Any:
        """An object of this side, or something of the tests' own that they lent."""
        number, iterates = reference if len(reference) == 2 else (reference[0], False)
        if number >= 0:
            return self._exported.object(reference)

        def ask(*arguments: Any, **named: Any) -> Any:
            return self._ask_tests(number, arguments, named)

        return Borrowed(ask) if iterates else ask

    def _ask_tests(self, number: int, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        say = Encoder(self._exported.refer)
        message = {
            "lent": number,
            "args": [say(each) for each in arguments],
            "named": {name: say(each) for name, each in named.items()},
        }
        write_all(self._channel, frame(message))
        reply = receive(self._channel, _LARGEST_CALL)
        if "error" not in reply:
            return Decoder(self._resolve)(reply["value"])
        kind, text, arguments = reply["error"]
        raise built_in(kind, text, decode(arguments))


def describe(error: BaseException) -> list[Any]:
    """Type, text and arguments of an exception."""
    try:
        message = str(error)[:500]
    except BaseException:
        message = ""
    try:
        arguments = Encoder()(list(error.args))
    except BaseException:
        arguments = [message]
    return [type(error).__name__, message, arguments]


def built_in(kind: str, text: str, arguments: list[Any]) -> Exception:
    """The exception of a built-in type of this name, or a RuntimeError."""
    result = getattr(builtins, kind, None)
    if isinstance(result, type) and issubclass(result, Exception):
        try:
            return result(*arguments)
        except TypeError:
            pass
    return RuntimeError(text)
