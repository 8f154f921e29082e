"""A disk that is full or read-only loses no finished draw and is told of in one clear sentence."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engines.fake import FakeConfig
from harness.errors import UserError
from harness.journal.line import key_of
from harness.run.runner import Runner
from tests.toys import ToyBenchmark, toy_run, toy_runner

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


def refused(runner: Runner) -> str:
    """What the run says as it ends."""
    with pytest.raises(UserError) as caught:
        asyncio.run(runner.run())
    assert (runner.tracker.state, runner.tracker.why) == ("failed", str(caught.value))
    return str(caught.value)


def drawn(journal: Path) -> set[str]:
    """The problems whose draws are whole lines of the journal."""
    lines = [line for path in journal.glob("*.jsonl") for line in path.read_bytes().split(b"\n")]
    records = [json.loads(line[42:]) for line in lines if key_of(line) is not None]
    return {record["problem"] for record in records if record["kind"] == "complete"}


def test_a_journal_on_a_full_disk_keeps_what_it_holds(small: Path, tmp_path: Path) -> None:
    (small / "journal").mkdir()
    (tmp_path / "journal").symlink_to(small / "journal")
    said = refused(toy_runner(tmp_path, [[]], FakeConfig(max_concurrency=8), SIZE))
    assert "cannot be written (No space left on device): free space and run the same" in said
    kept = drawn(small / "journal")
    mount("-o", "remount,size=16m", str(small))
    again = FakeConfig()
    runner = toy_run(tmp_path, [[]], again, SIZE)
    assert len(kept) > 10
    assert sorted(request.tag.problem for request in again.asked) == sorted(
        {f"toy-{n}" for n in range(300)} - kept
    )
    assert len(runner.records.frame()) == 300


def test_a_run_folder_on_a_full_disk_costs_no_draw(
    small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "run").symlink_to(small)
    runner = toy_runner(tmp_path, [[]], FakeConfig(), SIZE)
    (small / "filler").write_bytes(bytes(60 * 1024))
    said = refused(runner)
    assert "the records in" in said
    assert "cannot be written" in said
    text = [record.message for record in caplog.records]
    assert [message.startswith("the status in") for message in text] == [True]  # once, and no more
    assert len(drawn(tmp_path / "journal")) == 300
    assert [path.name for path in small.rglob("*") if path.suffix == ".part"] == []
    mount("-o", "remount,size=16m", str(small))
    again = FakeConfig()
    assert len(toy_run(tmp_path, [[]], again, SIZE).records.frame()) == 300
    assert not again.asked


def test_a_read_only_journal_is_told_of_before_and_during_a_run(
    small: Path, tmp_path: Path
) -> None:
    (small / "journal").mkdir()
    (tmp_path / "journal").symlink_to(small / "journal")
    toy_run(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=3))
    kept = drawn(small / "journal")
    runner = toy_runner(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=9))
    mount("-o", "remount,ro", str(small))
    assert "cannot be written (Read-only file system)" in refused(runner)
    with pytest.raises(UserError, match="no permission to write"):
        toy_runner(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=9))
    mount("-o", "remount,rw", str(small))
    assert drawn(small / "journal") == kept
    again = FakeConfig()
    toy_run(tmp_path, [[]], again, ToyBenchmark(size=9))
    assert {request.tag.problem for request in again.asked}.isdisjoint(kept)
    assert len(again.asked) == 6
