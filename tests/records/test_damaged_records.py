"""A file of records that is not as it was written is absent, and made anew from the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.engines.fake import FakeConfig
from harness.errors import UserError
from harness.files import checked, with_checksum
from harness.records import sealed
from harness.records.schema import SCHEMA
from harness.records.sealed import DamagedRecordsError, RecordFile
from harness.records.store import read, run_files
from harness.run import runner as runner_module
from tests.thorough import size
from tests.toys import ToyBenchmark, toy_run

SMALL = ToyBenchmark(size=2)


@pytest.fixture(autouse=True)
def told_anew() -> Iterator[None]:
    sealed._told.clear()
    yield
    sealed._told.clear()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The records of a small cell, as they lie on the disk."""
    folder = tmp_path_factory.mktemp("written")
    runner = toy_run(folder, [[]], FakeConfig(), SMALL)
    (path,) = (runner.folder / "records").glob("*.parquet")
    return path.read_bytes()


def test_every_changed_bit_of_a_file_is_found_or_changes_nothing(
    written: bytes, tmp_path: Path
) -> None:
    """One bit of every third byte; all of all with THOROUGH=1. In the name of the checksum a change
    makes the file one of before there were any, with the very data that was written."""
    path = tmp_path / "cell.parquet"
    path.write_bytes(written)
    whole = RecordFile(path).read()
    passed = 0
    for at in range(0, len(written), size(1, 3)):
        for bit in range(8) if size(8, 1) == 8 else [at % 8]:
            changed = bytes([written[at] ^ 1 << bit])
            path.write_bytes(written[:at] + changed + written[at + 1 :])
            try:
                assert RecordFile(path).read().equals(whole)
                passed += 1
            except DamagedRecordsError:
                pass
    assert passed <= 8 * (len(sealed.KEY) + len(sealed._MARK))


def test_a_file_cut_anywhere_is_damaged(written: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cell.parquet"
    for cut in range(0, len(written), size(1, 97)):
        path.write_bytes(written[:cut])
        with pytest.raises(DamagedRecordsError, match=r"cell\.parquet are damaged: start the same"):
            RecordFile(path).read()


def test_files_of_before_there_were_checksums_are_read(written: bytes, tmp_path: Path) -> None:
    path, old = tmp_path / "new.parquet", tmp_path / "old.parquet"
    path.write_bytes(written)
    table = RecordFile(path).read()
    pq.write_table(table.cast(SCHEMA), old, compression="zstd")
    assert RecordFile(old).read().equals(table)
    assert pd.read_parquet(path).shape == (2, len(SCHEMA))  # other tools read ours as ever


@pytest.mark.parametrize("kind", ["cut", "flipped", "empty", "gone"])
def test_a_damaged_cell_is_made_anew_from_the_journal_and_named_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    # Of code that is not committed all records are made anew, damaged or not.
    monkeypatch.setattr(runner_module, "git_commit", lambda: "committed")
    whole = read([toy_run(tmp_path, [[]], FakeConfig(), SMALL).folder / "records"])
    (path,) = (tmp_path / "run" / "records").glob("*.parquet")
    content = path.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]
    path.write_bytes({"cut": content[:middle], "flipped": flipped, "empty": b"", "gone": b""}[kind])
    if kind == "gone":
        path.unlink()
    again = FakeConfig()
    runner = toy_run(tmp_path, [[]], again, SMALL)
    assert not again.asked
    pd.testing.assert_frame_equal(read([runner.folder / "records"]), whole)
    warnings = [each for each in caplog.messages if str(path) in each]
    assert len(warnings) == (kind != "gone")
    assert all("made anew from the journal" in each for each in warnings)


def test_results_leave_damaged_cells_out_and_say_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = pa.Table.from_pylist([{"cell": "a", "problem": "1", "schema_version": 1}], SCHEMA)
    for name in "ab":
        sealed.write(table, tmp_path / f"{name}.parquet")
    (tmp_path / "b.parquet").write_bytes((tmp_path / "b.parquet").read_bytes()[:-30])
    assert len(read([tmp_path])) == 1
    assert f"{tmp_path / 'b.parquet'} are damaged: they are left out" in caplog.text
    (tmp_path / "a.parquet").write_bytes(b"")
    with pytest.raises(UserError, match=r"all records in .* are damaged: start the same pte run"):
        read([tmp_path])


def test_a_damaged_plan_costs_no_records(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    runner = toy_run(tmp_path, [[]], FakeConfig(), SMALL)
    files = sorted((runner.folder / "records").glob("*.parquet"))
    plan = json.dumps(with_checksum({"cells": [{"cell": files[0].stem}]})).encode()
    path = runner.folder / "plan.json"
    path.write_bytes(plan)
    assert run_files([runner.folder]) == files
    for at in range(len(plan)):
        path.write_bytes(plan[:at] + bytes([plan[at] ^ 1]) + plan[at + 1 :])
        assert run_files([runner.folder]) == files
    assert "plan.json is damaged" in caplog.text


def test_data_without_a_checksum_is_taken_as_it_is() -> None:
    assert checked({"a": 1}) == {"a": 1}
    assert checked(with_checksum({"a": [1.5, None]})) == {"a": [1.5, None]}
    with pytest.raises(ValueError, match="not as it was written"):
        checked(with_checksum({"a": 1}) | {"a": 2})
