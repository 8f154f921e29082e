"""Cells of one experiment laid out as arms x rungs x replicates x items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.contracts.experiment import Arm, Rung
from analysis.contracts.finding import Finding, Severity
from analysis.reading.labels import arm_keys, arms
from analysis.reading.rows import Rows
from analysis.reading.rungs import rungs
from harness.records.summary import whole_flop

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Attempts by arm, rung, replicate and item."""

    arms: tuple[Arm, ...]
    rungs: tuple[Rung, ...]
    replicates: tuple[int, ...]
    items: tuple[str, ...]
    cells: NDArray[np.intp]
    """[arm, rung, replicate]: number of the cell in the records; -1 where none was run."""
    scores: Array
    """[arm, rung, replicate, item]: score, in [0, 1]; NaN where there was no grade, or no cell."""
    flop: Array
    """[arm, rung, replicate, item]: inference FLOP, gross; NaN where an attempt is not whole."""
    net_flop: Array
    """[arm, rung, replicate, item]: the same net of the attempt's own prefix."""
    rows: NDArray[np.intp]
    """[arm, rung, replicate, item]: number of the attempt's row in the records; -1 where there is
    none."""
    lost: NDArray[np.intp]
    """[arm, rung, replicate]: graded attempts that lost candidates of their pool."""
    chance: Array
    """[item]: mean score of a guess."""

    @property
    def run(self) -> Flags:
        """[arm, rung, replicate]: whether there is a cell."""
        return np.asarray(self.cells >= 0)

    @property
    def absent(self) -> Flags:
        """[arm, rung, replicate, item]: problems that a cell has no attempt at."""
        return np.asarray(self.run[..., None] & (self.rows < 0))

    @property
    def ungraded(self) -> Flags:
        """[arm, rung, replicate, item]: attempts that were made, and have no grade."""
        return np.asarray((self.rows >= 0) & np.isnan(self.scores))

    @property
    def missing(self) -> Flags:
        """[arm, rung, replicate, item]: problems without a grade, whether there was no attempt or
        no grade of it."""
        return np.asarray(self.run[..., None] & np.isnan(self.scores))

    def without(self, dropped: Flags) -> Grid:
        """The grid as if some cells had not been run.

        Args:
            dropped: [arm, rung, replicate]
        """
        attempts = dropped[..., None]
        return replace(
            self,
            cells=np.where(dropped, -1, self.cells),
            scores=np.where(attempts, nan, self.scores),
            flop=np.where(attempts, nan, self.flop),
            net_flop=np.where(attempts, nan, self.net_flop),
            rows=np.where(attempts, -1, self.rows),
            lost=np.where(dropped, 0, self.lost),
        )

    def subset(self, kept: Sequence[int] | NDArray[np.intp]) -> Grid:
        """Some of the arms, and the rungs on which any of them was run."""
        where = np.array(kept, np.intp)
        up = np.flatnonzero(self.run[where].any(axis=(0, 2)))
        both = np.ix_(where, up)
        return Grid(
            arms=tuple(self.arms[arm] for arm in kept),
            rungs=tuple(self.rungs[rung] for rung in up),
            replicates=self.replicates,
            items=self.items,
            cells=self.cells[both],
            scores=self.scores[both],
            flop=self.flop[both],
            net_flop=self.net_flop[both],
            rows=self.rows[both],
            lost=self.lost[both],
            chance=self.chance,
        )


def lay_out(rows: Rows, cells: pd.DataFrame) -> tuple[Grid, list[Finding]]:
    """Put the attempts of some cells in their places.

    Two cells of one place, which older records cannot tell apart, are one too many: the one with
    more problems is taken.

    Args:
        rows: all records.
        cells: rows of `rows.cells` that belong to one experiment.
    """
    keys = arm_keys(cells)
    result = arms(cells, keys)
    arm_of = keys.map({key: place for place, key in enumerate(result)}).to_numpy(np.intp)
    rung_of, models = rungs(cells)
    replicates = sorted(map(int, cells["replicate"].unique()))
    replicate_of = cells["replicate"].map({r: n for n, r in enumerate(replicates)}).to_numpy()
    attempts = rows.of(list(cells.index))
    sizes = attempts["cell"].value_counts().reindex(cells.index).to_numpy()
    stands = np.full((len(result), len(models), len(replicates)), -1, np.intp)
    order = np.argsort(sizes, kind="stable")  # the largest comes last, and stays
    stands[arm_of[order], rung_of[order], replicate_of[order]] = cells.index.to_numpy()[order]
    findings = _crowded(cells[~cells.index.isin(stands.ravel())])
    attempts = attempts[attempts["cell"].isin(stands.ravel())]
    codes, items = pd.factorize(attempts["problem"])
    where = np.full((len(rows.cells), 3), -1, np.intp)
    where[cells.index] = np.column_stack([arm_of, rung_of, replicate_of])
    place = (*where[attempts["cell"].to_numpy()].T, codes)
    shape = (*stands.shape, len(items))
    grid = Grid(
        arms=tuple(result.values()),
        rungs=models,
        replicates=tuple(replicates),
        items=tuple(map(str, items)),
        cells=stands,
        scores=placed(shape, place, attempts["score"]),
        flop=placed(shape, place, whole_flop(attempts)),
        net_flop=placed(shape, place, whole_flop(attempts, net=True)),
        rows=placed(shape, place, attempts["row"], -1).astype(np.intp),
        lost=_lost(attempts, place[:3], stands.shape),
        chance=attempts.groupby(codes)["chance"].first().to_numpy(np.float64),
    )
    return grid, findings


def placed(shape: tuple[int, ...], place: Any, values: Any, empty: float = nan) -> Array:
    """An array that holds each value in its place, and nothing elsewhere."""
    filled = np.full(shape, empty)
    filled[place] = np.asarray(values, np.float64)
    return filled


def known_mean(values: Array, axis: int) -> Array:
    """Mean over an axis without NaN; NaN where there is nothing else."""
    count = (~np.isnan(values)).sum(axis=axis)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(values, axis=axis) / np.where(count, count, nan))


def _lost(attempts: pd.DataFrame, place: Any, shape: tuple[int, ...]) -> NDArray[np.intp]:
    lost = attempts["score"].notna() & (attempts["failures"] + attempts["overflows"] > 0)
    counts = np.zeros(shape, np.intp)
    np.add.at(counts, tuple(axis[lost.to_numpy()] for axis in place), 1)
    return counts


def _crowded(left: pd.DataFrame) -> list[Finding]:
    if left.empty:
        return []
    names = ", ".join(f"{cell['stack']} on {cell['model']}" for cell in left.to_dict("records")[:5])
    message = (
        f"{len(left)} cells stand where another does ({names}): the one with more problems is "
        "taken; name the runs that belong together, and no others"
    )
    return [Finding(Severity.WARNING, "records", message)]
