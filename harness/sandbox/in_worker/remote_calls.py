"""The two ends of a split oracle: a program that serves calls, and proxies that make them.

A call goes out as JSON text of the arguments; what comes back is a value, or the type and message
of an exception. Plain data goes by value. A list, dict or set among the arguments, or inside one of
them, that the program changed is changed on the other side too, and where the program returns it,
it is the same object there. Everything else goes by reference (`remote_objects`).
"""

from __future__ import annotations

import builtins
import json
import struct
from collections.abc import Callable
from typing import Any

from harness.sandbox.codec import Decoder, Encoder, NotPlainError, decode, put_into
from harness.sandbox.contract import RunAs
from harness.sandbox.in_worker.module import load
from harness.sandbox.in_worker.remote_objects import Borrowed, Exported, Lent, Proxies
from harness.sandbox.wire import read_exactly, write_all

_LENGTH = struct.Struct("<I")
_LARGEST_CALL = 1 << 30
_WRONG = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError),
    *(ImportError, RecursionError),
)
"""What comes of an answer that no encoder made."""


class GoneError(BaseException):
    """The program's process has ended. No `except Exception` of a test hides it."""


class TooLargeError(BaseException):
    """The program answered with more than it may."""


class UndecidedError(BaseException):
    """An object of the program's own would have to say whether the tests pass."""


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
    write, listen, describe, pack = write_all, _next_call, _describe, frame
    served = ServedProgram(channel)
    answer = served.answer
    try:
        names = load(code, run_as)
    except BaseException as error:
        write(channel, pack({"error": describe(error)}))
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
            return frame({"error": _describe(error)})

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
        raise _built_in(kind, text, decode(arguments))


def _describe(error: BaseException) -> list[Any]:
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


def _built_in(kind: str, text: str, arguments: list[Any]) -> Exception:
    """The exception of a built-in type of this name, or a RuntimeError."""
    result = getattr(builtins, kind, None)
    if isinstance(result, type) and issubclass(result, Exception):
        try:
            return result(*arguments)
        except TypeError:
            pass
    return RuntimeError(text)


class CallChannel:
    """The tests' end: makes calls, and remembers if the program was lost over one.

    Args:
        channel: the descriptor.
        largest: the largest answer in bytes.
        failed: told the exception that a call raises, with the type and text that the program gave.
    """

    def __init__(
        self, channel: int, largest: int, failed: Callable[[Exception, str, str], None]
    ) -> None:
        self._channel = channel
        self._largest = largest
        self._failed = failed
        self._lent = Lent()
        self._proxies = Proxies(self._on, self._undecided)
        self.lost: BaseException | None = None
        """Set for good: tests that catch everything shall not forgive it."""

    @property
    def opaque(self) -> str:
        """The class of the last object that came by reference and is no plain data, if any did."""
        return self._proxies.opaque

    def function(self, name: str) -> Callable[..., Any]:
        """A function that has the program call its own of this name."""

        def call(*arguments: Any, **named: Any) -> Any:
            return self._call({"name": name}, arguments, named)

        call.__name__ = call.__qualname__ = name
        return call

    def ask(self, message: Any = None) -> Any:
        """Send a message, if there is one, and wait for the answer."""
        if self.lost is not None:
            raise self.lost
        try:
            if message is not None:
                write_all(self._channel, frame(message))
            while True:
                reply = receive(self._channel, self._largest)
                if not isinstance(reply, dict) or "lent" not in reply:
                    return reply
                write_all(self._channel, frame(self._asked_back(reply)))
        except TooLargeError as error:
            self.lost = error
            raise
        except (EOFError, OSError) as error:
            self.lost = GoneError()
            raise self.lost from error

    def _on(self, number: int, what: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return self._call({"name": what, "on": number}, arguments, named)

    def _call(
        self, message: dict[str, Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        shared: list[Any] = []
        say = Encoder(self._refer, shared)
        message["args"] = [say(value) for value in arguments]
        message["named"] = {key: say(value) for key, value in named.items()}
        kind, text, given = "NotPlainError", "the answer is not plain data", []
        try:
            reply = self.ask(message)
            if "error" not in reply:
                held = Decoder(self._proxies.resolve, shared)
                value = held(reply["value"])
                for place, now in reply.get("changed", ()):
                    put_into(shared[place], held.content(now))
                return value
            kind, text, given = reply["error"]
            given = decode(given)
        except _WRONG:
            pass
        error = _built_in(str(kind), str(text), given)
        self._failed(error, str(kind), str(text))
        raise error

    def _refer(self, value: Any, held: Any) -> Any:
        """A reference to an object of the program's, or to a function or iterator of the tests."""
        number = self._proxies.number(value)
        if number is not None:
            return {"@": [number]}
        if held is not None:
            return held
        lent = self._lent.refer(value)
        if lent is None:
            raise NotPlainError(f"{type(value).__name__} is not plain data")
        return {"@": lent}

    def _asked_back(self, message: Any) -> dict[str, Any]:
        """What comes of a function that the tests lent."""
        try:
            held = Decoder(self._proxies.resolve)
            arguments = [held(each) for each in message["args"]]
            named = {str(name): held(each) for name, each in message["named"].items()}
            value = self._lent.do(message["lent"], arguments, named)
            return {"value": Encoder(self._refer)(value)}
        except Exception as error:
            return {"error": _describe(error)}

    def _undecided(self, why: str) -> BaseException:
        self.lost = self.lost or UndecidedError(why)
        return self.lost
