"""Reading an answer to its end, where that is near: a server may write for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from harness.engines.server.errors import Reply, WrongAnswerError

CONNECT_SECONDS = 10.0
HEADERS = {"content-type": "application/json", "accept-encoding": "identity"}
"""JSON is sent, and what comes back is not packed: a small packed body may be a vast one."""
CARD_BYTES = 2**20
"""Most of what a server may say of itself."""


def body_limit(tokens: int) -> int:
    """The most bytes of an answer about so many tokens of prompt and reply: a mebibyte, and a
    kibibyte a token, where a log-probability takes some 150 bytes and a token of text 20."""
    return 2**20 + 2**10 * tokens


async def post(client: httpx.AsyncClient, path: str, body: bytes, most: int) -> Reply:
    """What a server answers, up to `most` bytes.

    Raises:
        WrongAnswerError: the answer is longer.
        httpx.HTTPError: there was none.
    """
    async with client.stream("POST", path, content=body) as response:
        whole = bytearray()
        async for part in response.aiter_raw():
            _take(whole, part, most)
        return _reply(response, whole)


class Asked:
    """A server that is asked about itself, within so many seconds in all; a context manager."""

    def __init__(self, url: str, headers: dict[str, str], seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._client = httpx.Client(
            base_url=url, headers=HEADERS | headers, timeout=seconds, trust_env=False
        )

    def __enter__(self) -> Asked:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str) -> Reply:
        """What it answers.

        Raises:
            WrongAnswerError: the answer is longer than a card is.
            httpx.HTTPError: there was none in time.
        """
        with self._client.stream("GET", path) as response:
            whole = bytearray()
            for part in self._in_time(response):
                _take(whole, part, CARD_BYTES)
            return _reply(response, whole)

    def _in_time(self, response: httpx.Response) -> Iterator[bytes]:
        for part in response.iter_raw():
            yield part
            if time.monotonic() > self._until:
                raise httpx.ReadTimeout("it answers without end", request=response.request)


def _take(whole: bytearray, part: bytes, most: int) -> None:
    whole += part
    if len(whole) > most:
        raise WrongAnswerError(
            f"the server's answer is longer than {most} bytes, which none to this request is"
        )


def _reply(response: httpx.Response, whole: bytearray) -> Reply:
    return Reply(response.status_code, bytes(whole), response.headers.get("retry-after"))
