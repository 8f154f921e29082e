"""What records say of how attempts ended, by arm and rung, and what a reader must know of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.endings import REASONING, CellEndings
from analysis.contracts.experiment import Arm
from analysis.contracts.finding import Finding, Severity
from analysis.reading.grid import Grid
from analysis.reading.rows import Rows
from harness.records.endings import AT_ONCE, COLUMNS, FEW, RowEndings, row_endings

Array = NDArray[np.float64]

MEND = (
    "raise the benchmark's limits (reply_tokens, answer_tokens, reasoning_tokens), which hold for "
    "all arms, or read the bounds"
)


def cell_endings(rows: Rows, grid: Grid, whole: NDArray[np.bool_]) -> CellEndings:
    """How attempts ended, over the items that scores are means of.

    Args:
        rows: all records.
        grid: where the attempts stand.
        whole: [item], whether it is kept.
    """
    placed = _placed(rows, grid.rows[..., whole])
    # A cell counts where each of its attempts tells.
    silent = (np.isnan(placed["rows"]) & (grid.rows[..., whole] >= 0)).any(axis=(2, 3))

    def ratio(part: str, of: str) -> Array:
        sums = [np.nansum(placed[name], axis=(2, 3)) for name in (part, of)]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(silent | (sums[1] == 0), np.nan, sums[0] / sums[1])

    def mean(name: str) -> Array:
        """Over replicates, then over items, as scores are."""
        return np.where(silent, np.nan, _mean(_mean(placed[name], 2), 2))

    return CellEndings(
        cut=ratio("cut", "attempts"),
        unread=ratio("unread", "attempts"),
        cut_completions=ratio("cut_completions", "completions"),
        strict=mean("strict"),
        upper=mean("upper"),
        at_once=ratio("at_once", "read"),
    )


def endings_findings(grid: Grid, ended: CellEndings, means: Array, name: str) -> Iterator[Finding]:
    """Arms that were cut more than a little, bases that reason, and that nothing is known.

    Args:
        grid: arms and rungs.
        ended: how their attempts ended.
        means: [arm, rung], scores.
        name: of the experiment.
    """
    run = ~np.isnan(means)
    if run.any() and (run & np.isnan(ended.cut)).any():
        part = "some cells" if (run & ~np.isnan(ended.cut)).any() else "these cells"
        message = (
            f"what share of attempts a token limit cut is unknown of {part}: their records are of "
            "an older harness; start the same sweep again, it asks for no draw and fills it in"
        )
        yield Finding(Severity.NOTE, name, message)
    for place, arm in enumerate(grid.arms):
        much = np.flatnonzero(np.nan_to_num(ended.cut[place]) > FEW)
        if len(much):
            cut = "; ".join(
                f"{100 * ended.cut[place, r]:.1f}% on {grid.rungs[r].model} (score "
                f"{100 * means[place, r]:.1f}, {100 * ended.upper[place, r]:.1f} if all were right)"
                for r in much
            )
            message = f"{arm.label}: a token limit cut many of its attempts, {cut}: {MEND}"
            yield Finding(Severity.WARNING, name, message)
    yield from _reasoning_bases(grid, ended, name)


def _reasoning_bases(grid: Grid, ended: CellEndings, name: str) -> Iterator[Finding]:
    for place, arm in enumerate(grid.arms):
        few = np.flatnonzero(ended.at_once[place] < AT_ONCE)
        if arm.ptes or not len(few):
            continue
        shares = ", ".join(
            f"{100 * ended.at_once[place, r]:.1f}% on {grid.rungs[r].model}" for r in few
        )
        message = (
            f"base reasons: of the answers of the {arm.label} arm only so many came at once: "
            f"{shares}. {_flagged(grid.arms)} is over a base that reasons already, at least in "
            "part, and less than over one that does not"
        )
        yield Finding(Severity.WARNING, name, message)


def _flagged(arms: tuple[Arm, ...]) -> str:
    named = [arm.label for arm in arms if REASONING in arm.ptes]
    return f"The gain of {', '.join(named)}" if named else "A gain of reasoning"


def _placed(rows: Rows, where: NDArray[np.intp]) -> dict[str, Array]:
    """[arm, rung, replicate, item] for each thing that a row tells; NaN where there is no row."""
    attempts = rows.attempts
    by_row = row_endings({name: attempts[name] for name in COLUMNS}, len(attempts))
    placed = {}
    for each in fields(RowEndings):
        values = np.full(rows.size + 1, np.nan)  # -1 is the last
        values[attempts["row"].to_numpy()] = getattr(by_row, each.name)
        placed[each.name] = values[where]
    return placed


def _mean(values: Array, axis: int) -> Array:
    count = (~np.isnan(values)).sum(axis=axis)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(values, axis=axis) / np.where(count, count, np.nan))
