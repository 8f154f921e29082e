"""The filters of both machines, run by an interpreter of their instructions."""

from __future__ import annotations

import struct

import pytest

from harness.sandbox.in_worker import syscalls
from harness.sandbox.in_worker.seccomp import for_program, for_worker

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x50001, 0x50026
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
COLUMN = {"x86_64": 0, "aarch64": 1}
MACHINES = pytest.mark.parametrize("machine", sorted(COLUMN))


def verdict(program: bytes, number: int, architecture: int, *arguments: int) -> int:
    """What classic BPF makes of a system call (the four instructions that filters use)."""
    given = struct.pack("<IIQ6Q", number, architecture, 0, *(*arguments, *[0] * 6)[:6])
    steps = [struct.unpack_from("<HBBI", program, at) for at in range(0, len(program), 8)]
    value, at = 0, 0
    while True:
        code, when_true, when_false, operand = steps[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", given, operand)
        elif code == 0x06:
            return int(operand)
        else:
            holds = {0x15: value == operand, 0x45: value & operand, 0x35: value >= operand}[code]
            at += when_true if holds else when_false


def judged(machine: str, number: int, *arguments: int) -> int:
    """The stricter of the two filters' verdicts, as the kernel takes it."""
    architecture = ARCHITECTURES[machine]
    results = (
        verdict(program, number, architecture, *arguments)
        for program in (for_worker(True, machine), for_program(machine))
    )
    return min(results, key=lambda action: (action & 0x7FFF0000) - (action & KILL))


@MACHINES
def test_every_call_of_the_list_is_allowed_and_no_other(machine: str) -> None:
    column = COLUMN[machine]
    allowed = {numbers[column] for numbers in syscalls.ALLOWED.values()}
    judged_by_argument = {
        numbers[column]
        for numbers in (
            syscalls.CLONE,
            syscalls.FCNTL,
            syscalls.IOCTL,
            syscalls.PRLIMIT,
            syscalls.SOCKETPAIR,
        )
    }
    absent = {numbers[column] for numbers in syscalls.ABSENT.values()}
    for number in set(range(600)) - judged_by_argument:
        expected = ALLOW if number in allowed else ENOSYS if number in absent else EPERM
        assert judged(machine, number) == expected, number


@MACHINES
def test_threads_but_no_processes(machine: str) -> None:
    clone = syscalls.CLONE[COLUMN[machine]]
    assert judged(machine, clone, 0x3D0F00) == ALLOW  # what pthread_create asks for
    assert judged(machine, clone, 17) == EPERM
    assert judged(machine, clone, 0x10000000 | 17) == EPERM
    assert verdict(for_worker(True, machine), clone, ARCHITECTURES[machine], 17) == ALLOW


@MACHINES
def test_calls_that_depend_on_an_argument(machine: str) -> None:
    column = COLUMN[machine]
    assert judged(machine, syscalls.FCNTL[column], 3, 1) == ALLOW
    assert judged(machine, syscalls.FCNTL[column], 3, 8) == EPERM  # F_SETOWN
    assert judged(machine, syscalls.IOCTL[column], 0, 0x5401) == ALLOW
    assert judged(machine, syscalls.IOCTL[column], 0, 0x5412) == EPERM  # TIOCSTI
    assert judged(machine, syscalls.PRLIMIT[column], 0) == ALLOW
    assert judged(machine, syscalls.PRLIMIT[column], 1) == EPERM
    assert judged(machine, syscalls.SOCKETPAIR[column], 1) == ALLOW
    assert judged(machine, syscalls.SOCKETPAIR[column], 2) == EPERM


@MACHINES
def test_another_architecture_is_killed(machine: str) -> None:
    assert verdict(for_worker(True, machine), 0, 0x40000003) == KILL  # 32 bit
    other = ARCHITECTURES["aarch64" if machine == "x86_64" else "x86_64"]
    assert verdict(for_worker(True, machine), 0, other) == KILL


def test_the_other_abi_of_x86_is_killed() -> None:
    assert judged("x86_64", 0x40000000) == KILL


@MACHINES
def test_where_nothing_is_writable_nothing_that_writes_is_allowed(machine: str) -> None:
    filters = for_worker(False, machine)
    for name in syscalls.WRITING:
        number = syscalls.ALLOWED[name][COLUMN[machine]]
        if number is not None:
            assert verdict(filters, number, ARCHITECTURES[machine]) == EPERM, name


def test_an_unknown_machine_is_told() -> None:
    with pytest.raises(OSError, match="riscv64"):
        for_worker(True, "riscv64")


def test_the_tables_are_those_of_the_kernel() -> None:
    """A few numbers from the kernel's own tables, by hand."""
    assert syscalls.ALLOWED["read"] == (0, 63)
    assert syscalls.ALLOWED["openat"] == (257, 56)
    assert syscalls.ALLOWED["mmap"] == (9, 222)
    assert syscalls.ALLOWED["exit_group"] == (231, 94)
    assert syscalls.ALLOWED["open"] == (2, None)
    assert (syscalls.CLONE, syscalls.SOCKETPAIR) == ((56, 220), (53, 199))
    assert syscalls.WORKER["unshare"] == (272, 97)
