"""pass@k over a pool: unbiased, and never shown where it would not be."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.records.pass_at_k import pass_at_k, pool_columns, pool_scores
from harness.records.summary import interval, summarise
from ptes.selection.self_consistency import SelfConsistency
from tests.program_toys import LARGEST, RIGHT, program_rows, scripted


def cell(*pools: Sequence[float | None], readout: str = "program") -> pd.DataFrame:
    candidates = [[{"score": score} for score in pool] for pool in pools]
    return pd.DataFrame({"readout": readout, "kind": None, "candidates": candidates})


@pytest.mark.parametrize("right", range(6))
@pytest.mark.parametrize("k", range(1, 6))
def test_it_is_the_share_of_subsets_with_a_right_program(right: int, k: int) -> None:
    pool = [True] * right + [False] * (5 - right)
    subsets = list(combinations(pool, k))
    assert pass_at_k(5, right, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


def test_a_mean_over_problems_with_its_interval() -> None:
    pools = cell([1.0] + [0.0] * 9, [0.0] * 10, [1.0] * 10)
    columns = pool_columns(pools, interval)
    assert columns["pool pass@1"] == pytest.approx(100 * (0.1 + 0 + 1) / 3, abs=0.05)
    assert columns["pool pass@10"] == pytest.approx(100 * 2 / 3, abs=0.05)
    low, mean, high = (columns[f"pool pass@10{end}"] for end in (" low", "", " high"))
    assert low is not None
    assert mean is not None
    assert high is not None
    assert low < mean < high
    assert columns["pool pass@100"] is None


def test_a_pool_that_lost_a_program_is_left_out() -> None:
    scores = pool_scores(cell([1.0, None], [0.0, 0.0], [1.0, 0.0]), 1)
    assert scores is not None
    np.testing.assert_allclose(scores, [0.0, 0.5])


@pytest.mark.parametrize(
    "pools",
    [
        cell([1.0], [0.0]),  # no pool
        cell([1.0, 0.0], [1.0, 0.0, 0.0]),  # stopped by what was drawn
        cell([1.0, None]),
        cell([1.0, 0.0], readout="generation"),
    ],
)
def test_nothing_is_said_where_it_would_be_biased_or_no_pass(pools: pd.DataFrame) -> None:
    assert pool_scores(pools, 1) is None


def test_results_have_it_beside_the_score(tmp_path: Path) -> None:
    engine = scripted(solve=[LARGEST, LARGEST, RIGHT, LARGEST])
    program_rows(tmp_path, [[SelfConsistency(4)]], engine)
    (row,) = summarise([tmp_path / "run"])
    result: dict[str, Any] = row
    assert (result["score"], result["pool pass@1"], result["pool pass@10"]) == (0.0, 25.0, None)
