"""The index of a journal's folder: where each key's line is, and what was found unreadable."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from pathlib import Path

from harness.journal import line as lines
from harness.journal.errors import JournalDamage, JournalError
from harness.journal.pack import OFFSET_BITS, PackDamage
from harness.journal.packed import Packed
from harness.journal.report import JournalReport
from harness.journal.segment import Files, Found, Segment, blocks, found

_log = logging.getLogger(__name__)

# A place is one integer below 2**60, the largest that CPython keeps in 32 bytes:
# 20 bits for the segment, 40 for the offset in it.
_OFFSET_MASK = (1 << OFFSET_BITS) - 1

ENOUGH = 100_000
"""Lines that packs do not have yet, from which an opening packs them; fewer are read in less than
a second by everybody who opens the journal."""
MOST = 500_000
"""Lines whose places are kept in memory at most, some 80 MB: then they are packed."""


class JournalIndex:
    """Keys to places, over all segments of one folder; safe to use from several threads.

    Most keys are in packs; those of lines that were read or written since are in memory.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._fresh: dict[bytes, int] = {}
        self._packed = Packed(folder, self._settled)
        self._segments: list[Segment] = []
        self._numbers: dict[str, int] = {}
        self._duplicates = 0
        self._damaged: dict[tuple[str, int], None] = {}
        self.after_fork()

    def after_fork(self) -> None:
        """Start over with what must not be shared with another process."""
        self._lock = threading.Lock()
        self._files = Files(self.folder)
        for segment in self._segments:
            segment.own = False

    def __len__(self) -> int:
        return self._packed.records + len(self._fresh)

    def __contains__(self, key: bytes) -> bool:
        return key in self._fresh or bool(self._places(key))

    def report(self) -> JournalReport:
        """A snapshot of what is known now."""
        with self._lock:
            return JournalReport(
                segments=len(self._segments),
                records=len(self),
                duplicates=self._packed.duplicates + self._duplicates,
                torn=tuple(segment.name for segment in self._segments if segment.torn),
                damaged=tuple(self._damaged),
            )

    def line(self, key: bytes) -> bytes | None:
        """The checked line under `key`.

        Raises:
            JournalDamage: the line has changed on disk since it was read.
            JournalError: its segment cannot be read.
        """
        while places := self._places(key):
            if len(places) > 1 and (place := self._settled(key, places)) is not None:
                return self._checked(key, place)
            try:
                return self._checked(key, places[0])
            except JournalDamage:
                if not self._read_again(places[0] >> OFFSET_BITS):
                    raise
        return None

    def claim(self, name: str) -> int:
        """Register the segment that this process is about to create; returns its number."""
        with self._lock:
            return self._register(Segment(name, own=True))

    def add(self, number: int, written: Iterable[tuple[bytes, bytes]]) -> None:
        """Enter keys and lines that now stand at the end of the own segment `number`."""
        with self._lock:
            place = number << OFFSET_BITS | self._segments[number].end
            for key, line in written:
                self._enter(key, place)
                place += len(line)
            self._segments[number].end = place & _OFFSET_MASK

    def spill(self) -> None:
        """Pack what is in memory if that is much; what other processes made is left alone."""
        if len(self._fresh) < MOST:
            return
        try:
            with self._lock:
                self._pack()
                self._packed.merge(own=True)
        except PackDamage as damage:
            self._without(damage)

    def scan(self, warn_torn: bool) -> None:
        """Read what the folder's segments hold beyond what is packed or known.

        A live process's segment may look torn at any moment; `warn_torn` says whether to mention
        it.
        """
        with self._lock:
            while True:
                try:
                    self._scan(warn_torn)
                    return
                except PackDamage as damage:
                    self._packed.drop(damage)

    def close(self) -> None:
        """Close the open files; they are opened again when needed."""
        self._files.close()

    def _places(self, key: bytes) -> list[int]:
        """The places of all lines known under `key`, the same one once."""
        while True:
            # In this order: what is packed meanwhile leaves memory when the pack is there.
            fresh = self._fresh.get(key)
            try:
                places = self._packed.find(key)
            except PackDamage as damage:
                self._without(damage)
                continue
            if fresh is not None and fresh not in places:
                places.append(fresh)
            return places

    def _without(self, damage: PackDamage) -> None:
        """Do without a pack: its segments are read again from where other packs have them."""
        with self._lock:
            self._packed.drop(damage)
        self.scan(warn_torn=False)

    def _register(self, segment: Segment) -> int:
        number = len(self._segments)
        self._segments.append(segment)
        self._numbers[segment.name] = number
        return number

    def _scan(self, warn_torn: bool) -> None:
        there = found(self.folder)
        for each in there:
            if each.name not in self._numbers:
                self._register(Segment(each.name))
        self._take_in_packs(there)
        for each in there:
            segment = self._segments[self._numbers[each.name]]
            if not segment.own and each.size > segment.end:
                self._scan_segment(self._numbers[each.name], each)
                if segment.torn and warn_torn:
                    _warn_torn(self.folder / each.name)
        if len(self._fresh) >= ENOUGH:
            self._pack()
        if self._packed.added:
            self._packed.merge()

    def _take_in_packs(self, there: Iterable[Found]) -> None:
        self._packed.load(self._numbers, {each.name: each.size for each in there})
        ends = self._packed.ends()
        for number, segment in enumerate(self._segments):
            end, lost = ends.get(number, 0), segment.packed
            segment.packed = end
            if segment.own and end < lost:
                self._read_own(number, end)
            elif segment.own:
                continue
            elif end < lost:
                segment.end = min(segment.end, end)
            elif end > segment.end:
                segment.end, segment.torn = end, False
        for place in self._packed.damaged():
            if self._where(place) not in self._damaged:
                self._name_damage(place)

    def _scan_segment(self, number: int, file: Found) -> None:
        segment = self._segments[number]
        for start, block, rest in blocks(self.folder / segment.name, segment.end, file.size):
            place = number << OFFSET_BITS | start
            for line in block:
                key = lines.key_of(line)
                if key is None:
                    self._note_damage(place, line, file.quiet)
                else:
                    self._enter(key, place)
                place += len(line) + 1
            segment.end = place & _OFFSET_MASK
            segment.torn = bool(rest)
            if len(self._fresh) >= MOST:
                self._pack()

    def _enter(self, key: bytes, place: int) -> None:
        known = self._fresh.setdefault(key, place)
        if known != place:
            self._duplicates += 1
            kept = self._settled(key, [known, place])
            self._fresh[key] = place if kept is None else kept

    def _note_damage(self, place: int, line: bytes, quiet: bool) -> None:
        segment, offset = self._segments[place >> OFFSET_BITS], place & _OFFSET_MASK
        if not quiet and segment.doubtful is None:
            segment.doubtful = offset
        self._name_damage(place)
        begin = lines.whole_line_within(line)
        if begin is not None and (key := lines.key_of(line[begin:])) is not None:
            self._enter(key, place + begin)

    def _name_damage(self, place: int) -> None:
        name, offset = self._where(place)
        self._damaged[name, offset] = None
        _log.warning(
            "journal: damaged line in %s at byte %d is skipped: the draw will be asked again",
            self.folder / name,
            offset,
        )

    def _pack(self) -> None:
        """Move what is in memory into a pack; it stays in memory where the disk refuses."""
        if self._fresh and self._packed.add(self._fresh, self._segments, self._damaged):
            self._duplicates, self._fresh = 0, {}

    def _read_own(self, number: int, start: int) -> None:
        """Read again what this process wrote and a pack has lost, and all that follows: what is
        packed meanwhile says that it has every line up to the segment's end."""
        segment = self._segments[number]
        whole, segment.end = segment.end, start
        self._scan_segment(number, Found(segment.name, whole, quiet=True))

    def _read_again(self, number: int) -> bool:
        """Read a segment anew in which a packed line is no longer as it was; False where no pack
        has the segment, so that there is nothing to be learnt."""
        with self._lock:
            if not self._packed.forget(number):
                return False
            segment = self._segments[number]
            whole, segment.end, segment.packed = segment.end, 0, 0
            self._scan_segment(number, Found(segment.name, whole, quiet=True))
            return True

    def _settled(self, key: bytes, places: Iterable[int]) -> int | None:
        """Choose between lines of one key: the record that sorts first as bytes is kept.

        The rule looks at nothing but the records, so every process on every host agrees. None
        where none of the lines is as it was written.
        """
        sound: list[tuple[bytes, int]] = []
        for place in places:
            try:
                sound.append((lines.payload(self._checked(key, place)), place))
            except JournalDamage:
                continue
        return min(sound)[1] if sound else None

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
        return self._segments[place >> OFFSET_BITS].name, place & _OFFSET_MASK


def _warn_torn(path: Path) -> None:
    _log.warning(
        "journal: the last line of %s is torn and is skipped "
        "(its process was stopped while writing, or is writing now)",
        path,
    )
