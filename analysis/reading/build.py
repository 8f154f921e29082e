"""An experiment from the cells that belong to it, and what had to be left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.contracts.experiment import Arm, CandidatePool, Experiment
from analysis.contracts.finding import Finding, Severity
from analysis.contracts.reference import Decoding
from analysis.reading.endings import cell_endings, endings_findings
from analysis.reading.exclusions import exclude_incomplete, excluded_arms, missing_replicates
from analysis.reading.gaps import gaps
from analysis.reading.grid import Grid, known_mean, lay_out
from analysis.reading.pools import pool, shared
from analysis.reading.provenance import findings_of, provenance
from analysis.reading.references import choose, selections
from analysis.reading.rows import Rows
from harness.records.summary import multiplier

Array = NDArray[np.float64]


def build(
    rows: Rows, cells: pd.DataFrame, name: str, reference: Decoding | None = None
) -> Experiment:
    """Pair the cells of one experiment.

    Args:
        rows: all records.
        cells: rows of `rows.cells`.
        name: stands in the findings.
        reference: the decoding of the reference; None leaves it to what was run.
    """
    findings = list(_spoilt(cells, name))
    sound = cells[cells["cell_error"].isna()]
    source = provenance(cells, len(rows.of(list(cells.index))))
    findings += findings_of(name, source)
    first = cells.iloc[0]
    if sound.empty:
        return _nothing(first, name, findings, source)
    laid, crowded = lay_out(rows, sound)
    kept, aside = exclude_incomplete(laid, name)
    grid = selections(rows, kept)
    chosen, told = choose(sound, grid, name, reference)
    whole = np.logical_not(grid.missing.any(axis=(0, 1, 2)))
    run = np.asarray(grid.run.any(axis=2))
    findings += [*told, *crowded, *aside, *excluded_arms(grid, whole, name), *_weak(grid, name)]
    findings += gaps(name, laid.arms, laid.rungs, np.asarray(laid.run.any(axis=2)), _mend)
    findings += missing_replicates(laid, name)
    scores = grid.scores[..., whole]
    means = known_mean(scores, 2)
    counts = np.where(run, float(whole.sum()), np.nan)
    pools, sharing = _pools(rows, grid, whole)
    ended = cell_endings(rows, grid, whole)
    findings += endings_findings(grid, ended, known_mean(means, 2), name)
    made = Experiment(
        name=name,
        benchmark=str(first["benchmark"]),
        task_type=str(first["task_type"]),
        rungs=grid.rungs,
        arms=grid.arms,
        means=known_mean(means, 2),
        counts=counts,
        chance=float(grid.chance[whole].mean()) if whole.any() else 0.0,
        items=tuple(np.array(grid.items, object)[whole]),
        scores=means,
        replicates=scores if len(grid.replicates) > 1 else None,
        pools=pools,
        shared=sharing,
        one_time=_one_time(rows, grid),
        reference=chosen,
        endings=ended,
        findings=tuple(findings),
        provenance=source,
        toy=_toy(cells),
    )
    return replace(
        made,
        multiples=_multiples(grid.flop, made.base),
        net_multiples=_multiples(grid.net_flop, made.base),
    )


def _toy(cells: pd.DataFrame) -> bool | None:
    """Whether the benchmark says that it is a toy; None where only older records are there."""
    said = cells["toy"].dropna()
    return bool(said.any()) if len(said) else None


def _nothing(
    first: pd.Series[str], name: str, findings: list[Finding], source: Mapping[str, object]
) -> Experiment:
    """An experiment all of whose cells are spoilt: its findings say so."""
    none = np.empty((0, 0))
    benchmark, task_type = str(first["benchmark"]), str(first["task_type"])
    return Experiment(
        name=name,
        benchmark=benchmark,
        task_type=task_type,
        rungs=(),
        arms=(),
        means=none,
        counts=none,
        findings=tuple(findings),
        provenance=source,
    )


def _spoilt(cells: pd.DataFrame, name: str) -> Iterator[Finding]:
    for cell in cells[cells["cell_error"].notna()].to_dict("records"):
        source = (
            f"{cell['stack']} on {cell['model']} is left out: {cell['cell_error']}, so that its "
            "score is another stack's; see what it did with pte show"
        )
        yield Finding(Severity.REFUSED, name, source)


def _weak(grid: Grid, name: str) -> Iterator[Finding]:
    """Arms whose scores are not quite what they say."""
    for arm, lost in zip(grid.arms, grid.lost.sum(axis=(1, 2)), strict=True):
        if lost:
            source = (
                f"{arm.label}: {lost} attempts lost candidates of their pool to failures or the "
                "window, and were decided by fewer votes; pte show --failed lists them, a wider "
                "context_window or the same pte run again mends them"
            )
            yield Finding(Severity.WARNING, name, source)
        if arm.oracle:
            source = f"{arm.label} looked at the hidden target: an upper bound, not a PTE's gain"
            yield Finding(Severity.WARNING, name, source)


def _mend(arm: Arm) -> str:
    names = ",".join(arm.ptes)
    return f"pte run with sweep=list 'sweep.stacks=[[{names}]]' on these models"


def _pools(
    rows: Rows, grid: Grid, whole: NDArray[np.bool_]
) -> tuple[dict[tuple[int, int], CandidatePool], dict[tuple[int, int], int]]:
    """Pools and shared draws of the first replicate, by (arm, rung)."""
    pools: dict[tuple[int, int], CandidatePool] = {}
    sharing: dict[tuple[int, int], int] = {}
    if not whole.any():
        return pools, sharing
    canonical = pa.array(rows.attempts.set_index("row")["canonical"], from_pandas=True)
    at = pd.Series(np.arange(len(rows.attempts)), index=rows.attempts["row"])
    for rung in range(len(grid.rungs)):
        ran = np.flatnonzero(grid.run[:, rung, 0])
        wanted = {int(arm): grid.rows[arm, rung, 0, whole] for arm in ran}
        pooled = set()
        for arm, of in wanted.items():
            submitted = canonical.take(pa.array(at[of].to_numpy()))
            result = pool(rows.nested, of, submitted)
            if result is not None:
                pools[arm, rung] = result
                pooled.add(arm)
        for arm, holder in shared(rows.nested, wanted, pooled).items():
            sharing[arm, rung] = holder
    return pools, sharing


def _multiples(flop: Array, base: int | None) -> Array:
    """[arm, rung]: inference FLOP over the base's, over all problems whole in both.

    Args:
        flop: [arm, rung, replicate, item], gross or net.
        base: the arm that is the reference's base, or None.
    """
    result = np.full(flop.shape[:2], np.nan)
    if base is not None:
        for arm, rung in np.ndindex(result.shape):
            times = multiplier(flop[arm, rung], flop[base, rung])
            result[arm, rung] = np.nan if times is None else times
    return result


def _one_time(rows: Rows, grid: Grid) -> Array:
    """[arm, rung]: one-time FLOP as a share of the rung's training FLOP."""
    cell = grid.cells.max(axis=2)
    spent = rows.cells["one_time_flop"].to_numpy(np.float64)[cell]
    training = np.array([rung.flop for rung in grid.rungs])
    share = np.where(spent == 0, 0.0, spent / training)
    return np.where(cell >= 0, share, np.nan)
