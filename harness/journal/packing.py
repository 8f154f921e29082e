"""Making packs: sorting what was read, and merging packs so that few are left to look into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harness.journal.pack import (
    ENTRY,
    OFFSET_BITS,
    Covered,
    Description,
    Entries,
    Pack,
    PackDamage,
    joined,
)

STEP = 64
"""Blocks of the largest pack that are merged at a time: some megabytes with those of the others."""
RATIO = 4
"""Packs up to so many times as large as all smaller ones together are merged with them: packs grow
by this ratio at least, so that a hundred million records lie in six, and each is rewritten a few
times in all."""

Settle = Callable[[bytes, Sequence[int]], int | None]
"""Chooses between the lines of one key: from the key and their places to the place that is kept;
None where none of the lines is as it was written."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A pack with the numbers by which this process knows its segments."""

    pack: Pack
    numbers: NDArray[np.int64]
    """[segment of the pack]: its number here; -1 for one that is gone or is no longer the same."""

    def find(self, key: bytes) -> int | None:
        """The place of the line under `key`; None where the pack has none.

        Raises:
            PackDamage: the pack is not as it was written.
        """
        place = self.pack.find(key)
        if place is None:
            return None
        segment = place >> OFFSET_BITS
        if segment >= len(self.numbers):  # changed on the disk since its block was checked
            raise PackDamage(self.pack.path)
        number = int(self.numbers[segment])
        return None if number < 0 else number << OFFSET_BITS | place & ((1 << OFFSET_BITS) - 1)

    def segments(self) -> Iterator[tuple[int, Covered]]:
        """The pack's segments that are still there, by number."""
        described = self.pack.description.segments
        return (
            (n, each) for n, each in zip(self.numbers.tolist(), described, strict=True) if n >= 0
        )

    def entries(self, start: int, stop: int) -> Entries:
        """Entries from a position to another, with places as this process knows them."""
        found = self.pack.entries(start, stop)
        numbers = self.numbers[found["place"] >> OFFSET_BITS]
        entries: Entries = found[numbers >= 0]
        offsets = entries["place"] & ((1 << OFFSET_BITS) - 1)
        entries["place"] = numbers[numbers >= 0].astype(np.uint64) << OFFSET_BITS | offsets
        return entries


def sorted_entries(places: Mapping[bytes, int]) -> Entries:
    """Keys and places as entries in the order of the keys."""
    entries = np.empty(len(places), ENTRY)
    keys = np.frombuffer(b"".join(places), ">u8").reshape(-1, 2)
    entries["high"], entries["low"] = keys[:, 0], keys[:, 1]
    entries["place"] = np.fromiter(places.values(), np.uint64, len(places))
    return _in_order(entries)


class Merge:
    """The entries of several packs as one; iterated once."""

    def __init__(self, packs: Sequence[Placed], settle: Settle) -> None:
        self._packs = packs
        self._settle = settle
        self.duplicates = sum(each.pack.description.duplicates for each in packs)

    def __iter__(self) -> Iterator[Entries]:
        largest = max(self._packs, key=lambda each: each.pack.records).pack
        bounds = largest.firsts[STEP::STEP]
        positions = [
            [0, *(each.pack.position(key) for key in bounds), each.pack.records]
            for each in self._packs
        ]
        for stretches in zip(*(pairwise(each) for each in positions), strict=True):
            parts = [p.entries(*each) for p, each in zip(self._packs, stretches, strict=True)]
            yield self._distinct(_in_order(np.concatenate(parts, dtype=ENTRY)))

    def _distinct(self, entries: Entries) -> Entries:
        """Each key once."""
        again = (entries["high"][1:] == entries["high"][:-1]) & (
            entries["low"][1:] == entries["low"][:-1]
        )
        if not again.any():
            return entries
        keep = np.ones(len(entries), bool)
        starts = np.flatnonzero(again & ~np.concatenate([[False], again[:-1]]))
        for start in starts.tolist():
            stop = start + 1
            while stop < len(entries) and again[stop - 1]:
                stop += 1
            places = sorted(set(entries["place"][start:stop].tolist()))
            keep[start + 1 : stop] = False
            self.duplicates += len(places) - 1
            if len(places) > 1:
                kept = self._settle(entries[start].tobytes()[:16], places)
                keep[start] = kept is not None
                entries["place"][start] = places[0] if kept is None else kept
        distinct: Entries = entries[keep]
        return distinct


def renumbered(chunks: Iterable[Entries], numbers: Sequence[int]) -> Iterator[Entries]:
    """Entries with the places that a pack of these segments gives them: the number of a segment
    becomes its position in `numbers`, which are in order."""
    order = np.array(numbers, np.uint64)
    for chunk in chunks:
        entries = chunk.copy()
        local = np.searchsorted(order, entries["place"] >> OFFSET_BITS).astype(np.uint64)
        offsets = entries["place"] & ((1 << OFFSET_BITS) - 1)
        entries["place"] = local << OFFSET_BITS | offsets
        yield entries


def united(packs: Sequence[Placed]) -> dict[int, Covered]:
    """What several packs cover together, by the number of the segment."""
    results: dict[int, Covered] = {}
    for number, each in (segment for placed in packs for segment in placed.segments()):
        known = results.get(number, Covered(each.name, (), ()))
        damaged = sorted({*known.damaged, *each.damaged})
        results[number] = Covered(each.name, joined(known.spans + each.spans), tuple(damaged))
    return results


def described(
    covered: Mapping[int, Covered], counts: NDArray[np.int64], duplicates: int
) -> Description:
    """The description of a pack of these segments, in the order of their numbers."""
    found = [*counts.tolist(), *[0] * (len(covered) - len(counts))]
    segments = (
        Covered(each.name, each.spans, each.damaged, count)
        for (_, each), count in zip(sorted(covered.items()), found, strict=True)
    )
    return Description(tuple(segments), duplicates)


def to_merge(packs: Sequence[Placed]) -> list[Placed]:
    """The packs that are worth merging, the smallest first; none where no two are near in size."""
    order = sorted(packs, key=lambda each: (each.pack.records, each.pack.path.name))
    chosen, records = order[:1], order[0].pack.records if order else 0
    for each in order[1:]:
        if each.pack.records > RATIO * records:
            break
        chosen.append(each)
        records += each.pack.records
    return chosen if len(chosen) > 1 else []


def _in_order(entries: Entries) -> Entries:
    high = entries["high"].astype(np.uint64)
    order = np.argsort(high, kind="stable")  # quick where packs follow one another, each sorted
    if (np.diff(high[order]) == 0).any():
        order = np.lexsort((entries["low"].astype(np.uint64), high))
    return entries[order]
