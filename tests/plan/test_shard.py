"""Shards divide every benchmark's problems without a gap or an overlap."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.engines.fake import FakeConfig
from harness.plan.shard import Shard
from tests.toys import ToyBenchmark, toy_plan


@given(problems=st.integers(0, 200), count=st.integers(1, 50))
def test_every_place_is_in_one_shard(problems: int, count: int) -> None:
    places = [place for n in range(count) for place in Shard(n, count).places(problems)]
    assert sorted(places) == list(range(problems))


@pytest.mark.parametrize(("index", "count"), [(3, 3), (-1, 3), (0, 0)])
def test_a_shard_that_cannot_be_is_refused(index: int, count: int) -> None:
    with pytest.raises(ValueError, match="there is no shard"):
        Shard(index, count)


def test_a_shard_of_a_plan_has_its_problems_and_no_empty_cell(tmp_path: Path) -> None:
    plan, _ = toy_plan(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=5))
    sizes = [[cell.problems for cell in Shard(n, 6).plan(plan).cells] for n in range(6)]
    assert sizes == [[1], [1], [1], [1], [1], []]
    assert Shard(0, 1).plan(plan).cells == plan.cells
