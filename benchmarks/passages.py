"""The passages that a benchmark brings along, pooled over its whole split, to be searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial

from benchmarks import fingerprint, sources
from benchmarks.sources import HubRef, SourceRow
from harness.contracts.passage import Corpus, Passage, content_hash

PART = "corpus"
"""What a pool is called in the lock file, beside the splits."""

ReadPassages = Callable[[SourceRow], Iterable[Passage]]
"""The passages of one row: a module-level function that returns nothing else of the row."""


@dataclass(frozen=True, slots=True)
class PassagePool:
    """The different passages of a table, in the order in which they first come."""

    passages: tuple[Passage, ...]
    sha256: str
    origin: str
    location: str


@lru_cache(maxsize=4)
def pool_passages(
    reader: ReadPassages, data: str | None, file: str, hub: HubRef | None
) -> PassagePool:
    """Pool the passages of every row, whatever a benchmark's limit is.

    Raises:
        UserError: absent data, or a row without passages.
    """
    table = sources.read(data, file, hub)
    result = tuple(dict.fromkeys(passage for row in table.rows for passage in reader(row)))
    return PassagePool(result, content_hash(result), table.origin, table.location)


def corpus(
    name: str, reader: ReadPassages, data: str | None, file: str, hub: HubRef | None
) -> Corpus:
    """The pool as what a task may hold, after a look at the lock file.

    What it keeps is where to read, not what a row says besides (law 3).

    Raises:
        UserError: absent data, or passages that differ from the lock.
    """
    result = pool_passages(reader, data, file, hub)
    fingerprint.compare(
        name=name,
        part=PART,
        origin=result.origin,
        location=result.location,
        rows=len(result.passages),
        result=result.sha256,
    )
    return Corpus(
        f"{name} ({result.location})", result.sha256, partial(_read, reader, data, file, hub)
    )


def _read(
    reader: ReadPassages, data: str | None, file: str, hub: HubRef | None
) -> tuple[Passage, ...]:
    return pool_passages(reader, data, file, hub).passages
