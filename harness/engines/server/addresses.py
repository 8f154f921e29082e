"""Where servers are: addresses as settings and files have them, checked."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import httpx

from harness.errors import UserError
from harness.visible import one_line

_log = logging.getLogger(__name__)
FILE_BYTES = 2**20
"""What is read of a file of addresses: ten thousand of them."""


def checked(url: str) -> str:
    """A server's address without a path's end that is added again, and without credentials.

    Raises:
        UserError: it is none.
    """
    try:
        parts = urlsplit(str(url))
        httpx.URL(str(url))  # finds letters that no address has
        fine = parts.scheme in ("http", "https") and _has_name(parts) and _has_port(parts)
    except (ValueError, httpx.InvalidURL):  # brackets, control characters, names too long
        parts, fine = SplitResult("", "", "", "", ""), False
    if parts.username or parts.password or parts.query or "@" in str(url):
        raise UserError(
            "engine.urls: an address holds a user, a password or a query, and would be written to "
            "records: give the key in the environment (engine.key_variable names the variable)"
        )
    if not fine:
        shown = one_line(str(url)[:200])
        raise UserError(f"engine.urls: '{shown}' is no address: give http://HOST:PORT")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/").removesuffix("/v1")


def read_addresses(file: Path) -> tuple[str, ...]:
    """The addresses in a file, one or more a line; '#' begins a comment.

    The file is another program's, and may be read while it is written: what is no address is left
    out and named in a warning, once.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(FILE_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return ()
    except OSError as error:
        _warn(str(file), f"it cannot be read ({error.strerror})")
        return ()
    result = []
    for number, line in enumerate(text.split("\n"), start=1):
        for word in line.partition("#")[0].split():
            try:
                result.append(checked(word))
            except UserError as error:
                _warn(str(file), f"line {number} is left out: {error}")
    return tuple(result)


@lru_cache(maxsize=1000)  # it is read every second
def _warn(file: str, what: str) -> None:
    _log.warning("servers' addresses in %s: %s", file, what)


def _has_name(parts: SplitResult) -> bool:
    """Whether an address names a host, in labels that a resolver takes."""
    labels = (parts.hostname or "").removesuffix(".").split(".")
    return all(0 < len(label) < 64 for label in labels)


def _has_port(parts: SplitResult) -> bool:
    """Whether an address names no port, or one that there can be."""
    try:
        return parts.port != 0
    except ValueError:  # above 65535, or no number
        return False
