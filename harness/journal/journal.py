"""A folder of append-only segments, one a process, read as one map from keys to records."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.journal import line as lines
from harness.journal.reader import JournalIndex
from harness.journal.report import JournalReport
from harness.journal.writer import Writer


class Journal:
    """Keeps records under 16-byte keys and never loses one that it has acknowledged.

    Many processes, on many hosts, may share the folder: each writes a segment of its own and none
    touches another's. After a fork the child starts a segment of its own, too.
    """

    def __init__(self, index: JournalIndex) -> None:
        self._index = index
        self._writer = Writer(index)
        self._process = os.getpid()

    @classmethod
    def open(cls, folder: Path) -> Journal:
        """Open the journal in `folder`, which is made if need be, and index all it holds.

        Torn and damaged lines are logged as warnings and skipped.

        Raises:
            UserError: the folder cannot be made, read or written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(None, "no permission to write")
            index = JournalIndex(folder)
            index.scan(warn_torn=True)
        except OSError as error:
            raise UserError(
                f"the journal folder {folder} cannot be used ({error.strerror}): "
                "make it writable or name another folder"
            ) from error
        return cls(index)

    @property
    def report(self) -> JournalReport:
        """What the journal holds, and what in it could not be used."""
        return self._index.report()

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, key: bytes) -> bool:
        return key in self._index

    def get(self, key: bytes) -> dict[str, Any] | None:
        """The record under `key`, checked against its checksum once more; None if there is none.

        Raises:
            JournalDamage: the line has changed on disk since the journal was opened.
            JournalError: its segment cannot be read.
        """
        line = self._line(key)
        return None if line is None else lines.decode(line)

    def digest(self, key: bytes) -> str | None:
        """Short content hash of the record under `key`: what results cite as their source.

        Raises:
            JournalDamage, JournalError: as `get` does.
        """
        line = self._line(key)
        return None if line is None else lines.digest(line)

    async def append(self, key: bytes, record: Mapping[str, Any]) -> None:
        """Keep `record` under `key`; returns once it is durable, after which `get` finds it.

        Appends that wait at the same time share one fsync. A key that is present, or on its way
        to the disk, is not written again. A cancelled append may still be written.

        Raises:
            ValueError: the key is not 16 bytes long.
            JournalError: the disk refuses; the journal then takes no more appends, but still reads.
        """
        self._after_fork()
        await self._writer.append(key, lines.encode(key, record))

    def refresh(self) -> None:
        """Take in what other processes have added since; a torn last line is not warned of."""
        self._after_fork()
        self._index.scan(warn_torn=False)

    def close(self) -> None:
        """Finish all appends under way and close the files; may be called again."""
        self._after_fork()
        self._writer.close()
        self._index.close()

    def _line(self, key: bytes) -> bytes | None:
        self._after_fork()
        return self._index.line(key)

    def _after_fork(self) -> None:
        """Leave thread, segment and locks to the parent, if this is a forked child."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._index.after_fork()
            self._writer = Writer(self._index)
