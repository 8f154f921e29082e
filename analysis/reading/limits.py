"""Runs of different limits in one experiment: arms are compared on the problems that all had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

import pandas as pd

from analysis.contracts.finding import Finding, Severity

Asked = frozenset[int]
"""Problems, by number."""

FEWEST = 0.25
"""Share of the most problems that a cell was to ask, below which it would cost the others more than
it says: it is set aside."""
NAMED = 5


def compared(
    cells: pd.DataFrame, asked: Mapping[int, Asked], further: Set[int] = frozenset()
) -> tuple[Asked | None, list[int], list[Finding]]:
    """What the cells of an experiment are compared on.

    Args:
        cells: of the experiment, by number.
        asked: by cell, the problems that its runs were to ask.
        further: cells that are further replicates: they cost no arm its problems.

    Returns:
        The problems, None where all cells were to ask the same; cells that are set aside for having
        been asked too few; and what to tell.
    """
    if len(set(asked.values())) < 2:
        return None, [], []
    most = max(map(len, asked.values()))
    few = [number for number in cells.index if len(asked[number]) < FEWEST * most]
    rest = [asked[n] for n in cells.index if n not in few and n not in further]
    kept = frozenset.intersection(*rest) if rest else max(asked.values(), key=len)
    few = [n for n in cells.index if n in few or (n in further and not kept <= asked[n])]
    findings = []
    mend = f"pte run with limit={most} on them asks for the others alone"
    benchmark = cells.iloc[0]["benchmark"]
    if few:
        message = (
            f"{_named(cells.loc[few])} of {benchmark} are set aside: they were run on "
            f"{max(len(asked[n]) for n in few)} problems at most, others on {most}; {mend}"
        )
        findings.append(Finding(Severity.REFUSED, "records", message))
    if len(kept) < most:
        short = [n for n in cells.index if n not in few and len(asked[n]) < most]
        message = (
            f"runs of different limits are one experiment on {benchmark}: arms are compared on the "
            f"{len(kept)} of {most} problems that all were run on; {_named(cells.loc[short])} had "
            f"fewer, and {mend}"
        )
        findings.append(Finding(Severity.WARNING, "records", message))
    return kept, few, findings


def _named(cells: pd.DataFrame) -> str:
    names: Iterable[str] = dict.fromkeys(
        f"{stack} on {model}" for stack, model in zip(cells["stack"], cells["model"], strict=True)
    )
    listed = list(names)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more
