"""Fetchers for the web plug, as a user would name them by a dotted path: for tests alone."""

from __future__ import annotations

import sys
import time

ASKED: list[str] = []
"""What any of them was asked."""


def page(query: str) -> str:
    """A page about the query."""
    ASKED.append(query)
    return f"A page about {query}."


async def later(query: str) -> bytes:
    """The same, asynchronously and in bytes that are no UTF-8."""
    ASKED.append(query)
    return b"caf\xe9 " + query.encode()


def hangs(query: str) -> str:
    """Blocks its thread for longer than any test."""
    ASKED.append(query)
    time.sleep(3600)
    return "too late"


def raises(query: str) -> str:
    """Fails in words."""
    raise ConnectionError("the network is down \ud800")


def leaves(query: str) -> str:
    """Wants to end the program."""
    sys.exit("goodbye")


def megabyte(query: str) -> str:
    """Says far too much."""
    return "word " * 200_000


def nothing(query: str) -> None:
    """Returns what is no text."""


NOT_A_FUNCTION = 3
