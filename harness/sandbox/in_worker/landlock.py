"""Landlock: which files a process may reach, without any privilege (Linux 5.13 and newer)."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable

from harness.sandbox.in_worker.linux import PR_SET_NO_NEW_PRIVS, check, libc, prctl

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR, _EXECUTE = 4, 8, 1
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many of the file rights a version of the kernel's interface knows; 16 from the fifth on."""


def version() -> int:
    """The kernel's Landlock interface; 0 where there is none."""
    return max(0, int(libc.syscall(_CREATE, None, ctypes.c_size_t(0), _ASK_VERSION)))


def restrict(readable: Iterable[str], listed: Iterable[str]) -> None:
    """Leave this process, for good, reading below some paths and the names below others.

    Raises:
        OSError: the kernel has no Landlock.
    """
    known = version()
    if known < 1:
        raise OSError(errno.ENOSYS, "the kernel has no Landlock")
    files = (1 << _FILE_RIGHTS.get(known, 16)) - 1
    network = 3 if known >= 4 else 0  # TCP bind and connect
    scoped = 3 if known >= 6 else 0  # abstract sockets and signals to others
    size = 8 if known < 4 else 16 if known < 6 else 24
    attributes = struct.pack("QQQ", files, network, scoped)[:size]
    ruleset = check(
        libc.syscall(_CREATE, attributes, ctypes.c_size_t(size), 0), "landlock_create_ruleset"
    )
    for path in readable:
        _allow(ruleset, path, _EXECUTE | _READ_FILE | _READ_DIR)
    for path in listed:
        _allow(ruleset, path, _READ_DIR)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    check(libc.syscall(_RESTRICT, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # a dangling link, or what this user cannot reach anyway
    if not os.path.isdir(path):
        rights &= _READ_FILE
    rule = struct.pack("=Qi", rights, descriptor)
    check(libc.syscall(_ADD, ruleset, _PATH_BENEATH, rule, 0), f"landlock_add_rule {path}")
    os.close(descriptor)
