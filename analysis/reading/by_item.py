"""Scores of others item by item as experiments: arms on the same items, with paired intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.experiment import Experiment
from analysis.contracts.finding import Finding, Severity
from analysis.contracts.reference import Decoding, Reference
from analysis.reading.agreement import cell
from analysis.reading.exclusions import (
    Mends,
    exclude_incomplete,
    excluded_arms,
    missing_replicates,
)
from analysis.reading.gaps import gaps
from analysis.reading.grid import Grid, known_mean, placed
from analysis.reading.items import NEEDED, OPTIONAL, ItemScores, item_scores
from analysis.reading.lines import PublishedScore
from analysis.reading.others import read_table
from analysis.reading.published import arms_of, ladders, mend, rungs_of, sources_told
from analysis.reading.rungs import distinguished

Array = NDArray[np.float64]

MENDS = Mends(
    "add the rows that are missing, if these scores were published",
    "fill in the scores that are empty, if they were published",
    "add the rows of the others, if they were published",
)


def by_item(paths: Sequence[Path], mixed: bool = False) -> list[Experiment]:
    """The experiments of a table of scores item by item: one for each benchmark, family and stage.

    Args:
        paths: the table's files, CSV or Parquet.
        mixed: put all families and stages of a benchmark on one ladder.

    Raises:
        UserError: a row is not as `items` describes; names file, row and mend.
    """
    made = item_scores(read_table(paths, NEEDED, OPTIONAL))
    return [_experiment(made, lines, found) for lines, found in ladders(made.lines, mixed)]


def _experiment(
    made: ItemScores, lines: Sequence[PublishedScore], findings: list[Finding]
) -> Experiment:
    name = lines[0].benchmark
    path = made.table.paths[0]
    laid, multiples = _lay_out(made, lines)
    kept, aside = exclude_incomplete(laid, name, MENDS)
    whole = np.logical_not(kept.missing.any(axis=(0, 1, 2)))
    run = np.asarray(kept.run.any(axis=2))
    scores = kept.scores[..., whole]
    means = known_mean(scores, 2)
    there = np.asarray(laid.run.any(axis=2))
    findings = [
        *findings,
        *_told(made, name),
        *aside,
        *excluded_arms(kept, whole, name, MENDS),
        *gaps(name, laid.arms, laid.rungs, there, lambda arm: mend(arm, path)),
        *missing_replicates(laid, name, MENDS),
        *sources_told(lines),
    ]
    arm_of, rung_of = (
        [names.index(one) for one in wanted]
        for names, wanted in (
            ([arm.label for arm in laid.arms], [arm.label for arm in kept.arms]),
            ([rung.model for rung in laid.rungs], [rung.model for rung in kept.rungs]),
        )
    )
    return Experiment(
        name=name,
        benchmark=name,
        task_type=lines[0].task_type,
        rungs=kept.rungs,
        arms=kept.arms,
        means=known_mean(means, 2),
        counts=np.where(run, float(whole.sum()), nan),
        chance=float(kept.chance[whole].mean()) if whole.any() else 0.0,
        items=tuple(np.array(kept.items, object)[whole]),
        scores=means,
        replicates=scores if len(kept.replicates) > 1 else None,
        multiples=multiples[np.ix_(arm_of, rung_of)],
        one_time=np.full(run.shape, nan),
        findings=tuple(findings),
        reference=Reference(Decoding.UNSAID, reason="published scores do not say how"),
        provenance=_provenance(made, lines, int((kept.rows >= 0).sum())),
    )


def _lay_out(made: ItemScores, lines: Sequence[PublishedScore]) -> tuple[Grid, Array]:
    """The rows of one ladder in their places, and the arms' inference multiples [arm, rung]."""
    rungs, arms = rungs_of(lines), arms_of(lines)
    rung_of = {(r.family, r.stage, r.model): place for place, r in enumerate(rungs)}
    arm_of = {frozenset(arm.ptes): place for place, arm in enumerate(arms)}
    own = {cell(line) for line in lines}
    where = np.full((len(made.lines), 2), -1, np.intp)
    multiples = np.full((len(arms), len(rungs)), nan)
    for number, line in enumerate(made.lines):
        if cell(line) in own:
            on = arm_of[frozenset(line.ptes)], rung_of[line.family, line.stage, line.model]
            where[number] = on
            multiples[on] = 1.0 if np.isnan(line.multiple) and not line.ptes else line.multiple
    rows = np.flatnonzero(where[made.line, 0] >= 0)
    used, item = np.unique(made.item[rows], return_inverse=True)
    drawn, replicate = np.unique(made.replicate[rows], return_inverse=True)
    arm, rung = where[made.line[rows]].T
    place = (arm, rung, replicate, item)
    shape = (len(arms), len(rungs), len(drawn), len(used))
    cells = np.full(shape[:3], -1, np.intp)
    cells[place[:3]] = made.line[rows]
    chance = np.zeros(len(used))
    chance[item] = made.chance[rows]
    nothing = np.full(shape, nan)
    grid = Grid(
        arms=arms,
        rungs=distinguished(rungs, [""] * len(rungs)),
        replicates=tuple(range(len(drawn))),
        items=tuple(made.items[number] for number in used),
        cells=cells,
        scores=placed(shape, place, made.score[rows], nan),
        flop=nothing,
        net_flop=nothing,
        rows=placed(shape, place, rows, -1).astype(np.intp),
        lost=np.zeros(shape[:3], np.intp),
        chance=chance,
    )
    return grid, multiples


def _told(made: ItemScores, name: str) -> Iterator[Finding]:
    paths = ", ".join(path.name for path in made.table.paths)
    yield Finding(Severity.NOTE, name, f"read item by item from {paths}: intervals are paired")


def _provenance(made: ItemScores, lines: Sequence[PublishedScore], rows: int) -> dict[str, Any]:
    return {
        "published": ", ".join(path.name for path in made.table.paths),
        "by_item": True,
        "sources": [source for source in dict.fromkeys(one.source for one in lines) if source],
        "family": list(dict.fromkeys(line.family for line in lines)),
        "stage": list(dict.fromkeys(line.stage for line in lines)),
        "rows": rows,
    }
