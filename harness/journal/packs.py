"""The folder of a journal's packs: each there whole or not at all, and none of them needed.

Packs say themselves what they cover, so any that is whole is true, whoever made it and whatever
others do meanwhile: no list names them and no lock guards them. They are made under a name of their
own and given their real one by `link`, which never replaces a file (so it is on NFS, too). A pack
that another one contains is passed over; it is removed weeks later, because a process on another
host may still look keys up in it, and would have to read the segments again were it gone.
"""

from __future__ import annotations

import errno
import logging
import os
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.journal.pack import Description, Entries, Pack, PackDamage, write

SUFFIX, ASIDE, PART = ".pack", ".damaged", ".part"
UNUSED = 14 * 86400.0
"""Seconds after which a pack that another one contains, or that is damaged, is removed."""
ABANDONED = 86400.0
"""Seconds after which what a killed process left half written is removed."""

_log = logging.getLogger(__name__)


class Packs:
    """The packs in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, Pack] = {}

    def load(self) -> list[Pack]:
        """Every whole pack that no other one contains, in the order of their names.

        Those that are damaged are set aside and named in a warning.
        """
        try:
            names = sorted(n for n in os.listdir(self._folder) if n.endswith(SUFFIX))
        except OSError:  # nobody has packed anything yet
            names = []
        known, self._open = self._open, {}
        for name in names:
            try:
                self._open[name] = known.get(name) or Pack(self._folder / name)
            except PackDamage as damage:
                self.set_aside(damage)
            except OSError as error:
                _log.warning("journal: %s cannot be read (%s)", self._folder / name, error.strerror)
        return [pack for pack in self._open.values() if self._container(pack) is None]

    def set_aside(self, damage: PackDamage) -> None:
        """Have nobody open a damaged pack again."""
        _log.warning(
            "journal: %s is not as it was written; what it held is read from the segments again",
            damage.path,
        )
        self._open.pop(damage.path.name, None)
        with suppress(OSError):  # another process was faster
            damage.path.rename(damage.path.with_name(damage.path.name + ASIDE))

    def make(
        self, chunks: Iterable[Entries], describe: Callable[[NDArray[np.int64]], Description]
    ) -> Pack:
        """Write a pack and open it. Where another process has made the same, that one is taken.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder.mkdir(exist_ok=True)
        part = self._folder / f"{uuid.uuid4().hex}{PART}"
        try:
            write(part, chunks, describe)
            made = Pack(part)
            path = self._folder / _name(made)
            _give_name(part, path)
            _sync_names(self._folder)
        finally:
            part.unlink(missing_ok=True)
        try:
            pack = Pack(path)
        except PackDamage as damage:  # one of the same name was there
            self.set_aside(damage)
            raise OSError(errno.EIO, "a damaged pack was in the way") from damage
        self._open[path.name] = pack
        return pack

    def tidy(self) -> None:
        """Remove what nobody can be using any more."""
        now = time.time()
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    age = now - entry.stat().st_mtime
                    if (
                        (entry.name.endswith(PART) and age > ABANDONED)
                        or (entry.name.endswith(ASIDE) and age > UNUSED)
                        or self._long_contained(entry.name, now)
                    ):
                        os.unlink(entry.path)

    def _long_contained(self, name: str, now: float) -> bool:
        pack = self._open.get(name)
        outer = None if pack is None else self._container(pack)
        return outer is not None and now - outer.path.stat().st_mtime > UNUSED

    def _container(self, pack: Pack) -> Pack | None:
        """A pack that has all that this one has; of two that have the same, the larger one."""
        for other in self._open.values():
            contained = other is not pack and other.contains(pack)
            if contained and (not pack.contains(other) or _rank(other) > _rank(pack)):
                return other
        return None


def _rank(pack: Pack) -> tuple[int, str]:
    return pack.records, pack.path.name


def _name(pack: Pack) -> str:
    """Two packs of the same lines have one name."""
    said = msgspec.msgpack.encode(
        (pack.records, sorted(pack.description.segments, key=lambda each: each.name))
    )
    return f"{blake2b(said, digest_size=12).hexdigest()}{SUFFIX}"


def _give_name(part: Path, path: Path) -> None:
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        if not path.exists():
            part.rename(path)


def _sync_names(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
