"""The index of a journal's folder: where each key's line is, and what was found unreadable."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.journal import line as lines
from harness.journal.errors import JournalDamage, JournalError
from harness.journal.segment import Files, Segment, blocks, sizes

_log = logging.getLogger(__name__)

# A place is one integer below 2**60, the largest that CPython keeps in 32 bytes:
# 20 bits for the segment, 40 for the offset in it.
_OFFSET_BITS = 40
_OFFSET_MASK = (1 << _OFFSET_BITS) - 1


@dataclass(frozen=True, slots=True)
class JournalReport:
    """What a journal holds, and what in it could not be used."""

    segments: int
    records: int
    duplicates: int
    """Lines under a key that another line already had."""
    torn: tuple[str, ...]
    """Segments whose last line has no newline: cut off by a crash, or just being written."""
    damaged: tuple[tuple[str, int], ...]
    """Segment and byte offset of each line that is not as it was written."""


class JournalIndex:
    """Keys to places, over all segments of one folder; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._places: dict[bytes, int] = {}
        self._segments: list[Segment] = []
        self._numbers: dict[str, int] = {}
        self._duplicates = 0
        self._damaged: list[tuple[str, int]] = []
        self.after_fork()

    def after_fork(self) -> None:
        """Start over with what must not be shared with another process."""
        self._lock = threading.Lock()
        self._files = Files(self.folder)
        for segment in self._segments:
            segment.own = False

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: bytes) -> bool:
        return key in self._places

    def report(self) -> JournalReport:
        """A snapshot of what is known now."""
        with self._lock:
            return JournalReport(
                segments=len(self._segments),
                records=len(self._places),
                duplicates=self._duplicates,
                torn=tuple(segment.name for segment in self._segments if segment.torn),
                damaged=tuple(self._damaged),
            )

    def line(self, key: bytes) -> bytes | None:
        """The checked line under `key`.

        Raises:
            JournalDamage: the line has changed on disk since it was indexed.
            JournalError: its segment cannot be read.
        """
        place = self._places.get(key)
        return None if place is None else self._checked(key, place)

    def claim(self, name: str) -> int:
        """Register the segment that this process is about to create; returns its number."""
        with self._lock:
            return self._register(Segment(name, own=True))

    def add(self, number: int, written: Iterable[tuple[bytes, bytes]]) -> None:
        """Enter keys and lines that now stand at the end of the own segment `number`."""
        with self._lock:
            place = number << _OFFSET_BITS | self._segments[number].end
            for key, line in written:
                if self._places.setdefault(key, place) != place:
                    self._settle(key, place, line)
                place += len(line)
            self._segments[number].end = place & _OFFSET_MASK

    def scan(self, warn_torn: bool) -> None:
        """Read what the folder's segments hold beyond what is indexed.

        A live process's segment may look torn at any moment; `warn_torn` says whether to mention
        it.
        """
        with self._lock:
            for name, size in sizes(self.folder):
                number = self._numbers.get(name)
                if number is None:
                    number = self._register(Segment(name))
                segment = self._segments[number]
                if not segment.own and size > segment.end:
                    self._scan_segment(number, segment)
                    if segment.torn and warn_torn:
                        _warn_torn(self.folder / name)

    def close(self) -> None:
        """Close the open files; they are opened again when needed."""
        self._files.close()

    def _register(self, segment: Segment) -> int:
        number = len(self._segments)
        self._segments.append(segment)
        self._numbers[segment.name] = number
        return number

    def _scan_segment(self, number: int, segment: Segment) -> None:
        for start, block, rest in blocks(self.folder / segment.name, segment.end):
            place = number << _OFFSET_BITS | start
            for line in block:
                key = lines.key_of(line)
                if key is None:
                    self._note_damage(place, line)
                elif self._places.setdefault(key, place) != place:
                    self._settle(key, place, line)
                place += len(line) + 1
            segment.end = place & _OFFSET_MASK
            segment.torn = bool(rest)

    def _note_damage(self, place: int, line: bytes) -> None:
        name, offset = self._where(place)
        self._damaged.append((name, offset))
        _log.warning(
            "journal: damaged line in %s at byte %d is skipped: the draw will be asked again",
            self.folder / name,
            offset,
        )
        begin = lines.whole_line_within(line)
        if begin is not None:
            key = lines.key_of(line[begin:])
            if key is not None and self._places.setdefault(key, place + begin) != place + begin:
                self._settle(key, place + begin, line[begin:])

    def _settle(self, key: bytes, place: int, line: bytes) -> None:
        """Choose between two lines of one key: the record that sorts first as bytes is kept.

        The rule looks at nothing but the records, so every process on every host agrees.
        """
        self._duplicates += 1
        try:
            kept = self._checked(key, self._places[key])
        except JournalDamage:
            kept = None
        if kept is None or lines.payload(line) < lines.payload(kept):
            self._places[key] = place

    def _checked(self, key: bytes, place: int) -> bytes:
        name, offset = self._where(place)
        try:
            line = self._files.line(name, offset)
        except OSError as error:
            raise JournalError(
                f"journal segment {self.folder / name} cannot be read ({error.strerror}): make it "
                "readable again and run the same command again: finished draws are kept"
            ) from error
        if lines.key_of(line) != key:
            raise JournalDamage(
                f"journal segment {self.folder / name} is damaged at byte {offset}: run the same "
                "command again: this draw will be asked again, all others are kept"
            )
        return line

    def _where(self, place: int) -> tuple[str, int]:
        return self._segments[place >> _OFFSET_BITS].name, place & _OFFSET_MASK


def _warn_torn(path: Path) -> None:
    _log.warning(
        "journal: the last line of %s is torn and is skipped "
        "(its process was stopped while writing, or is writing now)",
        path,
    )
