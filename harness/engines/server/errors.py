"""What can go wrong with one call, by what has to be done about it."""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime

import httpx
import msgspec

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


def raise_for(response: httpx.Response, key: str | None) -> None:
    """Raise what an answer that is not a success stands for; nothing for a success."""
    status = response.status_code
    if status < 300:
        return
    message = f"status {status}: {server_message(response, key)}"
    after = retry_after(response.headers.get("retry-after"))
    if status == BUSY or (status == UNAVAILABLE and after is not None):
        raise ServerBusyError(message, after)
    if status >= 500 or status == TIMED_OUT:
        raise CallFailedError(message)
    raise RefusedError(message, status)


def server_message(response: httpx.Response, key: str | None) -> str:
    """The server's own words, without the key should it repeat that."""
    text = response.text
    try:
        error = msgspec.json.decode(response.content)
        for name in ("error", "message"):
            if isinstance(error, dict):
                error = error.get(name, error)
        text = error if isinstance(error, str) else text
    except msgspec.DecodeError:
        pass
    return (text.replace(key, "[key]") if key else text)[:SHOWN].strip() or "no message"


def retry_after(header: str | None) -> float | None:
    """Seconds of a Retry-After header, which holds a number or a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None


def backoff(tries: int) -> float:
    """Seconds to wait after so many failed tries: exponential, half of it by chance."""
    whole = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(tries - 1, 16))
    return whole * random.uniform(0.5, 1.0)
