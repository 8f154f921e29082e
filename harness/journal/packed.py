"""The packed part of a journal's index: its packs, under the numbers that this process uses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from harness.journal.pack import OFFSET_BITS, Covered, Entries, Pack, PackDamage
from harness.journal.packing import (
    Merge,
    Placed,
    Settle,
    described,
    renumbered,
    sorted_entries,
    to_merge,
    united,
)
from harness.journal.packs import Packs
from harness.journal.segment import Segment

FOLDER = "packs"
"""The folder beside the segments; it may be deleted whenever no run is under way."""
MANY = 24
"""Packs from which they are merged even while a large journal is still being read."""

_log = logging.getLogger(__name__)


class Packed:
    """Look-ups in all packs, and new packs; the caller sees to it that one thread changes them."""

    def __init__(self, folder: Path, settle: Settle) -> None:
        self._packs = Packs(folder / FOLDER)
        self._settle = settle
        self._placed: tuple[Placed, ...] = ()
        self._own: set[str] = set()
        self._refused = False
        self.added = False
        """Whether there is a new pack, so that merging may be worth while."""

    @property
    def records(self) -> int:
        """Keys in all packs; one that two of them have counts twice."""
        return sum(each.records for placed in self._placed for _, each in placed.segments())

    @property
    def duplicates(self) -> int:
        """Lines that were found to be under another line's key."""
        return sum(placed.pack.description.duplicates for placed in self._placed)

    def find(self, key: bytes) -> list[int]:
        """The place that each pack has for `key`, the same one once.

        Raises:
            PackDamage: a pack is not as it was written.
        """
        places = []
        for each in self._placed:
            place = each.find(key)
            if place is not None and place not in places:
                places.append(place)
        return places

    def load(self, numbers: Mapping[str, int], sizes: Mapping[str, int]) -> None:
        """Take in the packs that are there now.

        Args:
            numbers: of all segments by name.
            sizes: of the segments' files. A file that is shorter than what a pack has of it is not
                the one that was packed.
        """
        known = {placed.pack: placed for placed in self._placed}
        packs = self._packs.load()
        self._placed = tuple(known.get(pack) or _placed(pack, numbers, sizes) for pack in packs)

    def ends(self) -> dict[int, int]:
        """How far the packs have every whole line of each segment, by its number."""
        covered = united(self._placed)
        return {
            n: each.spans[0][1]
            for n, each in covered.items()
            if each.spans[:1] and not each.spans[0][0]
        }

    def damaged(self) -> list[int]:
        """The places of lines that were found damaged when they were packed."""
        covered = united(self._placed).items()
        return [n << OFFSET_BITS | offset for n, each in covered for offset in each.damaged]

    def forget(self, number: int) -> bool:
        """Do without what the packs have of one segment; whether they had anything."""
        having = [each for each in self._placed if number in each.numbers]
        for each in having:
            each.numbers[each.numbers == number] = -1
        return bool(having)

    def drop(self, damage: PackDamage) -> None:
        """Do without a pack, and have everybody do so. What it contained is taken in again with the
        next `load`."""
        self._packs.set_aside(damage)
        self._placed = tuple(each for each in self._placed if each.pack.path != damage.path)

    def add(
        self,
        places: Mapping[bytes, int],
        segments: Sequence[Segment],
        damaged: Collection[tuple[str, int]],
    ) -> bool:
        """Pack places that are in memory; False where that is not possible.

        Args:
            places: by key.
            segments: by number; what is `packed` of them is moved on.
            damaged: names and offsets of lines that could not be used.
        """
        ends = {n: s.end if s.doubtful is None else s.doubtful for n, s in enumerate(segments)}
        covered = {}
        for n in {place >> OFFSET_BITS for place in places.values()} | {
            n for n, end in ends.items() if end > segments[n].packed
        }:
            start, end = segments[n].packed, ends[n]
            spans = ((start, end),) if end > start else ()
            bad = tuple(
                at for name, at in damaged if name == segments[n].name and start <= at < end
            )
            covered[n] = Covered(segments[n].name, spans, bad)
        if not self._put([sorted_entries(places)], covered, lambda: 0):
            return False
        for n, each in covered.items():
            segments[n].packed = max([segments[n].packed, *(end for _, end in each.spans)])
        self.added = True
        if len(self._placed) >= MANY:
            with suppress(PackDamage):  # found again by the merge at the end of the scan
                self.merge()
        return True

    def merge(self, own: bool = False) -> None:
        """Merge packs that are near in size, and remove what nobody uses any more.

        Args:
            own: leave alone what other processes made.

        Raises:
            PackDamage: one of them is not as it was written.
        """
        chosen = to_merge([e for e in self._placed if not own or e.pack.path.name in self._own])
        if chosen:
            merged = Merge(chosen, self._settle)
            self._put(merged, united(chosen), lambda: merged.duplicates, instead_of=chosen)
        self.added = False
        self._packs.tidy()

    def _put(
        self,
        chunks: Iterable[Entries],
        covered: Mapping[int, Covered],
        duplicates: Callable[[], int],
        instead_of: Sequence[Placed] = (),
    ) -> bool:
        """Make a pack of these segments, by number; whether the disk took it."""
        numbers = sorted(covered)
        try:
            pack = self._packs.make(
                renumbered(chunks, numbers), lambda counts: described(covered, counts, duplicates())
            )
        except OSError as error:
            if not self._refused:
                _log.warning(
                    "journal: nothing can be packed (%s): it takes more memory and opens more "
                    "slowly until it can be",
                    error.strerror,
                )
            self._refused = True
            return False
        self._own.add(pack.path.name)
        kept = (e for e in self._placed if e not in instead_of and e.pack.path != pack.path)
        self._placed = (*kept, Placed(pack, np.array(numbers, np.int64)))
        return True


def _placed(pack: Pack, numbers: Mapping[str, int], sizes: Mapping[str, int]) -> Placed:
    segments = pack.description.segments
    same = (
        each.name in sizes and all(end <= sizes[each.name] for _, end in each.spans)
        for each in segments
    )
    known = [numbers[s.name] if there else -1 for s, there in zip(segments, same, strict=True)]
    return Placed(pack, np.array(known, np.int64))
