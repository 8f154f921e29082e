"""Experiments that rest on the very same draws are one: copies must not pass for evidence.

Runs that differ in a seed which nothing was chosen by, or that were made before and after ids came
to be made in another way, hold the same completions under other hashes.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from analysis.contracts.finding import Finding, Severity
from analysis.reading.nested import DRAWS
from analysis.reading.rows import Rows

ASKED = (
    *("benchmark", "readout", "dataset_sha256", "context_window", "engine", "dtype"),
    *("quantisation", "family", "stage"),
)
"""What must be alike for two experiments to be one."""
PLACE = ("model", "stack", "stack_config", "greedy", "replicate")
"""What tells the cells of one experiment apart."""
HASHED_ANEW = ("seed", "date")
"""What two experiments may differ in though the same was drawn; older records have no date."""
ANEW = "a seed draws nothing anew but what PTEs choose by it; replicates=N does"


def merged(rows: Rows, groups: Sequence[pd.DataFrame]) -> tuple[list[pd.DataFrame], list[Finding]]:
    """Put together the experiments whose cells are copies, draw by draw, each copy taken once.

    Experiments that share draws and cannot be put together stay apart, and a finding says so.

    Args:
        rows: all records.
        groups: rows of `rows.cells` by experiment.
    """
    kept: list[pd.DataFrame] = []
    findings: list[Finding] = []
    drawn = _Drawn(rows)
    for group in groups:
        place = next((n for n, other in enumerate(kept) if drawn.copied(other, group)), None)
        if place is None:
            kept.append(group)
            continue
        other = kept[place]
        copies = drawn.copied(other, group)
        left = group.drop(index=copies)
        taken = set(map(_place, other.to_dict("records")))
        apart = any(_place(cell) in taken for cell in left.to_dict("records"))
        if apart or not _explained(other, group):
            kept.append(group)
            findings.append(_shared(other, group, len(copies)))
        else:
            kept[place] = pd.concat([other, left])
            findings.append(_one(other, group, len(copies)))
    return kept, findings


class _Drawn:
    """What each cell drew, worked out where it is asked for."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._known: dict[int, str] = {}

    def copied(self, one: pd.DataFrame, other: pd.DataFrame) -> list[int]:
        """The cells of the other experiment that drew just what a cell of the first did."""
        if any(set(map(str, one[n].unique())) != set(map(str, other[n].unique())) for n in ASKED):
            return []
        at = dict(zip(map(_place, one.to_dict("records")), map(int, one.index), strict=True))
        results = []
        for index, cell in zip(map(int, other.index), other.to_dict("records"), strict=True):
            twin = at.get(_place(cell))
            if twin is not None and (said := self._of(index)) and said == self._of(twin):
                results.append(index)
        return results

    def _of(self, cell: int) -> str:
        """Hash of a cell's draws by problem, with what they came to; empty without any."""
        if cell not in self._known:
            self._known[cell] = self._hash(cell)
        return self._known[cell]

    def _hash(self, cell: int) -> str:
        attempts = self._rows.of([cell]).sort_values("row")
        rows = attempts["row"].to_numpy(np.intp)
        lists = self._rows.nested.lists(DRAWS, rows, ("key", "content"))
        if (
            lists is None
            or not len(lists.entries)
            or lists.entries.type.get_field_index("content") < 0
        ):
            return ""
        keys, contents = (lists.entries.field(n).to_pylist() for n in ("key", "content"))
        drawn = {
            str(problem): sorted(zip(keys[start:end], contents[start:end], strict=True))
            for problem, start, end in zip(
                attempts["problem"], lists.starts[:-1], lists.starts[1:], strict=True
            )
        }
        text = json.dumps(drawn, sort_keys=True)
        return blake2b(text.encode(), digest_size=16).hexdigest()


def _place(cell: dict[Any, Any]) -> tuple[Hashable, ...]:
    return tuple(str(cell[name]) for name in PLACE)


def _explained(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether what the records say explains that the same has two hashes."""
    return any(_said(one, name) != _said(other, name) for name in HASHED_ANEW)


def _said(cells: pd.DataFrame, name: str) -> list[str]:
    return sorted({"none" if pd.isna(value) else str(value) for value in cells[name].unique()})


def _one(one: pd.DataFrame, other: pd.DataFrame, copies: int) -> Finding:
    differ = "; ".join(
        f"{name} {', '.join(_said(one, name))} and {', '.join(_said(other, name))}"
        for name in HASHED_ANEW
        if _said(one, name) != _said(other, name)
    )
    message = (
        f"{copies} cells of {one.iloc[0]['benchmark']} ({differ}) hold the very same draws as "
        f"others, completion by completion: they are one experiment, each counted once; {ANEW}"
    )
    return Finding(Severity.WARNING, "records", message)


def _shared(one: pd.DataFrame, other: pd.DataFrame, copies: int) -> Finding:
    names = " and ".join(str(each.iloc[0]["experiment"])[:8] for each in (one, other))
    message = (
        f"the experiments {names} of {one.iloc[0]['benchmark']} share the draws of {copies} cells, "
        "completion by completion: they are no independent evidence, and what pools them has "
        "intervals that are too narrow; name the runs of one of them alone"
    )
    return Finding(Severity.WARNING, "records", message)
