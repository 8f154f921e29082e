"""Published scores as experiments: a forecaster needs no GPU to use the literature.

The table is a CSV in UTF-8 with a header, or Parquet, and has a row for each score:

    model          name of the rung
    family, stage  one of each a ladder (`base`, `instruct`, ...)
    training_flop  training compute in FLOP; empty where it is not known
    benchmark      name of the benchmark
    stack          `base`, or names of PTEs joined by +
    score          in points, 0 to 100

and, where they are known,

    n              items behind the score: without it a score has no interval
    task_type      Lifland et al.'s: math, coding, qa, commonsense, facts, classification
    chance         expected score of a guess, as a fraction below 1
    multiple       inference FLOP as a multiple of the base's, above 0
    valid_for_ceg  false where training_flop may not stand on a CEG curve (distilled, pruned)
    source         where the score was published
    rows           which row of a forecast's table each PTE of the stack is, joined by + in the
                   stack's order, `none` for one that is no row; empty for none at all
    seed           which of several training runs of one compute the model is; runs of one seed
                   share initialisation or the order of the data on all rungs

Scores of different sources were measured in different ways: one ladder should have one source.
Scores item by item stand in another table: see `items`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.experiment import Arm, Experiment, Rung
from analysis.contracts.finding import Finding, Severity
from analysis.contracts.reference import Decoding, Reference
from analysis.reading.gaps import gaps
from analysis.reading.lines import BASE, NO_ROW, PublishedScore
from analysis.reading.rungs import distinguished
from analysis.reading.table import read_lines


def published(paths: Sequence[Path], mixed: bool = False) -> list[Experiment]:
    """The experiments of a table: one for each benchmark, family and stage.

    Args:
        paths: the table's files, CSV or Parquet.
        mixed: put all families and stages of a benchmark on one ladder.

    Raises:
        UserError: a row is not as described above; names file, row and mend.
    """
    lines = read_lines(paths)
    return [_experiment(paths[0], own, found) for own, found in ladders(lines, mixed)]


def ladders(
    lines: Sequence[PublishedScore], mixed: bool
) -> Iterator[tuple[list[PublishedScore], list[Finding]]]:
    """The lines of each experiment, with what is to be said of families and stages.

    Args:
        lines: of a table.
        mixed: put all families and stages of a benchmark on one ladder.
    """
    for benchmark in dict.fromkeys(line.benchmark for line in lines):
        own = [line for line in lines if line.benchmark == benchmark]
        each: dict[tuple[str, str], list[PublishedScore]] = {}
        for line in own:
            each.setdefault((line.family, line.stage), []).append(line)
        names = "; ".join(f"{family} {stage}" for family, stage in each)
        if len(each) == 1:
            yield own, []
        elif mixed:
            message = f"families or stages share one ladder, as asked: {names}"
            yield own, [Finding(Severity.WARNING, benchmark, message)]
        else:
            message = f"the table has several families or stages, each a ladder: {names}"
            for ladder in each.values():
                yield ladder, [Finding(Severity.NOTE, benchmark, message)]


def _experiment(path: Path, lines: Sequence[PublishedScore], findings: list[Finding]) -> Experiment:
    rungs = rungs_of(lines)
    arms = arms_of(lines)
    rung_of = {(r.family, r.stage, r.model): place for place, r in enumerate(rungs)}
    rungs = distinguished(rungs, [""] * len(rungs))
    arm_of = {frozenset(arm.ptes): place for place, arm in enumerate(arms)}
    means, counts, multiples = (np.full((len(arms), len(rungs)), np.nan) for _ in range(3))
    for line in lines:
        place = arm_of[frozenset(line.ptes)], rung_of[line.family, line.stage, line.model]
        means[place], counts[place] = line.score, line.n
        multiples[place] = 1.0 if np.isnan(line.multiple) and not line.ptes else line.multiple
    name = lines[0].benchmark
    run = ~np.isnan(means)
    results = [
        *findings,
        *gaps(name, arms, rungs, run, lambda a: mend(a, path)),
        *sources_told(lines),
    ]
    results += _uncounted(name, arms, rungs, run & np.isnan(counts), run)
    return Experiment(
        name=name,
        benchmark=name,
        task_type=lines[0].task_type,
        rungs=rungs,
        arms=arms,
        means=means,
        counts=counts,
        chance=lines[0].chance,
        multiples=multiples,
        one_time=np.full(means.shape, np.nan),
        findings=tuple(results),
        reference=Reference(Decoding.UNSAID, reason="published scores do not say how"),
        provenance={
            "published": path.name,
            "sources": [source for source in dict.fromkeys(one.source for one in lines) if source],
            "family": list(dict.fromkeys(line.family for line in lines)),
            "stage": list(dict.fromkeys(line.stage for line in lines)),
            "rows": len(lines),
        },
    )


def rungs_of(lines: Sequence[PublishedScore]) -> tuple[Rung, ...]:
    """The models, by rising compute, unknown compute last."""
    results = {
        (line.family, line.stage, line.model): Rung(
            model=line.model,
            family=line.family,
            stage=line.stage,
            flop=line.flop,
            valid=line.valid,
            source=line.source,
            seed=line.seed,
        )
        for line in reversed(lines)
    }
    return tuple(sorted(results.values(), key=lambda r: (np.isnan(r.flop), r.flop, r.model)))


def arms_of(lines: Sequence[PublishedScore]) -> tuple[Arm, ...]:
    """The stacks, by number of PTEs and label."""
    results = {
        frozenset(line.ptes): Arm(
            label="+".join(line.ptes) or BASE, ptes=line.ptes, rows=rows_of(line)
        )
        for line in reversed(lines)
    }
    return tuple(sorted(results.values(), key=lambda arm: (len(arm.ptes), arm.label)))


def rows_of(line: PublishedScore) -> dict[str, str | None]:
    """By PTE of a line, the row of a forecast's table that it is said to be; None for none."""
    said = line.rows or (NO_ROW,) * len(line.ptes)
    return {p: None if row == NO_ROW else row for p, row in zip(line.ptes, said, strict=True)}


def mend(arm: Arm, path: Path) -> str:
    """What to do about an arm that is missing."""
    return f"add rows of the stack {arm.label} to {path.name}, if its scores were published"


def sources_told(lines: Sequence[PublishedScore]) -> Iterator[Finding]:
    """That scores were measured in different ways, where they have several sources."""
    name = lines[0].benchmark
    sources = dict.fromkeys(line.source for line in lines)
    if len(sources) > 1:
        message = f"scores of {len(sources)} sources share the ladder ({'; '.join(sources)})"
        yield Finding(Severity.WARNING, name, f"{message}: they were measured in different ways")


def _uncounted(
    name: str,
    arms: Sequence[Arm],
    rungs: Sequence[Rung],
    unknown: NDArray[np.bool_],
    run: NDArray[np.bool_],
) -> Iterator[Finding]:
    """Scores that say not of how many items; named where others do, which they stand beside.

    Args:
        name: of the experiment.
        arms: with `rungs`, what the others are indexed by.
        rungs: of the ladder.
        unknown: [arm, rung], whether n is missing.
        run: [arm, rung], whether there is a score.
    """
    if not unknown.any():
        return
    message = f"{unknown.sum()} of {run.sum()} scores say not of how many items"
    if (run & ~unknown).any():
        cells = [f"{arms[a].label} on {rungs[r].model}" for a, r in np.argwhere(unknown)]
        message += f" ({', '.join(cells)})"
    message += ": fill in n; they have no interval without it"
    yield Finding(Severity.WARNING, name, message)
