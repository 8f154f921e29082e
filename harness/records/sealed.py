"""Files of records that tell whether they are as they were written: a checksum in their footer.

It is the BLAKE2b hash of the whole file with its own digits as zeros, as a value among the
footer's metadata, so that a file is copied, moved and read by other tools as any Parquet file is.
Files of before this was noted have none; of these only what cannot be read is known as damaged.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import UserError

KEY = "pte_records_checksum"
_MARK = b"blake2b:"
_DIGITS = 32
DAMAGE = (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, MemoryError)
"""What Arrow raises over a file that is none of Parquet's, or none of ours."""
MOST = 10**7
"""Rows of a file; a cell has one a problem. A file of a few kilobytes may stand for billions."""

_log = logging.getLogger(__name__)
_told: set[Path] = set()


class DamagedRecordsError(UserError):
    """A file of records is not as it was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the records {path} are damaged: start the same pte run again, which makes them anew "
            "from the journal"
        )
        self.path = path


def write(table: pa.Table, path: Path) -> None:
    """Write a table as a Parquet file with its checksum.

    Raises:
        OSError: the disk refuses.
    """
    with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({KEY: (_MARK + b"0" * _DIGITS).decode()})
    content = path.read_bytes()
    place = _place(content)
    assert place is not None
    with path.open("r+b") as file:  # nobody knows the file yet
        file.seek(place)
        file.write(_checksum(content, place))


class RecordFile:
    """A file of records that has been checked, held in memory as it lies on the disk.

    Raises:
        DamagedRecordsError: it is not as it was written.
        FileNotFoundError: there is none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise
        except OSError as error:  # a folder, a link that leads to itself
            raise DamagedRecordsError(path) from error
        place = _place(content)
        if place is not None and content[place : place + _DIGITS] != _checksum(content, place):
            raise DamagedRecordsError(path)
        try:
            self._file = pq.ParquetFile(pa.BufferReader(content))
            self.schema: pa.Schema = self._file.schema_arrow
        except DAMAGE as error:
            raise DamagedRecordsError(path) from error
        several = len(set(self.schema.names)) < len(self.schema.names)
        if several or self._file.metadata.num_rows > MOST:
            raise DamagedRecordsError(path)

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Some columns, or all; `draws.list.element.key` names a part of a nested one.

        Raises:
            DamagedRecordsError: the file is not as it was written.
        """
        # Not `pq.read_table`, which knows neither parts of nested columns nor absent ones.
        try:
            table = self._file.read(columns=columns and list(columns))
        except DAMAGE as error:
            raise DamagedRecordsError(self.path) from error
        # What pandas would read of a file's metadata is a stranger's to write.
        return table.replace_schema_metadata(None)


def told(damage: DamagedRecordsError, what: str) -> None:
    """Warn once of a damaged file, and of what becomes of it."""
    if damage.path not in _told:
        _told.add(damage.path)
        _log.warning("the records %s are damaged: %s", damage.path, what)


def _place(content: bytes) -> int | None:
    """Where the checksum's digits are; None in a file without one."""
    key = content.rfind(KEY.encode())
    mark = content.find(_MARK, key, key + 80) if key >= 0 else -1
    return None if mark < 0 else mark + len(_MARK)


def _checksum(content: bytes, place: int) -> bytes:
    state = blake2b(content[:place], digest_size=_DIGITS // 2)
    state.update(b"0" * _DIGITS)
    state.update(memoryview(content)[place + _DIGITS :])
    return state.hexdigest().encode()
