"""What a split held when it was locked, and whether it still does."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.sources import SourceTable
from harness.contracts.benchmark import DataSource
from harness.errors import UserError

LOCK = Path(__file__).parent / "data.lock.yaml"


@dataclass(frozen=True, slots=True)
class LockedRecord:
    """A row in the form common to all copies of a set: what is locked."""

    id: str
    question: str
    target: str
    options: tuple[str, ...] = ()


def sha256(records: Sequence[LockedRecord]) -> str:
    """Hash of the records in order, as canonical JSON."""
    text = json.dumps([astuple(record) for record in records], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def locked() -> dict[str, Any]:
    """The lock file's entries, by benchmark, split and origin."""
    return dict(yaml.safe_load(LOCK.read_text(encoding="utf-8")) or {}) if LOCK.exists() else {}


def check(name: str, split: str, table: SourceTable, records: Sequence[LockedRecord]) -> DataSource:
    """Compare a split with its lock; where it has none, say so and let the records carry the hash.

    Raises:
        UserError: the content differs from the lock.
    """
    result = sha256(records)
    compare(
        name=name,
        part=split,
        origin=table.origin,
        location=table.location,
        rows=len(records),
        result=result,
    )
    return DataSource(table.location, table.revision, result, len(records))


def compare(*, name: str, part: str, origin: str, location: str, rows: int, result: str) -> None:
    """Compare a content hash with the lock of one part (a split, or the corpus) of a benchmark.

    Raises:
        UserError: the content differs from the lock.
    """
    entry = locked().get(name, {}).get(part, {}).get(origin)
    if entry is None:
        warnings.warn(
            f"{name} ({part}) from {location}: content is not locked; "
            f"it has {rows} rows and sha256 {result}",
            stacklevel=3,
        )
    elif entry["sha256"] != result:
        raise UserError(
            f"{name} ({part}): {location} has {rows} rows and sha256 {result}, "
            f"the lock file has {entry['rows']} rows and sha256 {entry['sha256']}; "
            "restore the original data, or, if the change is meant, lock it anew: "
            "python -m benchmarks.lock --data FOLDER"
        )
