"""What a run keeps beside journal and records may be damaged; nothing ends because of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.engines.fake import FakeConfig
from harness.run.heartbeats import Heartbeats, alive
from harness.run.signs import sessions
from harness.run.tracker import Tracker
from tests.toys import ToyBenchmark, toy_run

SMALL = ToyBenchmark(size=2)


def test_damaged_lines_of_what_was_spent_are_passed_over_and_named_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    toy_run(tmp_path, [[]], FakeConfig(), SMALL)
    path = tmp_path / "run" / "spent" / "main.jsonl"
    whole = path.read_bytes()
    ((started, entries),) = sessions(path).items()
    kept = 0
    for at in range(len(whole) - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        left = sessions(path)
        assert all(start == started for start in left)
        kept += bool(left)
    assert kept <= len(entries) * len("checksum") + 2
    assert len([each for each in caplog.messages if str(path) in each]) == 1
    path.write_bytes(b"\xff\x00" + whole)
    toy_run(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=3))
    assert len(sessions(path)) == 2  # the damaged one, again from its status, and the new one


def test_a_damaged_status_counts_as_none(tmp_path: Path) -> None:
    runner = toy_run(tmp_path, [[]], FakeConfig(), SMALL)
    path = tmp_path / "run" / "status" / "main.json"
    whole = path.read_bytes()
    for at in range(0, len(whole), 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        for status in Heartbeats(tmp_path / "run").read():
            alive(status)
        Tracker(runner.plan.cells, tmp_path / "other")
    for content in (b"", b"[]", b"{}", b"\xff", whole[:100], json.dumps({"cells": [1]}).encode()):
        path.write_bytes(content)
        assert Heartbeats(tmp_path / "run").read() == []
        Tracker(runner.plan.cells, tmp_path / "run")
