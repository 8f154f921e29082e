"""The system calls that Python does not wrap, with errors as exceptions."""

from __future__ import annotations

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

MACHINE = os.uname().machine
X86 = MACHINE == "x86_64"

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x20000,
    0x4000000,
    0x8000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP = 1, 4, 22
PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 24, 36, 38

_PIVOT_ROOT = 155 if X86 else 41
_CAPABILITY_VERSION_3 = 0x20080522


def check(result: int, what: str) -> int:
    """The result of a system call.

    Raises:
        OSError: it failed; the message says what was tried.
    """
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces named."""
    check(libc.unshare(flags), f"unshare {flags:#x}")


def setns(descriptor: int, kind: int) -> None:
    """Enter a namespace."""
    check(libc.setns(descriptor, kind), "setns")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Mount, bind or remount."""
    result = libc.mount(
        source.encode() if source else None,
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    check(result, f"mount {target}")


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root and put the old one at `old`, then let go of it."""
    check(libc.syscall(_PIVOT_ROOT, new.encode(), old.encode()), "pivot_root")


def detach(target: str) -> None:
    """Unmount as soon as nobody uses it (MNT_DETACH)."""
    check(libc.umount2(target.encode(), 2), f"umount {target}")


def prctl(option: int, value: int = 0, pointer: ctypes.c_void_p | None = None) -> None:
    """Set a property of this process."""
    result = libc.prctl(
        ctypes.c_int(option), ctypes.c_ulong(value), pointer, ctypes.c_ulong(0), ctypes.c_ulong(0)
    )
    check(result, f"prctl {option}")


def shut_privileges() -> None:
    """No capability is ever to be gained again by this process and its children."""
    capability = 0
    while libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) == 0:
        capability += 1
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up every capability that this process has."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    check(libc.capset(header, bytes(24)), "capset")
