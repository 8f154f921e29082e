"""Simulated records read as the experiment that they were drawn for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from analysis.contracts.experiment import Experiment
from analysis.reading.records import from_frame, read
from analysis.simulation import Truth, composed, simulate
from harness.records.schema import SCHEMA
from tests.analysis.simulated_records import write_records

GAINS = composed({"a": 4.0, "b": 2.0}, {frozenset({"a", "b"}): 0.5})
TRUTHS = {
    "plain": Truth(GAINS, items=30),
    "guessed": Truth(GAINS, items=30, floor=0.25, categories={"a": "prompting"}),
    "replicates": Truth(GAINS, items=20, draws=3),
    "votes": Truth(GAINS, items=30, votes=5, x=(-1.0, 0.0, 1.0)),
    "everything": Truth(GAINS, items=20, votes=4, draws=2, floor=0.1, rung_sd=0.2),
}


@pytest.mark.parametrize("name", TRUTHS)
def test_reading_gives_the_experiment_again(tmp_path: Path, name: str) -> None:
    records = write_records(TRUTHS[name], tmp_path, seed=7)
    expected = simulate(TRUTHS[name], seed=7)
    (whole,) = read([tmp_path])
    (framed,) = from_frame(records.frame())
    for result in (whole, framed):
        same(result, expected)


def same(found: Experiment, expected: Experiment) -> None:
    for name in ("name", "benchmark", "task_type", "rungs", "arms", "items", "shared", "findings"):
        assert getattr(found, name) == getattr(expected, name), name
    for name in ("means", "counts", "scores", "multiples", "one_time"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name)), name
    assert found.chance == pytest.approx(expected.chance)
    assert (found.replicates is None) == (expected.replicates is None)
    if expected.replicates is not None:
        assert np.array_equal(found.replicates, expected.replicates)  # type: ignore[arg-type]
    assert found.pools.keys() == expected.pools.keys()
    for place, pool in expected.pools.items():
        assert np.array_equal(found.pools[place].answers, pool.answers)
        assert np.array_equal(found.pools[place].scores, pool.scores)


def test_records_are_those_of_the_schema_and_say_what_they_are(tmp_path: Path) -> None:
    records = write_records(TRUTHS["votes"], tmp_path, seed=0)
    files = list(records.folder.iterdir())
    assert len(files) == 5 * 3
    assert all(pq.read_schema(file).equals(SCHEMA) for file in files)
    frame = records.frame()
    assert set(frame["engine"]) == set(frame["weights"]) == {"simulation"}
    nullable = {
        "must_sample",
        "training_seed",
        "at_once",
        "error",
        "cell_error",
        "verdict",
        "tier",
        "search",
        "state",
        "one_time",
        "rewards",
    }
    assert frame.drop(columns=list(nullable)).notna().all().all()


def test_the_same_seed_writes_the_same_records(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_records(TRUTHS["plain"], tmp_path / folder, seed=3)
    names = [sorted(p.name for p in (tmp_path / f / "records").iterdir()) for f in ("one", "two")]
    assert names[0] == names[1]
    for name in names[0]:
        one, two = (pq.read_table(tmp_path / f / "records" / name) for f in ("one", "two"))
        assert one.equals(two)
