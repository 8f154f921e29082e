"""Records are kept only where the very same code would make them, in a checkout or not."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from harness import provenance
from harness.engines.fake import FakeConfig
from harness.provenance import code, code_hash
from harness.run.runner import Runner
from tests.toys import toy_run


def tree(root: Path) -> Path:
    (root / "harness" / "room").mkdir(parents=True)
    (root / "configs").mkdir()
    (root / "harness" / "room" / "one.py").write_text("ONE = 1\n")
    (root / "configs" / "config.yaml").write_text("a: 1\n")
    (root / "README.md").write_text("words")
    return root


def test_code_is_known_by_place_and_content(tmp_path: Path) -> None:
    root = tree(tmp_path)
    before = code_hash(root)
    (root / "README.md").write_text("other words")
    (root / "harness" / "__pycache__").mkdir()
    (root / "harness" / "__pycache__" / "one.py").write_text("")
    assert code_hash(root) == before
    one = root / "harness" / "room" / "one.py"
    results = {before}
    for change in (lambda: one.write_text("ONE = 2\n"), lambda: one.rename(one.with_name("b.py"))):
        change()
        results.add(code_hash(root))
    (root / "configs" / "config.yaml").write_text("a: 2\n")
    assert len({*results, code_hash(root)}) == 4


def test_code_is_recorded_and_other_code_makes_the_rows_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.run.runner.git_commit", lambda: "")  # as where there is no git
    runner = toy_run(tmp_path, [[]])
    (cell,) = runner.plan.cells
    rows = pq.read_table(runner.records.path(cell.id)).to_pylist()
    assert {row["code"] for row in rows} == {code()}
    assert {row["sources"] for row in rows} == {json.dumps({})}

    def states() -> set[str]:
        again: Runner = toy_run(tmp_path, [[]], FakeConfig())
        return {each.state for each in again.tracker.cells.values()}

    assert states() == {"kept"}
    monkeypatch.setattr("harness.records.store.code", lambda: "other")
    assert states() == {"done"}


def test_the_code_that_runs_is_all_of_ours() -> None:
    assert code() == code_hash(Path(provenance.__file__).parents[1])
