"""Files that are there whole or not at all, also for those who read them meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")
CHECKSUM = "checksum"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; what was written takes the place of `path`, synced, in one step.

    Raises:
        OSError: it cannot be written; `path` is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _beside(path)
    try:
        yield part
        _sync(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Write a whole text file, as `replacing` does."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


@contextmanager
def making_folder(folder: Path) -> Iterator[Path]:
    """An empty folder to fill; it becomes `folder`, its files synced, in one step.

    Where another process made `folder` meanwhile, that one stays and this one is dropped: for what
    is the same whoever makes it.

    Raises:
        OSError: it cannot be written, or a folder is there that lacks some of what was made.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = _beside(folder)
    part.mkdir()
    try:
        yield part
        _sync_all(part)
        try:
            part.rename(folder)
        except OSError:
            if not all((folder / made.name).exists() for made in part.iterdir()):
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def take_place(new: Path, old: Path) -> None:
    """Put a file or a folder that is made in the place of another of the same file system, synced.

    A file takes a file's place in one step; where one of them is a folder, `old` is removed first.

    Raises:
        OSError: it cannot be removed or moved.
    """
    _sync_all(new)
    if old.is_dir() and not old.is_symlink():
        shutil.rmtree(old)
    elif new.is_dir():
        old.unlink(missing_ok=True)
    new.replace(old)


def _beside(path: Path) -> Path:
    """A new name in the same folder, hidden, which nobody else takes."""
    return path.with_name(f".{path.name}-{uuid.uuid4().hex}.part")


def _sync_all(path: Path) -> None:
    """Sync a file, or every file below a folder."""
    for each in path.rglob("*") if path.is_dir() else [path]:
        if each.is_file():
            _sync(each)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def with_checksum(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same data with a checksum of it under `checksum`."""
    return {**data, CHECKSUM: _checksum(data)}


def checked(data: Any) -> dict[str, Any]:
    """Data as it was before its checksum was put in; data that has none, of before there was one,
    is taken as it is.

    Raises:
        ValueError: it is no mapping, or not what was written.
    """
    if not isinstance(data, dict):
        raise ValueError("it holds no mapping")
    result = {name: value for name, value in data.items() if name != CHECKSUM}
    if CHECKSUM in data and data[CHECKSUM] != _checksum(result):
        raise ValueError("it is not as it was written")
    return result


def _checksum(data: Mapping[str, Any]) -> str:
    return blake2b(json.dumps(data, sort_keys=True).encode(), digest_size=8).hexdigest()


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
