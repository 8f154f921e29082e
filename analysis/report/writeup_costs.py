"""Inference cost as measured beside Lifland et al.'s estimate, and why the two differ."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import pandas as pd

from analysis.result import ExperimentResult
from analysis.writeup.published import results as published
from analysis.writeup.table import read_writeup, writeup_table

COLUMNS = (
    "experiment",
    "arm",
    "inference_multiple",
    "writeup_multiple_low",
    "writeup_multiple_high",
    "counting",
)
OURS = {"retrieval": "retro"}
"""Our name of a PTE where it is not Lifland et al.'s."""


def writeup_costs(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Arms of a single PTE for which Lifland et al. print a multiple of the base's inference."""
    said = read_writeup("counting")
    rows = []
    for result in results:
        for price in result.prices:
            ptes = result.experiment.arms[result.experiment.arm(price.arm)].ptes
            key = OURS.get(ptes[0], ptes[0]) if len(ptes) == 1 else ""
            ends = printed(key)
            if ends is None or not isfinite(price.multiple):
                continue
            message = (price.multiple, *ends, said.get(key, ""))
            rows.append((result.experiment.name, price.arm, *message))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def printed(key: str) -> tuple[float, float] | None:
    """Lifland et al.'s multiple of a PTE, lowest and highest, over its table and its HumanEval
    rows; None where it prints none."""
    results = {
        row.inference
        for row in published()
        if row.ptes == (key,) and row.k == 1 and row.inference is not None
    }
    for listed in writeup_table().rows:
        if listed.key == key and listed.inference is not None:
            results |= {end for end in (listed.inference.low, listed.inference.high) if end}
    return (min(results), max(results)) if results else None
