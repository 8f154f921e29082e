"""A disk that is full or read-only loses no finished draw and is told of in one clear sentence."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engines.fake import FakeConfig
from harness.errors import UserError
from harness.journal import Journal, JournalError
from tests.toys import ToyBenchmark, toy_model, toy_run, toy_runner

SIZE = ToyBenchmark(size=300)


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    if os.geteuid() != 0 and not os.environ.get("CI"):
        pytest.skip("mounting a small disk takes root")
    folder = tmp_path / "small"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_journal_on_a_full_disk_keeps_what_it_holds(small: Path, tmp_path: Path) -> None:
    engine = FakeConfig(max_concurrency=8)
    runner = toy_runner(tmp_path, [[]], engine, SIZE)
    runner.asker.journal = runner.journal = Journal.open(small)
    with pytest.raises(JournalError, match=r"cannot be written \(No space left on device\): free"):
        asyncio.run(runner.run())
    assert (runner.tracker.state, "free space" in str(runner.tracker.why)) == ("failed", True)
    kept = {
        record["problem"]
        for record in Journal.open(small)._index_records()
        if record["kind"] == "complete"
    }
    mount("-o", "remount,size=16m", str(small))
    again = FakeConfig()
    runner = toy_runner(tmp_path, [[]], again, SIZE)
    runner.asker.journal = runner.journal = Journal.open(small)
    asyncio.run(runner.run())
    assert len(kept) > 10
    assert {request.tag.problem for request in again.asked}.isdisjoint(kept)
    assert len(again.asked) == 300 - len(kept)
    assert len(runner.records.frame()) == 300
