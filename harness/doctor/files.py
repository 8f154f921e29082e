"""The file systems of runs and journal, tried as runs use them."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from harness.doctor import peers
from harness.doctor.contract import Asked, Check, Finding, fail, ok, warn

PATIENCE = 60.0
SLOW = 0.2
"""Seconds of one synced write above which a run waits for its disk."""
LOST = ("tmpfs", "ramfs")
"""File systems that are gone with the machine."""


def files(asked: Asked) -> Finding:
    """Rename, sync, exclusive creation, locks by link and maps, between two processes."""
    told = []
    for place in distinct(asked.folders):
        kind = file_system(place)
        try:
            with trial_folder(place) as folder:
                synced = _synced(folder)
                found = peers.faults(peers.tried_here(folder, PATIENCE))
        except (OSError, peers.UnseenError) as error:
            found = [getattr(error, "strerror", None) or str(error)]
        if found:
            return fail(
                f"{place} ({kind}): {'; '.join(found)}",
                "set runs=FOLDER on another file system: records and journal need what failed here",
            )
        told.append(f"{place} ({kind}): a synced write takes {1e3 * synced:.1f} ms")
        if kind in LOST:
            return warn(told[-1], "it is in memory and lost with the machine: set runs=FOLDER")
        if synced > SLOW:
            return warn(told[-1], "runs wait for it: set runs=FOLDER on a faster file system")
    return ok(f"{'; '.join(told)}; rename, sync, exclusive creation, link, map hold")


def distinct(folders: tuple[Path, ...]) -> list[Path]:
    """One folder a file system; for folders that are not there yet, the nearest that is."""
    results: dict[int, Path] = {}
    for folder in map(nearest, folders):
        results.setdefault(folder.stat().st_dev, folder)
    return list(results.values())


def nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    folder = folder.expanduser().absolute()
    return next(each for each in (folder, *folder.parents) if each.exists())


@contextmanager
def trial_folder(place: Path) -> Iterator[Path]:
    """An empty folder, gone afterwards.

    Raises:
        OSError: none can be made.
    """
    with tempfile.TemporaryDirectory(prefix=".pte-doctor-", dir=place) as made:
        yield Path(made)


def file_system(folder: Path) -> str:
    """Kind of a folder's file system: ext4, nfs4, lustre, ...; "unknown" where nobody says."""
    place = folder.resolve()
    mounts = {Path(each.mountpoint): each.fstype for each in psutil.disk_partitions(all=True)}
    return next((mounts[each] for each in (place, *place.parents) if each in mounts), "unknown")


def _synced(folder: Path) -> float:
    """Seconds of a small synced write, the middle one of five; the folder is synced too."""
    taken = []
    with (folder / "synced").open("xb", buffering=0) as file:
        for _ in range(5):
            begun = time.perf_counter()
            file.write(b"x" * 1000)
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begun)
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
    return sorted(taken)[2]


CHECKS = (Check("files", files, seconds=4 * PATIENCE),)
