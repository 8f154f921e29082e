"""What is known of a journal as a whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JournalReport:
    """What a journal holds, and what in it could not be used."""

    segments: int
    records: int
    """Keys. One that two packs have counts twice until they are merged, and so may what one of the
    packs covers as well."""
    duplicates: int
    """Lines under a key that another line already had, as far as packs have been merged."""
    torn: tuple[str, ...]
    """Segments whose last line has no newline: cut off by a crash, or just being written."""
    damaged: tuple[tuple[str, int], ...]
    """Segment and byte offset of each line that is not as it was written."""
