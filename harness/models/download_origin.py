"""Where a folder of weights was downloaded from, as far as the folder itself shows it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

COMMIT = re.compile(r"[0-9a-f]{40}")
SNAPSHOT = re.compile(r"models--(?P<maker>[\w.-]+?)--(?P<name>[\w.-]+)")
DOWNLOADS = Path(".cache", "huggingface", "download")
"""Where `hf download --local-dir` notes each file's commit, below the folder."""
SLACK = 1.0
"""Seconds by which a file may be younger than the note of its download."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The commit that a folder was downloaded at."""

    commit: str
    repository: str | None
    """Hub id; None where the download's notes do not say it."""
    revisions: tuple[str, ...] = ()
    """Branches and tags that the hub's cache knows as this commit."""


def download_origin(folder: Path) -> Origin | None:
    """What the folder shows of where it comes from; None where it shows nothing.

    A snapshot in the hub's cache has maker, model and commit in its path. A folder that
    `hf download --local-dir` filled has notes of the commit; they count while no file has been
    changed since.
    """
    return snapshot(folder) or _noted(folder)


def snapshot(folder: Path) -> Origin | None:
    """The origin of a folder `models--MAKER--NAME/snapshots/COMMIT`."""
    folder = Path(os.path.abspath(folder))  # not resolved: what links lead to is elsewhere
    result = SNAPSHOT.fullmatch(folder.parent.parent.name)
    if result is None or folder.parent.name != "snapshots" or not COMMIT.fullmatch(folder.name):
        return None
    refs = folder.parent.parent / "refs"
    names = sorted(path for path in refs.rglob("*") if path.is_file()) if refs.is_dir() else []
    same = [path for path in names if path.read_text().strip() == folder.name]
    return Origin(
        commit=folder.name,
        repository=f"{result['maker']}/{result['name']}",
        revisions=tuple(path.relative_to(refs).as_posix() for path in same),
    )


def _noted(folder: Path) -> Origin | None:
    notes = folder / DOWNLOADS
    commits: set[str] = set()
    weights = [*folder.glob("*.safetensors"), *folder.glob("*.bin"), folder / "config.json"]
    for file in weights:
        try:
            commit, _, when = (notes / f"{file.name}.metadata").read_text().split()[:3]
            changed = file.stat().st_mtime > float(when) + SLACK
        except (OSError, ValueError):
            return None
        if changed:
            return None
        commits.add(commit)
    commit = commits.pop() if len(commits) == 1 else ""
    return Origin(commit, None) if COMMIT.fullmatch(commit) else None
