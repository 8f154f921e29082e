"""What a cell gains over the base on the same rung: over which base, and how many points."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from harness.stack import BASE, GREEDY_MARK

COLUMNS = ("over greedy base", "over sampled base")
GIVEN = (
    "over greedy base, over sampled base: points over the base that decodes so, on the problems of "
    "both. A selection is given over both, the greedy one first as in the papers; any other arm "
    "over the base that decodes as it does"
)


def gains(cell: pd.DataFrame, everything: pd.DataFrame) -> dict[str, float | None]:
    """Points over each base that a cell is compared with; None where it is not.

    Args:
        cell: the rows of one cell.
        everything: rows that hold those of its bases.
    """
    first = cell.iloc[0]
    results: dict[str, float | None] = dict.fromkeys(COLUMNS)
    if first["stack"] in (BASE, f"{BASE}{GREEDY_MARK}"):
        return results
    beside = everything
    for column in ("setting", "replicate"):
        beside = beside[beside[column] == first[column]]
    for greedy in (True, False):
        label = f"{BASE}{GREEDY_MARK}" if greedy else BASE
        base = beside[beside["stack"] == label]
        if len(base) and (_selects(cell) or bool(first["greedy"]) == greedy):
            base = base[base["cell"] == base["cell"].iloc[0]]
            results[COLUMNS[0 if greedy or _cold(base) else 1]] = _points(cell, base)
    return results


def _points(cell: pd.DataFrame, base: pd.DataFrame) -> float | None:
    """Mean difference in points over the problems that have a score in both."""
    ours, theirs = (rows.set_index("problem")["score"] for rows in (cell, base))
    left = (ours - theirs).dropna()
    return round(100 * float(left.mean()), 1) if len(left) else None


def _selects(cell: pd.DataFrame) -> bool:
    """Whether the stack has no greedy arm; in older records, whether it had several candidates."""
    said: Any = cell["selects"].iloc[0] if "selects" in cell else None
    if said is not None and pd.notna(said):
        return bool(said)
    return bool((cell["candidates"].map(len, na_action="ignore") > 1).any())


def _cold(base: pd.DataFrame) -> bool:
    """Whether the sweep's own temperature is 0, so that its base decodes greedily."""
    sampling = json.loads(base["sampling"].iloc[0])
    return bool(sampling.get("solve", {}).get("temperature") == 0)
