"""Frames between a sandbox and its workers: a length, then JSON.

The first eight bytes of a job carry a file descriptor for the tests, where there are any: a worker
hands it on unread, so that the text of the tests is never in a process that a program is forked of.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from typing import Any

HEADER = struct.Struct("<II")
"""Length of the body in bytes, and how many descriptors come with it (0 or 1)."""


def pack(message: Any, descriptors: int = 0) -> tuple[bytes, bytes]:
    """Header and body of a frame."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return HEADER.pack(len(body), descriptors), body


def hidden_file(text: str) -> int:
    """A descriptor of an anonymous file that holds the text."""
    descriptor = os.memfd_create("tests", os.MFD_CLOEXEC)
    write_all(descriptor, text.encode("utf-8", "surrogatepass"))
    return descriptor


def read_hidden(descriptor: int) -> str:
    """The text of a hidden file, which is closed."""
    with open(descriptor, "rb") as file:
        file.seek(0)
        return file.read().decode("utf-8", "surrogatepass")


def receive(connection: socket.socket) -> tuple[Any, int | None]:
    """The next frame and its descriptor.

    Raises:
        EOFError: the other side is gone.
    """
    data, descriptors, _, _ = socket.recv_fds(connection, HEADER.size, 1)
    data += read_exactly(connection.fileno(), HEADER.size - len(data))
    length, _ = HEADER.unpack(data)
    body = json.loads(read_exactly(connection.fileno(), length))
    return body, descriptors[0] if descriptors else None


def read_exactly(descriptor: int, length: int) -> bytes:
    """So many bytes of a stream.

    Raises:
        EOFError: it ended before.
    """
    parts = []
    while length:
        part = os.read(descriptor, min(length, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
