"""The one place where a program may write: a tmpfs, new for every program that would notice."""

from __future__ import annotations

import os

from harness.sandbox.in_worker.linux import MS_NODEV, MS_NOSUID, detach, mount

BOX = "/box"
_FILES = 4
"""All files of a program together may be this many times its largest."""
_NAMES = 1024
"""Files and folders."""


class Box:
    """The worker's tmpfs, which the program in it may fill; no two programs see the same one.

    Mounting one costs as much as a third of a fork, and hardly any program writes a file: so an
    untouched one is used again, and any trace in it (the kernel notes every change of a folder in
    its ctime) has it replaced.
    """

    def __init__(self) -> None:
        self._size = 0
        self._clean: tuple[int, ...] = ()

    def ready(self, largest_file: int) -> None:
        """See to it that the box is as new; no process of the last program is left."""
        size = largest_file * _FILES
        if size == self._size and self._look() == self._clean:
            return
        os.chdir("/")
        if self._size:
            detach(BOX)
        options = f"size={size},nr_inodes={_NAMES},mode=1777"
        mount("tmpfs", BOX, "tmpfs", MS_NOSUID | MS_NODEV, options)
        os.chdir(BOX)
        self._size = size
        os.utime(BOX, (0, 0))
        self._clean = self._look()

    def _look(self) -> tuple[int, ...]:
        folder, space = os.stat(BOX), os.statvfs(BOX)
        times = (folder.st_mtime_ns, folder.st_ctime_ns)
        return (*times, folder.st_mode, space.f_ffree, space.f_bfree)
