"""The seccomp filters: an allow-list, with a few calls judged by an argument."""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterable

from harness.sandbox.in_worker import syscalls
from harness.sandbox.in_worker.linux import MACHINE, PR_SET_SECCOMP, prctl

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Column in the tables, and the kernel's name of the architecture (AUDIT_ARCH)."""

_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NUMBER, _ARCH, _FIRST, _SECOND = 0, 4, 16, 24
"""Offsets in seccomp_data: number, architecture, low halves of the first two arguments."""
_FILTER_MODE = 2
_THREAD = 0x10000
_UNIX = 1
_X32 = 0x40000000


def _refuse(number: int) -> int:
    return 0x50000 | number


class _FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def for_worker(writes: bool, machine: str = MACHINE) -> bytes:
    """The allow-list, of what programs and their worker need together.

    `writes` says whether there is anything that a program may write.

    Raises:
        OSError: there is no table for this machine.
    """
    column, architecture = _table(machine)
    code = [
        _step(_LOAD, _ARCH),
        _step(_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
    ]
    if column == 0:
        code += [_step(_AT_LEAST, _X32, 0, 1), _step(_RETURN, _KILL)]
    known = {n: v for n, v in syscalls.ALLOWED.items() if writes or n not in syscalls.WRITING}
    for numbers in (*known.values(), *syscalls.WORKER.values(), syscalls.CLONE):
        number = numbers[column]
        if number is not None:
            code += _when(number, [_step(_RETURN, _ALLOW)])
    for numbers in syscalls.ABSENT.values():
        code += _when(numbers[column], [_step(_RETURN, _refuse(errno.ENOSYS))])
    code += _when(syscalls.FCNTL[column], _if_among(_SECOND, syscalls.FCNTL_COMMANDS))
    code += _when(syscalls.IOCTL[column], _if_among(_SECOND, syscalls.IOCTL_COMMANDS))
    code += _when(syscalls.PRLIMIT[column], _if_among(_FIRST, (0,)))
    code += _when(syscalls.SOCKETPAIR[column], _if_among(_FIRST, (_UNIX,)))
    code.append(_step(_RETURN, _refuse(errno.EPERM)))
    return b"".join(code)


def for_program(machine: str = MACHINE) -> bytes:
    """What is taken away from a program of that.

    Both filters judge every call of a program, and the stricter verdict holds. The long one is
    inherited: loading it for each program would cost as much as a third of a fork.
    """
    column, _ = _table(machine)
    code = [_step(_LOAD, _NUMBER)]
    for numbers in syscalls.WORKER.values():
        code += _when(numbers[column], [_step(_RETURN, _refuse(errno.EPERM))])
    code += _when(syscalls.CLONE[column], _if_thread())
    code.append(_step(_RETURN, _ALLOW))
    return b"".join(code)


def _table(machine: str) -> tuple[int, int]:
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, f"no table of system calls for {machine}")
    return _MACHINES[machine]


def load(program: bytes) -> None:
    """Put this process, for good, under the filter; needs NO_NEW_PRIVS."""
    held = ctypes.create_string_buffer(program, len(program))
    header = _FilterProgram(len(program) // 8, ctypes.addressof(held))
    prctl(PR_SET_SECCOMP, _FILTER_MODE, ctypes.cast(ctypes.byref(header), ctypes.c_void_p))


def _step(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, when_true, when_false, value)


def _when(number: int, then: list[bytes]) -> list[bytes]:
    """Instructions that apply to one system call; `then` has to return."""
    return [_step(_EQUAL, number, 0, len(then)), *then]


def _if_thread() -> list[bytes]:
    """New threads, no new processes."""
    return [
        _step(_LOAD, _FIRST),
        _step(_ANY_BIT, _THREAD, 1, 0),
        _step(_RETURN, _refuse(errno.EPERM)),
        _step(_RETURN, _ALLOW),
    ]


def _if_among(argument: int, values: Iterable[int]) -> list[bytes]:
    code = [_step(_LOAD, argument)]
    for value in values:
        code += [_step(_EQUAL, value, 0, 1), _step(_RETURN, _ALLOW)]
    return [*code, _step(_RETURN, _refuse(errno.EPERM))]
