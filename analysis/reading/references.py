"""Which base the gains of an experiment are over, read from what was run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.contracts.experiment import Arm
from analysis.contracts.finding import Finding, Severity
from analysis.contracts.reference import Decoding, Reference
from analysis.reading.grid import Grid
from analysis.reading.rows import Rows

NAMED = 5
"""Arms on rungs that a finding names."""
AS_IN_PAPERS = "all arms without a selection were run so, as in the papers"


def selections(rows: Rows, grid: Grid) -> Grid:
    """The grid whose arms say whether they select: by the records, and in older ones, which do not
    say, by whether any attempt had several candidates."""
    said = rows.cells["selects"]
    told = said.loc[np.unique(grid.cells[grid.cells >= 0])].notna().all()
    sizes = np.zeros(rows.size, np.intp) if told else rows.nested.pool_sizes()
    arms = []
    for place, arm in enumerate(grid.arms):
        cells = grid.cells[place]
        known = said.loc[cells[cells >= 0]].dropna()
        attempts = grid.rows[place]
        several = bool((sizes[attempts[attempts >= 0]] > 1).any())
        arms.append(replace(arm, selects=bool(known.any()) if len(known) else several))
    return replace(grid, arms=tuple(arms))


def choose(
    cells: pd.DataFrame, grid: Grid, name: str, wanted: Decoding | None = None
) -> tuple[Reference, list[Finding]]:
    """The reference of an experiment, and what a reader must know of it.

    It is the greedy one where every arm without a selection was run greedily wherever it was
    sampled; where both decodings have gaps, the one that has fewer.

    Args:
        cells: of the experiment, as records say it.
        grid: its arms, which say whether they select.
        name: of the experiment.
        wanted: the decoding that was asked for; None leaves it to what was run.
    """
    run = np.asarray(grid.run.any(axis=2))
    if not any(arm.greedy for arm in grid.arms):
        only = _one(cells)
        return only, [] if wanted in (None, only.decoding) else [_not_run(name, wanted, only)]
    greedy, sampled = _lacking(grid.arms, run, True), _lacking(grid.arms, run, False)
    lacks = {True: _named(grid, greedy), False: _named(grid, sampled)}
    marked = len(greedy) <= len(sampled) if wanted is None else wanted is Decoding.GREEDY
    decoding = Decoding.GREEDY if marked else Decoding.SAMPLED
    other = Decoding.SAMPLED if marked else Decoding.GREEDY
    if not lacks[marked] and wanted is not None:
        return Reference(decoding, marked, "as asked for"), []
    if not lacks[marked]:
        reason = AS_IN_PAPERS if marked else f"{lacks[True]} was not run greedily"
        found = [] if marked else [_note(name, reason)]
        return Reference(decoding, marked, reason), found
    reason = f"{lacks[marked]} was not run so" + (
        f", and of the {other} ones {lacks[not marked]} not" if lacks[not marked] else ""
    )
    message = (
        f"gains are over the {decoding} base, and {reason}: what rests on these arms is not given; "
        "pte run with greedy=all adds them"
    )
    return Reference(decoding, marked, reason), [Finding(Severity.WARNING, name, message)]


def _not_run(name: str, wanted: Decoding, only: Reference) -> Finding:
    message = (
        f"the {wanted} reference was asked for, and {only.reason}: gains are over {only.words}"
    )
    return Finding(Severity.WARNING, name, message)


def _note(name: str, reason: str) -> Finding:
    message = (
        f"gains, exponents and M are over the sampled base, since {reason}: a lattice has one "
        "reference; those of selections are given over the greedy base too. pte run with "
        "greedy=all adds the greedy arms"
    )
    return Finding(Severity.NOTE, name, message)


def _one(cells: pd.DataFrame) -> Reference:
    """The reference where no arm decodes greedily beside sampled ones."""
    settings = [json.loads(text) for text in cells["sampling"].dropna().unique()]
    temperatures = {each.get("solve", {}).get("temperature") for each in settings}
    if temperatures == {0}:
        return Reference(Decoding.GREEDY, False, "the sweep's temperature is 0")
    must = sorted(set(cells["must_sample"].dropna()))
    return Reference(Decoding.SAMPLED, False, "; ".join(must) or "no arm was run greedily")


def _lacking(arms: Sequence[Arm], run: NDArray[np.bool_], greedy: bool) -> list[tuple[int, int]]:
    """Arms without a selection that were not run in one decoding on rungs where they were in the
    other: their places, and these rungs."""
    results = []
    for place, arm in enumerate(arms):
        if arm.greedy == greedy or arm.selects:
            continue
        twin = _twin(arms, arm)
        missing = run[place] if twin is None else run[place] & ~run[twin]
        results += [(place, int(rung)) for rung in np.flatnonzero(missing)]
    return results


def _twin(arms: Sequence[Arm], arm: Arm) -> int | None:
    """The arm of the same PTEs and parameters that decodes in the other way."""
    same = (
        place
        for place, other in enumerate(arms)
        if other.greedy != arm.greedy
        and (frozenset(other.parts), other.oracle) == (frozenset(arm.parts), arm.oracle)
    )
    return next(same, None)


def _named(grid: Grid, lacking: Sequence[tuple[int, int]]) -> str:
    return ", ".join(_texts(grid, lacking))


def _texts(grid: Grid, lacking: Sequence[tuple[int, int]]) -> Iterator[str]:
    by_arm: dict[str, list[str]] = {}
    for place, rung in lacking:
        by_arm.setdefault(grid.arms[place].label, []).append(grid.rungs[rung].model)
    for label, models in list(by_arm.items())[:NAMED]:
        everywhere = len(models) == len(grid.rungs)
        yield label if everywhere else f"{label} (on {', '.join(models[:NAMED])})"
    if len(by_arm) > NAMED:
        yield f"{len(by_arm) - NAMED} more"
