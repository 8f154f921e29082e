"""The tests' end of a split oracle: calls of a program's functions, proxies of its objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.sandbox.codec import decode
from harness.sandbox.coders import Decoder, Encoder, NotPlainError, put_into
from harness.sandbox.in_worker.remote_calls import (
    TooLargeError,
    built_in,
    describe,
    frame,
    receive,
)
from harness.sandbox.in_worker.remote_objects import Lent, Proxies
from harness.sandbox.wire import write_all

_WRONG = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError),
    *(ImportError, RecursionError),
)
"""What comes of an answer that no encoder made."""


class GoneError(BaseException):
    """The program's process has ended. No `except Exception` of a test hides it."""


class UndecidedError(BaseException):
    """An object of the program's own would have to say whether the tests pass."""


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
        error = built_in(str(kind), str(text), given)
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
            return {"error": describe(error)}

    def _undecided(self, why: str) -> BaseException:
        self.lost = self.lost or UndecidedError(why)
        return self.lost
