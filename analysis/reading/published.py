"""Published scores as experiments: a forecaster needs no GPU to use the literature.

The table is a CSV in UTF-8 with a header and a row for each score:

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
    seed           which of several training runs of one compute the model is; runs of one seed
                   share initialisation or the order of the data on all rungs

Scores of different sources were measured in different ways: one ladder should have one source.
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
from analysis.reading.lines import BASE, PublishedScore
from analysis.reading.rungs import distinguished
from analysis.reading.table import read_lines


def published(path: Path, mixed: bool = False) -> list[Experiment]:
    """The experiments of a table: one for each benchmark, family and stage.

    Args:
        path: the CSV.
        mixed: put all families and stages of a benchmark on one ladder.

    Raises:
        UserError: a row is not as described above; names file, row and mend.
    """
    lines = read_lines(path)
    made = []
    for benchmark in dict.fromkeys(line.benchmark for line in lines):
        own = [line for line in lines if line.benchmark == benchmark]
        ladders: dict[tuple[str, str], list[PublishedScore]] = {}
        for line in own:
            ladders.setdefault((line.family, line.stage), []).append(line)
        names = "; ".join(f"{family} {stage}" for family, stage in ladders)
        for ladder in [own] if mixed else ladders.values():
            results = []
            if mixed and len(ladders) > 1:
                message = f"families or stages share one ladder, as asked: {names}"
                results = [Finding(Severity.WARNING, benchmark, message)]
            elif len(ladders) > 1:
                message = f"the table has several families or stages, each a ladder: {names}"
                results = [Finding(Severity.NOTE, benchmark, message)]
            made.append(_experiment(path, ladder, results))
    return made


def _experiment(path: Path, lines: Sequence[PublishedScore], findings: list[Finding]) -> Experiment:
    rungs = _rungs(lines)
    arms = _arms(lines)
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
        *gaps(name, arms, rungs, run, lambda a: _mend(a, path)),
        *_source_findings(lines),
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


def _rungs(lines: Sequence[PublishedScore]) -> tuple[Rung, ...]:
    """By rising compute, unknown compute last."""
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


def _arms(lines: Sequence[PublishedScore]) -> tuple[Arm, ...]:
    results = {
        frozenset(line.ptes): Arm(label="+".join(line.ptes) or BASE, ptes=line.ptes)
        for line in reversed(lines)
    }
    return tuple(sorted(results.values(), key=lambda arm: (len(arm.ptes), arm.label)))


def _mend(arm: Arm, path: Path) -> str:
    return f"add rows of the stack {arm.label} to {path.name}, if its scores were published"


def _source_findings(lines: Sequence[PublishedScore]) -> Iterator[Finding]:
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
