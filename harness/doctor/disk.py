"""Free disk where runs, weights and temporary files go, and the clock."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from harness.doctor.contract import Asked, Check, Finding, fail, ok, warn
from harness.doctor.files import nearest, trial_folder
from harness.doctor.hub import on_hub
from harness.doctor.peers import SKEW
from harness.models.bundled import cache
from harness.models.hub import cached

LEAST, SMALL = 1.0, 10.0
"""GB free below which no run should start, and below which a sweep may fill the disk."""
SHARED = Path("/dev/shm")
BORN = 2025
"""A clock that shows an earlier year is wrong."""


def disk(asked: Asked) -> Finding:
    """Gigabytes free at each place, in files and in memory, and room for the weights."""
    places = {
        "runs": nearest(asked.folders[0]),
        "journal": nearest(asked.folders[1]),
        "cache": nearest(cache()),
        "hub's cache": nearest(_hub_cache()),
        "temporary": nearest(Path(tempfile.gettempdir())),
    }
    free = {name: shutil.disk_usage(place).free / 1e9 for name, place in places.items()}
    what = ", ".join(f"{name} {size:.1f} GB" for name, size in free.items()) + " free"
    if full := [name for name in places if free[name] < LEAST]:
        return fail(
            what, f"free some space ({', '.join(full)}), or set runs=FOLDER, HF_HOME, TMPDIR"
        )
    if empty := [name for name, place in places.items() if not _inodes(place)]:
        return fail(f"no file can be made any more at {', '.join(empty)}", "remove files there")
    wanted = _to_fetch(asked)
    if wanted > free["hub's cache"]:
        return fail(f"{what}; the named models' weights are {wanted:.0f} GB", "set HF_HOME")
    if sys.platform == "linux" and (shared := shutil.disk_usage(SHARED).free / 1e9) < LEAST:
        return warn(
            f"{what}; {shared:.2f} GB of shared memory ({SHARED})",
            "vLLM over several GPUs needs more: docker run --ipc=host, or --shm-size=8g",
        )
    if small := [name for name in ("runs", "journal") if free[name] < SMALL]:
        return warn(what, f"a large sweep may fill {' and '.join(small)}: set runs=FOLDER")
    return ok(what, **{name: round(size, 1) for name, size in free.items()})


def _hub_cache() -> Path:
    home = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")


def _inodes(place: Path) -> bool:
    """Whether files can be made; some file systems count none."""
    about = os.statvfs(place)
    return about.f_files == 0 or about.f_favail > 0


def _to_fetch(asked: Asked) -> float:
    """Gigabytes of those named weights that are still on the hub, at two bytes a parameter."""
    there = [model for model in asked.models if on_hub(model)]
    missing = [model for model in there if not cached(model.weights, model.revision)]
    return sum(2.0 * (model.parameters or 0) for model in missing) / 1e9


def clock(asked: Asked) -> Finding:
    """The time, and how far the clock of the runs' file system is from it."""
    now = time.time()
    if datetime.fromtimestamp(now, UTC).year < BORN:
        return fail(f"the clock says {datetime.fromtimestamp(now, UTC):%Y-%m-%d}", "set it (NTP)")
    what = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC"
    try:
        with trial_folder(nearest(asked.folders[0])) as folder:
            (folder / "now").write_text("x")
            away = (folder / "now").stat().st_mtime - time.time()
    except OSError:
        return ok(f"{what}; the file system of the runs cannot be asked for it")
    if abs(away) > SKEW:
        return warn(
            f"{what}; the file system of the runs is {away:+.0f} s away from it",
            "have both keep time (NTP): processes on other hosts are judged by it",
            away_seconds=away,
        )
    return ok(f"{what}; the file system of the runs agrees", away_seconds=round(away, 3))


CHECKS = (Check("disk", disk, seconds=60), Check("clock", clock))
