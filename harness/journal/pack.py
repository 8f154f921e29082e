"""A pack: the keys of many lines, sorted, each with where its line is; it is never changed.

    PTEPACK1 | entries | first key of each block | CRC-32 of each block | description | footer

An entry is 24 bytes: a key, then the segment's place in the description (24 bits) and the line's
offset in it (40 bits). A block is `BLOCK` entries and is checked when it is first looked into, so
that opening a pack reads its tables alone: 20 bytes of every 12,000.

A look-up reads its one block. Mapped pages would count as the memory of every process that looks
keys up, as much as half a megabyte for each; and a file that another host removes would kill it.
"""

from __future__ import annotations

import os
import struct
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

MAGIC = b"PTEPACK1"
KEY_BYTES, ENTRY_BYTES, BLOCK = 16, 24, 512
ENTRY = np.dtype([("high", ">u8"), ("low", ">u8"), ("place", "<u8")])
OFFSET_BITS = 40
_BLOCK_BYTES = BLOCK * ENTRY_BYTES
_FOOTER = struct.Struct("<QQI8s")

Entries = NDArray[np.void]


class PackDamage(Exception):  # noqa: N818 - as its neighbours are called
    """A pack is not as it was written; its segments have all that it held."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not as it was written")
        self.path = path


class Covered(msgspec.Struct, frozen=True, array_like=True):
    """What a pack has of one segment: every whole line in these spans of bytes."""

    name: str
    spans: tuple[tuple[int, int], ...]
    """Start and end of each, in order, apart from one another."""
    damaged: tuple[int, ...]
    """Offsets of lines in them that are not as they were written."""
    records: int = 0
    """Keys whose line is in this segment."""


class Description(msgspec.Struct, frozen=True, array_like=True):
    """What a pack says of itself."""

    segments: tuple[Covered, ...]
    duplicates: int
    """Lines under a key that another line already had."""


class Pack:
    """A pack that is open for look-ups.

    Raises:
        PackDamage: it is not whole. So may every method, where a block is not as it was written.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
            size = os.fstat(file.fileno()).st_size
            if size < len(MAGIC) + _FOOTER.size:
                raise PackDamage(path)
            self.records, described, crc, magic = self._footer(file, size)
            self._blocks = -(-self.records // BLOCK)
            tables = self._blocks * (KEY_BYTES + 4)
            start = len(MAGIC) + self.records * ENTRY_BYTES
            if magic != MAGIC or start + tables + described + _FOOTER.size != size:
                raise PackDamage(path)
            file.seek(start)
            body = file.read(tables + described)
            self._file = os.dup(file.fileno())
            weakref.finalize(self, os.close, self._file)
        if _sealed(body, self.records, described) != crc or head != MAGIC:
            raise PackDamage(path)
        firsts = body[: self._blocks * KEY_BYTES]
        self.firsts = [firsts[n : n + KEY_BYTES] for n in range(0, len(firsts), KEY_BYTES)]
        self._crcs = np.frombuffer(body[len(firsts) : tables], "<u4")
        self.description = msgspec.msgpack.decode(body[tables:], type=Description)
        self.spans = {each.name: each.spans for each in self.description.segments}
        self._checked = bytearray(self._blocks)

    @staticmethod
    def _footer(file: BinaryIO, size: int) -> tuple[int, int, int, bytes]:
        file.seek(size - _FOOTER.size)
        records, described, crc, magic = _FOOTER.unpack(file.read(_FOOTER.size))
        return records, described, crc, magic

    def contains(self, other: Pack) -> bool:
        """Whether this pack covers all that another one does."""
        return all(
            any(start <= first and last <= end for start, end in self.spans.get(name, ()))
            for name, spans in other.spans.items()
            for first, last in spans
        )

    def find(self, key: bytes) -> int | None:
        """Where the line under `key` is, as an entry says it; None where the pack has none."""
        block = bisect_right(self.firsts, key) - 1
        if block < 0:
            return None
        data = self._block(block)
        at = ENTRY_BYTES * _position(data, key)
        if data[at : at + KEY_BYTES] != key:
            return None
        return int.from_bytes(data[at + KEY_BYTES : at + ENTRY_BYTES], "little")

    def position(self, key: bytes) -> int:
        """How many entries have a smaller key."""
        block = bisect_right(self.firsts, key) - 1
        return 0 if block < 0 else BLOCK * block + _position(self._block(block), key)

    def entries(self, start: int, stop: int) -> Entries:
        """Entries from a position to another, checked; read-only."""
        if start >= stop:
            return np.empty(0, ENTRY)
        first = start // BLOCK
        data = b"".join(map(self._block, range(first, (stop - 1) // BLOCK + 1)))
        return np.frombuffer(data, ENTRY)[start - BLOCK * first : stop - BLOCK * first]

    def _block(self, block: int) -> bytes:
        """The entries of a block, checked when it is first read."""
        start = block * _BLOCK_BYTES
        size = min(_BLOCK_BYTES, self.records * ENTRY_BYTES - start)
        try:
            data = os.pread(self._file, size, len(MAGIC) + start)
        except OSError as error:
            raise PackDamage(self.path) from error
        if len(data) < size:
            raise PackDamage(self.path)
        if not self._checked[block]:
            if crc32(data) != self._crcs[block]:
                raise PackDamage(self.path)
            self._checked[block] = True
        return data


def _position(data: bytes, key: bytes) -> int:
    """The first of a block's entries whose key is not smaller."""
    low, high = 0, len(data) // ENTRY_BYTES
    while low < high:
        middle = (low + high) // 2
        at = 24 * middle  # spelt out, as this is the innermost loop of every look-up
        if data[at : at + 16] < key:
            low = middle + 1
        else:
            high = middle
    return low


def write(
    path: Path, chunks: Iterable[Entries], describe: Callable[[NDArray[np.int64]], Description]
) -> None:
    """Write a pack under a name that nobody reads yet, synced.

    Args:
        path: of the new file.
        chunks: entries in the order of their keys, no key twice.
        describe: makes the description from the number of entries by segment, once all are there.
    """
    counts = np.zeros(0, np.int64)
    firsts, crcs, records = bytearray(), bytearray(), 0
    with path.open("xb") as file:
        file.write(MAGIC)
        for data in _blocks(chunks):
            table = np.frombuffer(data, ENTRY)
            of_segment = np.bincount(table["place"] >> OFFSET_BITS, minlength=len(counts))
            of_segment[: len(counts)] += counts
            counts, records = of_segment, records + len(table)
            for start in range(0, len(data), _BLOCK_BYTES):
                block = data[start : start + _BLOCK_BYTES]
                firsts += block[:KEY_BYTES]
                crcs += crc32(block).to_bytes(4, "little")
            file.write(data)
        described = msgspec.msgpack.encode(describe(counts))
        body = bytes(firsts + crcs) + described
        file.write(body)
        sealed = _sealed(body, records, len(described))
        file.write(_FOOTER.pack(records, len(described), sealed, MAGIC))
        file.flush()
        os.fsync(file.fileno())


def _blocks(chunks: Iterable[Entries]) -> Iterable[bytes]:
    """The same entries in pieces of whole blocks, but for the last."""
    rest = b""
    for chunk in chunks:
        data = rest + chunk.tobytes()
        whole = len(data) // _BLOCK_BYTES * _BLOCK_BYTES
        if whole:
            yield data[:whole]
        rest = data[whole:]
    if rest:
        yield rest


def _sealed(body: bytes, records: int, described: int) -> int:
    """The checksum of all that is not entries."""
    return crc32(struct.pack("<QQ", records, described), crc32(body))


def joined(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans in order, those that touch or overlap made one."""
    results: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if results and start <= results[-1][1]:
            results[-1] = results[-1][0], max(end, results[-1][1])
        else:
            results.append((start, end))
    return tuple(results)
