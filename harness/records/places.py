"""Which files hold the records of a place: a run, a folder of runs, or a folder of records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.errors import UserError
from harness.records.store import run_files


def record_files(place: Path) -> list[Path]:
    """The Parquet files of a run's folder, of a folder of runs, or of a folder of records.

    Of a run those of the cells that its plan names; what an earlier plan left there is none of it.

    Raises:
        UserError: the place holds neither runs nor records, or no cell there has finished.
    """
    if place.is_dir():
        own = sorted(place.glob("*.parquet"))
        if own:
            return own
        if (place / "records").is_dir() or (place / "plan.json").exists():
            return _finished(place, [place])
        runs = sorted({found.parent for found in place.glob("*/plan.json")})
        if runs:
            return _finished(place, runs)
    what = "has no runs and no records" if place.exists() else "is not there"
    raise UserError(
        f"{place} {what}: name a run's folder, a folder of runs, or a folder of Parquet records"
    )


def _finished(place: Path, runs: Sequence[Path]) -> list[Path]:
    files = run_files(runs)
    if not files:
        raise UserError(f"no cell of {place} has finished: see pte status {place}")
    return files
