"""pass@k over the pool of a cell: what the best of k programs would score, never a stack's score.

Whoever submits one of the k cannot do better than this, so it bounds every selection over the
pool. It looks at hidden tests, which no stack may.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.contracts.benchmark import AnswerKind

KS = (1, 10, 100)
Interval = Callable[[NDArray[np.float64]], tuple[float | None, float | None, str]]


def pass_at_k(n: int, right: int, k: int) -> float:
    """The chance that one of k programs drawn without replacement from n is right, `right` of them
    being so: unbiased (Chen et al. 2021, equation 1)."""
    return 1.0 - comb(n - right, k) / comb(n, k)


def pool_scores(cell: pd.DataFrame, k: int) -> NDArray[np.float64] | None:
    """pass@k by problem of a cell of programs; None where that cannot be said without bias.

    Problems whose pool lost a candidate are left out. A pool that stopped by what it had drawn is
    no sample of a fixed size, so pools of different sizes say nothing.
    """
    # Older records have what answers are in their readout.
    if not ((cell["kind"] == "program") | (cell["readout"] == AnswerKind.PROGRAM)).all():
        return None
    pools = [[each["score"] for each in pool] for pool in cell["candidates"]]
    whole = [np.array(pool, float) for pool in pools if not pd.isna(np.array(pool, float)).any()]
    sizes = {len(pool) for pool in whole}
    if len(sizes) != 1 or (n := sizes.pop()) < max(k, 2):
        return None
    return np.array([pass_at_k(n, int((pool == 1.0).sum()), k) for pool in whole])


def pool_columns(cell: pd.DataFrame, interval: Interval) -> dict[str, float | None]:
    """A column for each k, in points, with its interval over problems by `interval(scores)`."""
    columns: dict[str, float | None] = {}
    for k in KS:
        scores = pool_scores(cell, k)
        low, high, _ = (None, None, "") if scores is None else interval(scores)
        mean = None if scores is None else round(100 * float(scores.mean()), 1)
        columns |= {f"pool pass@{k}": mean, f"pool pass@{k} low": low, f"pool pass@{k} high": high}
    return columns
