"""What is set aside, so that it does not cost the other arms their items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.finding import Finding, Severity
from analysis.reading.grid import Flags, Grid

LIMIT = 0.10
"""Largest share of problems without a grade that an arm may have on a rung and stay there."""
NAMED = 8
"""Arms on rungs that a finding names."""


@dataclass(frozen=True)
class Mends:
    """What to do about problems that are missing, wherever the scores came from."""

    finish: str
    """Where there was no attempt."""
    failed: str
    """Where an attempt has no grade."""
    replicates: str
    """Where replicates are missing; `{number}` is how many there are."""


OWN = Mends(
    "finish the run: start the same pte run again",
    "see why with pte show --failed: a wider context_window mends overflows, the same pte run "
    "again mends errors",
    "pte run with replicates={number} adds them",
)
"""Of records of our own."""


def exclude_incomplete(grid: Grid, name: str, mends: Mends = OWN) -> tuple[Grid, list[Finding]]:
    """Drop the cells that lack too many problems, and leave the rest of their arms.

    A cell that was not finished is dropped by itself: its other replicates know nothing of it.
    Where attempts were made and not graded the arm is dropped on that rung, for it would be graded
    on the problems that suit it. Where nothing is left of any base, they stay arms.

    Args:
        grid: as laid out.
        name: of the experiment.
        mends: what to advise.
    """
    limit = LIMIT * len(grid.items)
    unfinished = grid.absent.sum(axis=3) > limit
    findings = list(_unfinished(grid, unfinished, name, mends))
    finished = grid.without(unfinished)
    bad = finished.missing.any(axis=2).sum(axis=2) > limit
    findings += _ungraded(finished, bad, name, mends)
    kept = finished.without(np.broadcast_to(bad[..., None], unfinished.shape))
    stays = np.asarray(kept.run.any(axis=(1, 2)))
    findings += _base(grid, stays, name)
    based = np.array([arm.is_base for arm in grid.arms], bool)
    lost = based & ~(stays & based).any()
    return kept.subset(np.flatnonzero(stays | lost)), findings


def missing_replicates(grid: Grid, name: str, mends: Mends = OWN) -> Iterator[Finding]:
    """Arms that were run in fewer replicates on some rungs than others are.

    Args:
        grid: as laid out, before anything is set aside.
        name: of the experiment.
        mends: what to advise.
    """
    there, whole = grid.run.sum(axis=2), len(grid.replicates)
    for arm, counts in zip(grid.arms, there, strict=True):
        few = [
            f"{count} of {whole} on {rung.model}"
            for rung, count in zip(grid.rungs, counts, strict=True)
            if 0 < count < whole
        ]
        if few:
            message = (
                f"{arm.label} has fewer replicates than there are: {', '.join(few)}; "
                + mends.replicates.format(number=max(grid.replicates) + 1)
            )
            yield Finding(Severity.NOTE, name, message)


def excluded_arms(
    grid: Grid, whole: NDArray[np.bool_], name: str, mends: Mends = OWN
) -> Iterator[Finding]:
    """Problems that are left out of every arm, and what caused it.

    Args:
        grid: without what was set aside.
        whole: [item], whether it is kept.
        name: of the experiment.
        mends: what to advise.
    """
    if whole.all() or not grid.arms:
        return
    counts = grid.missing.any(axis=2).sum(axis=2)
    worst = [np.unravel_index(n, counts.shape) for n in np.argsort(-counts, axis=None)]
    caused = [
        f"{grid.arms[arm].label} on {grid.rungs[rung].model} {counts[arm, rung]}"
        for arm, rung in worst
        if counts[arm, rung]
    ]
    causes = ", ".join(caused[:NAMED])
    more = f" and {len(caused) - NAMED} more" if len(caused) > NAMED else ""
    advice = [mends.finish] * bool(grid.absent.any()) + [mends.failed] * bool(grid.ungraded.any())
    message = (
        f"{(~whole).sum()} of {len(whole)} problems are left out of every arm, since some arm was "
        f"not run or not graded on them: {causes}{more}; {'; '.join(advice)}"
    )
    if whole.any():
        yield Finding(Severity.WARNING, name, message)
    else:
        yield Finding(Severity.REFUSED, name, f"no score is left: {message}")


def _unfinished(grid: Grid, dropped: Flags, name: str, mends: Mends) -> Iterator[Finding]:
    """One finding for an arm on rungs where nothing of it is finished, one where some is."""
    counts, total = grid.absent.sum(axis=3), len(grid.items)
    for place, arm in enumerate(grid.arms):
        gone, thinner = [], []
        for rung in np.flatnonzero(dropped[place].any(axis=1)):
            model = grid.rungs[rung].model
            cells = np.flatnonzero(dropped[place, rung])
            if dropped[place, rung].sum() == grid.run[place, rung].sum():
                most = counts[place, rung, cells].max()
                gone.append(f"{model} ({most} of {total} problems not run)")
            else:
                thinner += [
                    f"replicate {grid.replicates[n]} on {model} "
                    f"({counts[place, rung, n]} of {total} problems not run)"
                    for n in cells
                ]
        if gone:
            message = f"{arm.label} is left out on {', '.join(gone)}: {mends.finish}"
            yield Finding(Severity.REFUSED, name, message)
        if thinner:
            message = f"{arm.label} stands without {', '.join(thinner)}: {mends.finish}"
            yield Finding(Severity.WARNING, name, message)


def _ungraded(grid: Grid, dropped: Flags, name: str, mends: Mends) -> Iterator[Finding]:
    """One finding for an arm that was not graded on some rungs."""
    ungraded, absent = (flags.any(axis=2).sum(axis=2) for flags in (grid.ungraded, grid.absent))
    for place, arm in enumerate(grid.arms):
        where = np.flatnonzero(dropped[place])
        if not len(where):
            continue
        lost = [
            f"{grid.rungs[r].model} ({ungraded[place, r]} of {len(grid.items)} problems not graded"
            + (f", {absent[place, r]} not run)" if absent[place, r] else ")")
            for r in where
        ]
        advice = [mends.failed] * bool(ungraded[place, where].any())
        advice += [mends.finish] * bool(absent[place, where].any())
        message = f"{arm.label} is left out on {', '.join(lost)}: {'; '.join(advice)}"
        yield Finding(Severity.REFUSED, name, message)


def _base(grid: Grid, stays: NDArray[np.bool_], name: str) -> Iterator[Finding]:
    """That nothing is left of the base, in whichever decoding."""
    based = [place for place, arm in enumerate(grid.arms) if arm.is_base]
    if not based or stays[based].any():
        return
    there = np.asarray(grid.run.any(axis=2))[based].any(axis=0)
    models = ", ".join(grid.rungs[r].model for r in np.flatnonzero(there))
    message = (
        f"the base was run on {models}, and is left out on each for the reasons given: "
        "CEG is measured against it, so mend these first"
    )
    yield Finding(Severity.REFUSED, name, message)
