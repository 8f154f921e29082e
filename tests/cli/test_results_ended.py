"""What `pte results` says of how attempts ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.simulation import Truth, composed
from harness.cli.results import print_results
from harness.records.schema import SCHEMA
from tests.analysis.simulated_records import write_records

TRUTH = Truth(composed({"a": 4.0}), x=(0.0,), items=50, draws=1)
NEW = ("cut", "at_once", "attempts", "cut_attempts", "unread_attempts", "score_if_cut_right")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder with the base and one arm; nothing of it was cut."""
    write_records(TRUTH, tmp_path / "run", seed=1)
    return tmp_path / "run"


def change(run: Path, stack: str, attempts: int, **columns: Any) -> None:
    """Put these values into the columns of the first attempts of a cell that were wrong."""
    for path in (run / "records").glob("*.parquet"):
        frame = pq.read_table(path).to_pandas(maps_as_pydicts="strict")
        if frame["stack"].iloc[0] != stack:
            continue
        wrong = frame.index[frame["score"] == 0][:attempts]
        assert len(wrong) == attempts
        for name, value in columns.items():
            frame.loc[wrong, name] = value
        pq.write_table(pa.Table.from_pandas(frame, schema=SCHEMA, preserve_index=False), path)


def older(run: Path) -> None:
    """Make the records those of a harness that did not note it."""
    for path in (run / "records").glob("*.parquet"):
        table = pq.read_table(path)
        pq.write_table(table.drop_columns([*NEW, "answer_strict", "cut_completions"]), path)


def results(run: Path, capsys: pytest.CaptureFixture[str], form: str = "table") -> tuple[str, str]:
    print_results([run], form)
    return capsys.readouterr()


CUT = {"status": "cut", "cut": True, "cut_attempts": 1, "score_if_cut_right": 1.0}


def test_a_cell_that_was_cut_has_its_share_a_bound_and_a_warning(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(run, "a", 4, **CUT)
    out, _ = results(run, capsys)
    head, *lines = out.splitlines()
    assert "cut %" in head
    assert "if cut right" in head
    a = next(line for line in lines if " a " in line).split()
    assert "8" in a
    warning = next(line for line in lines if line.startswith("warning: "))
    assert "a on simulated (simulated-0): 8% of its attempts were cut" in warning
    assert "if all of them were right" in warning


def test_a_few_cut_attempts_are_shown_without_a_warning(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(run, "a", 1, **CUT)
    out, _ = results(run, capsys)
    assert "cut %" in out
    assert "if cut right" not in out
    assert "warning" not in out


def test_of_older_records_it_is_unknown(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    older(run)
    out, _ = results(run, capsys)
    assert "cut %" not in out.splitlines()[0]
    assert "is unknown of these cells" in out
    out, err = results(run, capsys, "csv")
    assert "cut %" in out.splitlines()[0]
    assert "warning" not in err


def test_where_some_records_are_older_their_cells_say_unknown(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(run, "a", 4, **CUT)
    for path in (run / "records").glob("*.parquet"):
        table = pq.read_table(path)
        if table.column("stack")[0].as_py() == "base":
            pq.write_table(table.drop_columns(list(NEW)), path)
    lines = results(run, capsys)[0].splitlines()
    base = next(line for line in lines[1:] if " base " in line)
    assert base.count("unknown") == 3
    assert any("is unknown of some cells" in line for line in lines)


def test_a_base_that_reasons_is_told(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (run / "records").glob("*.parquet"):
        frame = pq.read_table(path).to_pandas(maps_as_pydicts="strict")
        frame["at_once"] = [n >= 10 for n in range(len(frame))]
        pq.write_table(pa.Table.from_pandas(frame, schema=SCHEMA, preserve_index=False), path)
    out, _ = results(run, capsys)
    told = [line for line in out.splitlines() if "base reasons" in line]
    assert len(told) == 1
    assert "only 80% of the answers of the base arm came at once" in told[0]
    _, err = results(run, capsys, "json")
    assert "base reasons" in err
