"""Into the jail, once a worker: namespaces with a root of their own, or Landlock.

Works as root and as an ordinary user. Real root mounts first, then becomes nobody and enters a user
namespace, for limits on processes and the modes of files do not bind root.
"""

from __future__ import annotations

import os

from harness.sandbox.in_worker import landlock
from harness.sandbox.in_worker.box import BOX
from harness.sandbox.in_worker.file_view import FileView
from harness.sandbox.in_worker.linux import (
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWUSER,
    NEWUTS,
    PR_SET_DUMPABLE,
    PR_SET_PDEATHSIG,
    detach,
    mount,
    pivot_root,
    prctl,
    unshare,
)

NOBODY = 65534
_COVERED = "/tmp"
"""Where the new root is put together: it covers what is there, in its own namespace alone."""
_TEMPORARY = ("/tmp", "/var/tmp")
"""Where programs write without asking where they may: their box."""
_DEVICES = ("null", "zero", "urandom", "random")
_KILL = 9


def enter_namespaces(view: FileView) -> int:
    """Jail this process; returns in a child of it, with a descriptor of the child's pid namespace.

    The process that called goes on waiting for the child: ended, it takes everything along.

    Raises:
        OSError: the kernel or its administrator does not allow it.
    """
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    apart = NEWIPC | NEWUTS | NEWNET | NEWPID
    root = os.getuid() == 0
    if root:
        unshare(NEWNS)
    else:
        _user_namespace(proc, NEWNS | apart)
    _new_root(view)
    if root:
        become_nobody()
        _user_namespace(proc, NEWNS | apart)
    _into_pid_namespace()
    own = os.open("self/ns/pid", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    os.close(proc)
    return own


def enter_landlock(view: FileView) -> None:
    """Jail this process without namespaces: nothing is writable but /dev/null.

    Raises:
        OSError: the kernel has no Landlock.
    """
    os.chdir("/")
    readable, listed = view.without_hidden()
    landlock.restrict([*readable, *(f"/dev/{name}" for name in _DEVICES)], listed)


def become_nobody() -> None:
    """Give up root for an identity that owns nothing."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    prctl(PR_SET_DUMPABLE, 1)  # else /proc/self/uid_map belongs to root


def _user_namespace(proc: int, flags: int) -> None:
    user, group = os.getuid(), os.getgid()
    unshare(NEWUSER | flags)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"0 {user} 1"),
        ("gid_map", f"0 {group} 1"),
    ):
        descriptor = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        os.write(descriptor, text.encode())
        os.close(descriptor)


def _into_pid_namespace() -> None:
    """Go on as the first process of the new pid namespace."""
    child = os.fork()
    if child:
        os.closerange(3, 256)  # else the sandbox would not see the worker's end of the line close
        os.waitpid(child, 0)
        os._exit(0)
    prctl(PR_SET_PDEATHSIG, _KILL)


def _new_root(view: FileView) -> None:
    """A root that holds nothing but what the view names, read-only."""
    sources = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in view.everything}
    links = {path: os.readlink(path) for path in view.libraries if os.path.islink(path)}
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    root = _COVERED
    _tmpfs(root)
    for path in view.libraries:
        if path in links:
            os.symlink(links[path], root + path)
        else:
            _bind(f"/proc/self/fd/{sources[path]}", root + path)
    for path in view.hidden:
        _tmpfs(root + path)
    for path in view.packages:
        _bind(f"/proc/self/fd/{sources[path]}", root + path)
    for path in view.hidden:
        mount(None, root + path, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    for source in sources.values():
        os.close(source)
    _devices(root)
    os.mkdir(root + BOX)
    for path in _TEMPORARY:
        if not os.path.lexists(root + path):  # Python itself may lie below it
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            os.symlink(BOX, root + path)
    os.mkdir(root + "/old")
    pivot_root(root, root + "/old")
    os.chdir("/")
    detach("/old")
    os.rmdir("/old")
    mount(None, "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _devices(root: str) -> None:
    os.mkdir(f"{root}/dev")
    for name in _DEVICES:
        open(f"{root}/dev/{name}", "w").close()
        mount(f"/dev/{name}", f"{root}/dev/{name}", None, MS_BIND)


def _tmpfs(path: str, options: str = "size=1m,mode=755") -> None:
    os.makedirs(path, exist_ok=True)
    mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options)


def _bind(source: str, path: str) -> None:
    os.makedirs(path, exist_ok=True)
    mount(source, path, None, MS_BIND | MS_REC)
    flags = os.statvfs(path).f_flag
    kept = flags & (MS_NODEV | MS_NOEXEC)  # a user namespace may not lift what it inherited
    mount(None, path, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | kept)
