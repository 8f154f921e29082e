"""Results read a cell at a time are those of all records in one frame."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UserError
from harness.records.store import read_runs
from harness.records.summary import rows_of_files, summarise, summary_row
from tests.records.test_run_records import run


def same(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> bool:
    def plain(value: Any) -> Any:
        return None if isinstance(value, float) and math.isnan(value) else value

    return [{k: plain(v) for k, v in row.items()} for row in one] == [
        {k: plain(v) for k, v in row.items()} for row in other
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a vote, a judge, reasoning, a greedy base and two replicates."""
    folder = tmp_path_factory.mktemp("cells")
    run(folder, folder, replicates=2)
    return folder / "run"


def test_a_row_a_cell_is_the_same_however_it_was_read(made: Path) -> None:
    frame = read_runs([made])
    rows = summarise([made])
    assert len(rows) == 8
    assert any(row["over greedy base"] is not None for row in rows)
    for row in rows:
        own = frame[frame["cell"] == row["cell"]]
        first = own.iloc[0]
        beside = (frame["setting"] == first["setting"]) & (frame["replicate"] == row["replicate"])
        assert same([row], [summary_row(own, frame[beside])])


def test_a_cell_in_two_places_counts_once(made: Path, tmp_path: Path) -> None:
    whole = summarise([made])
    shutil.copytree(made / "records", tmp_path / "copy")
    files = [*sorted((made / "records").glob("*.parquet")), *(tmp_path / "copy").glob("*.parquet")]
    assert same(rows_of_files(files, [made]), whole)


def test_damaged_cells_are_left_out(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "records", tmp_path / "copy")
    files = sorted((tmp_path / "copy").glob("*.parquet"))
    files[0].write_bytes(b"")
    rows = rows_of_files(files, [tmp_path])
    assert {row["cell"] for row in rows} == {file.stem for file in files[1:]}
    for file in files:
        file.write_bytes(b"")
    with pytest.raises(UserError, match="are damaged"):
        rows_of_files(files, [tmp_path])
    with pytest.raises(UserError, match="has a cell finished"):
        rows_of_files([], [tmp_path])
