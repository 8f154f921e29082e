"""One line of a segment: `{crc32} {key} {json}`, readable with ordinary text tools."""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from zlib import crc32

import msgspec

KEY_BYTES = 16
_KEY_START = 9
_PAYLOAD_START = _KEY_START + 2 * KEY_BYTES + 1
_HEADER = re.compile(rb"[0-9a-f]{8} [0-9a-f]{32} \{")


def encode(key: bytes, record: Mapping[str, Any]) -> bytes:
    """The line, newline included, that keeps `record` under `key`.

    JSON has no NaN and no infinity: such numbers come back as None.

    Raises:
        ValueError: the key is not 16 bytes long.
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"a journal key has {KEY_BYTES} bytes, this one has {len(key)}")
    body = b"%s %s" % (key.hex().encode(), msgspec.json.encode(record))
    return b"%08x %s\n" % (crc32(body), body)


def key_of(line: bytes) -> bytes | None:
    """The key of a line (without its newline), or None if any byte of it is not as written."""
    # Compared as text: parsed as a number, a flipped byte that only changes a digit's case passes.
    if not line.startswith(b"%08x " % crc32(line[_KEY_START:])) or len(line) <= _PAYLOAD_START:
        return None
    try:
        return unhexlify(line[_KEY_START : _PAYLOAD_START - 1])
    except ValueError:
        return None


def payload(line: bytes) -> bytes:
    """The JSON bytes of a line that has been checked."""
    return line[_PAYLOAD_START:].removesuffix(b"\n")


def decode(checked: bytes) -> dict[str, Any]:
    """The record of a line that has been checked."""
    return msgspec.json.decode(payload(checked), type=dict[str, Any])


def digest(checked: bytes) -> str:
    """Short content hash of a checked line's record: 16 hex digits."""
    return blake2b(payload(checked), digest_size=8).hexdigest()


def whole_line_within(damaged: bytes) -> int | None:
    """Where in a damaged line a whole one begins.

    A damaged newline joins two lines; the second is untouched and must still be found. What is
    found has to be JSON as well, so that no text inside a record can pose as a line.
    """
    for match in _HEADER.finditer(damaged, 1):
        line = damaged[match.start() :]
        if key_of(line) is not None and _is_json(payload(line)):
            return match.start()
    return None


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
