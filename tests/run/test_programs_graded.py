"""Programs in a run: graded once, resumed without running again, refused without a sandbox."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.engines.fake import FakeConfig
from harness.errors import UserError
from harness.run.preflight import check
from harness.run.programs import SolversSandbox
from harness.sandbox.contract import CheckCode, ExecutionResult, Program, SandboxConfig, Tier
from harness.sandbox.pool import Sandbox
from harness.sandbox.process import UnavailableError, WorkerProcess
from ptes.scaffolding.codet import CodeT
from ptes.selection.self_consistency import SelfConsistency
from tests.program_toys import (
    LARGEST,
    RIGHT,
    ToyPrograms,
    program_rows,
    program_runner,
    scripted,
)

TESTS = "middle([3, 1, 2]) == 2"


@pytest.fixture
def graded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Programs that ran under hidden tests."""
    ran: list[str] = []
    inner = Sandbox.check

    async def counted(self: Sandbox, program: Program, tests: CheckCode) -> ExecutionResult:
        ran.append(program.code)
        return await inner(self, program, tests)

    monkeypatch.setattr(Sandbox, "check", counted)
    return ran


@pytest.fixture
def tested(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Programs that ran under tests of the solvers' own."""
    ran: list[str] = []
    inner = SolversSandbox.asserts

    async def counted(self: SolversSandbox, code: str, asserts: Sequence[str]) -> list[bool]:
        ran.append(code)
        return await inner(self, code, asserts)

    monkeypatch.setattr(SolversSandbox, "asserts", counted)
    return ran


def test_identical_programs_are_graded_and_tested_once(
    tmp_path: Path, graded: list[str], tested: list[str]
) -> None:
    alike = RIGHT.replace("\n    return", "\n    # the middle\n    return")
    engine = scripted(solve=[RIGHT, LARGEST, alike, RIGHT], test=[TESTS])
    program_rows(tmp_path, [[CodeT(4, 1)], [SelfConsistency(4)]], engine, ToyPrograms(size=2))
    assert len(graded) == 2 * 2  # problems x distinct programs, for both stacks together
    assert len(tested) == 2  # the problems differ in their id alone


def test_a_resumed_run_takes_what_solvers_ran_from_the_journal(
    tmp_path: Path, tested: list[str]
) -> None:
    def once() -> list[Any]:
        engine = scripted(solve=[RIGHT, LARGEST], test=[TESTS])
        (row,) = program_rows(tmp_path, [[CodeT(2, 1)]], engine)
        return [row["answer"], [candidate["weight"] for candidate in row["candidates"]]]

    first = once()
    shutil.rmtree(tmp_path / "run")
    assert once() == first
    assert len(tested) == 2


def test_what_was_run_is_counted_with_what_was_spent(tmp_path: Path) -> None:
    engine = scripted(solve=[RIGHT, LARGEST], test=[TESTS])
    runner = program_runner(tmp_path, [[CodeT(2, 1)]], engine)
    asyncio.run(runner.run())
    (progress,) = runner.tracker.cells.values()
    assert progress.spent.programs == 2
    assert progress.spent.sandbox_seconds > 0


def unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(config: SandboxConfig, tier: Tier) -> WorkerProcess:
        raise UnavailableError(f"no {tier} on this machine")

    monkeypatch.setattr(WorkerProcess, "start", start)


def test_without_a_safe_sandbox_the_run_is_refused_before_a_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unavailable(monkeypatch)
    engine = FakeConfig()
    runner = program_runner(tmp_path, [[]], engine)
    with pytest.raises(UserError, match="safe sandbox tier"):
        check(runner.plan, engine, (tmp_path,), SandboxConfig())
    check(runner.plan, engine, (tmp_path,), None)


def test_a_run_whose_sandbox_does_not_open_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unavailable(monkeypatch)
    runner = program_runner(tmp_path, [[]], scripted(solve=[RIGHT]))
    asyncio.run(runner.run())
    (progress,) = runner.tracker.cells.values()
    assert progress.state == "failed"
    assert "safe sandbox tier" in str(progress.why)
