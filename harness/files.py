"""Files that are there whole or not at all, also for those who read them meanwhile."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; what was written takes the place of `path`, synced, in one step.

    Raises:
        OSError: it cannot be written; `path` is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}-{uuid.uuid4().hex}.part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Write a whole text file, as `replacing` does."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


class Reread(Generic[T]):
    """What files hold, each read again only when another one has taken its place."""

    def __init__(self, parse: Callable[[Path], T]) -> None:
        self._parse = parse
        self._known: dict[Path, tuple[tuple[int, int, int], T]] = {}

    def read(self, path: Path) -> T:
        """What `parse` makes of the file.

        Raises:
            OSError: it is not there, or cannot be read.
        """
        about = path.stat()
        stamp = (about.st_ino, about.st_mtime_ns, about.st_size)
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            known = self._known[path] = stamp, self._parse(path)
        return known[1]
