"""What can go wrong with one call, by what has to be done about it."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import isfinite

import msgspec

from harness.errors import EngineError
from harness.visible import one_line

FIRST_DELAY = 0.25
LONGEST_DELAY = 30.0
BUSY = 429
UNAVAILABLE = 503
TIMED_OUT = 408
NOT_ITSELF = (401, 403, 404)
"""Refusals that may be because the server is no longer what it was, whatever the request is."""
SHOWN = 500
"""Most characters of a server's message that are passed on."""


class CallFailedError(Exception):
    """No answer, or a broken one: another try may succeed, best elsewhere."""

    def __init__(self, message: str, unreachable: bool = False) -> None:
        super().__init__(message)
        self.unreachable = unreachable
        """Whether the server itself is in doubt, not merely this call."""


class WrongAnswerError(EngineError):
    """An answer that no server of the plan's model gives to this request: garbage, cut short, too
    long, of another prompt. The same server is not asked this again."""


class ServerBusyError(Exception):
    """The server asks for patience, for so many seconds if it says how many."""

    def __init__(self, message: str, after: float | None) -> None:
        super().__init__(message)
        self.after = after


class RefusedError(Exception):
    """The server will not answer this request, however often it is asked."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came, its body read to its end."""

    status: int
    body: bytes
    retry_after: str | None = None


def raise_for(reply: Reply, key: str | None) -> None:
    """Raise what an answer that is not a success stands for; nothing for a success."""
    status = reply.status
    if status < 300:
        return
    message = f"status {status}: {server_message(reply, key)}"
    after = retry_after(reply.retry_after)
    if status == BUSY or (status == UNAVAILABLE and after is not None):
        raise ServerBusyError(message, after)
    if status >= 500 or status == TIMED_OUT:
        raise CallFailedError(message)
    raise RefusedError(message, status)


def server_message(reply: Reply, key: str | None) -> str:
    """The server's own words on one line, without the key should it repeat that."""
    text = reply.body.decode(errors="replace")
    try:
        error = msgspec.json.decode(reply.body)
        for name in ("error", "message"):
            if isinstance(error, dict):
                error = error.get(name, error)
        text = error if isinstance(error, str) else text
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    text = (text.replace(key, "[key]") if key else text)[:SHOWN].strip()
    return one_line(text) or "no message"


def retry_after(header: str | None) -> float | None:
    """Seconds of a Retry-After header, which holds a number or a date (RFC 9110, 10.2.3).

    None where it says nothing that can be waited for: no header, no number, no end.
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if isfinite(seconds) else None
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def backoff(tries: int) -> float:
    """Seconds to wait after so many failed tries: exponential, half of it by chance."""
    whole = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(tries - 1, 16))
    return whole * random.uniform(0.5, 1.0)
