"""What a mirror has brought over already, and the lock that makes it the only one of a folder."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.contracts.tracking import WandbConfig
from harness.files import replace_text


class UploadLog:
    """Fingerprints of the records that each cell was told from, by W&B project and group."""

    def __init__(self, folder: Path, config: WandbConfig, group: str) -> None:
        self._file = folder / "told.json"
        server = os.environ.get("WANDB_BASE_URL", "") if config.mode == "online" else ""
        self._where = "|".join((config.mode, server, config.entity or "", config.project, group))
        try:
            self._all: dict[str, dict[str, str]] = json.loads(self._file.read_text())
        except (OSError, ValueError):
            self._all = {}
        self._here = self._all.setdefault(self._where, {})

    def has(self, name: str, fingerprint: str) -> bool:
        """Whether W&B holds the cell as its records are now, by their fingerprint."""
        return self._here.get(name) == fingerprint

    def put(self, name: str, fingerprint: str) -> None:
        """Remember that the cell was told from these records; on disk at once."""
        self._here[name] = fingerprint
        replace_text(self._file, json.dumps(self._all, indent=1))


def fingerprint(*paths: Path) -> str:
    """Changes when one of the files does; a file that is not there counts as well."""
    stats = [path.stat() if path.exists() else None for path in paths]
    return " ".join(f"{s.st_size}-{s.st_mtime_ns}" if s else "absent" for s in stats)


@contextmanager
def only_one(folder: Path) -> Iterator[bool]:
    """Holds the folder's lock if nobody else does; says whether it is held.

    The lock goes with its process, however that ends. A file system without locks is taken as is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        except OSError:
            pass
        yield True
