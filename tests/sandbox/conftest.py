"""One sandbox for the tests of a session, asked from plain functions."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UserError
from harness.sandbox.contract import (
    CheckCode,
    ExecutionResult,
    Limits,
    Oracle,
    Program,
    RunAs,
    Value,
)
from harness.sandbox.pool import Sandbox

SHORT = Limits(cpu_seconds=1.5, wall_seconds=60.0, memory_bytes=256 << 20)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What counts processes, files and CPU time needs the machine for itself."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.alone)


@dataclass
class Box:
    """A sandbox and the loop it lives in."""

    sandbox: Sandbox
    loop: asyncio.AbstractEventLoop

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def check(
        self,
        code: str,
        *asserts: str,
        limits: Limits = SHORT,
        setup: str = "",
        oracle: Oracle = Oracle.SPLIT,
        run_as: RunAs = RunAs.MODULE,
    ) -> ExecutionResult:
        suite = CheckCode.asserts(asserts, setup, oracle)
        program = Program(code, "f", run_as)
        outcome: ExecutionResult = self.run(self.sandbox.check(program, suite, limits))
        return outcome

    def asserts(self, code: str, asserts: Sequence[str], **options: Any) -> list[str]:
        """The verdicts, in order."""
        outcomes = self.run(self.sandbox.asserts(code, asserts, **options))
        return [str(outcome.verdict) for outcome in outcomes]

    def values(self, code: str, expressions: Sequence[str], **options: Any) -> list[Value]:
        values: list[Value] = self.run(self.sandbox.values(code, expressions, **options))
        return values


@pytest.fixture(scope="session")
def box() -> Iterator[Box]:
    """The strongest tier that there is."""
    loop = asyncio.new_event_loop()
    opened = Sandbox.open()
    try:
        sandbox = loop.run_until_complete(opened.__aenter__())
    except UserError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    yield Box(sandbox, loop)
    loop.run_until_complete(opened.__aexit__(None, None, None))
    loop.close()


def as_nobody(*command: str) -> str:
    """What a module of the tests prints when an ordinary user runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.nobody", *command],
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode and os.environ.get("CI") != "true" and "PermissionError" in done.stderr:
        pytest.skip(f"root may not mount here: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return done.stdout
