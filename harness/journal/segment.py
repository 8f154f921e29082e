"""Segment files: their names, their lines in bulk, and single lines through few descriptors."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

SUFFIX = ".jsonl"
_CHUNK = 4 << 20
_FIRST_READ = 2048
_MAX_OPEN = 64
_LATELY = 3600.0


@dataclass(slots=True)
class Segment:
    """What is known of one file of the journal."""

    name: str
    own: bool = False
    """Whether this process writes it; then only the writer says what it holds."""
    end: int = 0
    """Offset behind the last complete line that has been read or written."""
    torn: bool = False
    """Whether bytes without a newline follow the last complete line."""
    packed: int = 0
    """Offset up to which packs have every whole line."""
    doubtful: int | None = None
    """Offset of the first damaged line in a file that was written to lately: the damage may be a
    part that a shared file system has not shown yet, so nothing from here on is packed for good."""


def new_name() -> str:
    """A segment name that no other process, on any host, can choose."""
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    host = re.sub(r"[^A-Za-z0-9.]", "_", socket.gethostname())[:40]
    return f"{time}-{host}-{os.getpid()}-{token_hex(6)}{SUFFIX}"


class Found(NamedTuple):
    """A segment as its folder shows it."""

    name: str
    size: int
    quiet: bool
    """Whether it was not written to lately."""


def found(folder: Path) -> list[Found]:
    """Every segment in `folder`, ordered by name."""
    now = time.time()
    with os.scandir(folder) as entries:
        stats = [(each.name, each.stat()) for each in entries if each.name.endswith(SUFFIX)]
    return sorted(Found(n, about.st_size, now - about.st_mtime > _LATELY) for n, about in stats)


def blocks(path: Path, start: int, stop: int) -> Iterator[tuple[int, list[bytes], bytes]]:
    """Complete lines of a file between two offsets, in blocks: offset of the first, the lines, the
    bytes after them."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        position, rest = start, b""
        while chunk := os.pread(descriptor, min(_CHUNK, stop - position), position):
            position += len(chunk)
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            yield start, lines, rest
            start = position - len(rest)
    finally:
        os.close(descriptor)


class Files:
    """Reads single lines; keeps the segments used last open, however many there are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._open: OrderedDict[str, int] = OrderedDict()

    def line(self, name: str, offset: int) -> bytes:
        """The bytes from `offset` up to the next newline, unchecked."""
        # The lock is held while reading: a descriptor closed meanwhile could name another file.
        with self._lock:
            descriptor = self._descriptor(name)
            block = os.pread(descriptor, _FIRST_READ, offset)
            while (end := block.find(b"\n")) < 0:
                more = os.pread(descriptor, max(len(block), _FIRST_READ), offset + len(block))
                if not more:
                    return block
                block += more
            return block[:end]

    def close(self) -> None:
        with self._lock:
            while self._open:
                os.close(self._open.popitem()[1])

    def _descriptor(self, name: str) -> int:
        if name in self._open:
            self._open.move_to_end(name)
            return self._open[name]
        descriptor = os.open(self._folder / name, os.O_RDONLY)
        if hasattr(os, "posix_fadvise"):
            # What follows a line is not asked for next: reading ahead would drive out what is.
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
        self._open[name] = descriptor
        if len(self._open) > _MAX_OPEN:
            os.close(self._open.popitem(last=False)[1])
        return descriptor
