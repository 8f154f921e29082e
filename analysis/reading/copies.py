"""Runs that were asked alike are one experiment, whatever their hashes: copies must not pass for
evidence, and what rests on the same problems is no independent evidence either.

Runs that differ in a limit, in a seed, or in which arms and rungs were run hold the same requests
under other hashes. The journal's keys tell: a key is a hash of the model, the prompt and the
sampling. A draw that two runs hold counts once; one that was drawn anew is a further replicate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from analysis.contracts.finding import Finding, Severity
from analysis.reading.drawn import Drawn, Twin
from analysis.reading.limits import Asked, compared
from analysis.reading.relations import DATA, HASHED_ANEW, Joined, relation, said
from analysis.reading.rows import Rows

ANEW = "a seed draws nothing anew but what PTEs choose by it; replicates=N does"


def merged(rows: Rows, groups: Sequence[pd.DataFrame]) -> tuple[Rows, list[Joined]]:
    """Put together the experiments that were asked alike.

    Experiments that share problems and cannot be put together stay apart, and a finding says so.

    Args:
        rows: all records.
        groups: rows of `rows.cells` by experiment's hash; rows that were there again are marked.

    Returns:
        The records, with each attempt in the cell that keeps it, and the experiments.
    """
    runs = [run for group in groups for _, run in group.groupby("again", sort=False)]
    data = {tuple(tuple(said(run, name)) for name in DATA) for run in runs}
    if len(data) == len(
        runs
    ):  # nothing that could be shared: millions of attempts stay as they are
        return rows, [Joined(run) for run in runs]
    work = _Work(rows)
    left = [Joined(run, dict.fromkeys(map(int, run.index), work.asked(run))) for run in runs]
    made: list[Joined] = []
    while left:
        one, *left = left
        made.append(one)
        while (place := next((n for n, each in enumerate(left) if work.joins(one, each)), -1)) >= 0:
            work.join(one, left.pop(place))
    for one, other in combinations(made, 2):
        if apart := relation(one, other, work.drawn).apart:
            one.findings.append(apart)
            other.findings.append(apart)
    for one in made:
        work.limit(one)
    return work.rows(), made


class _Work:
    """The records while their experiments are put together."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.drawn = Drawn(rows)
        self._cell = rows.attempts["cell"].to_numpy().copy()
        self._problem, self._names = pd.factorize(rows.attempts["problem"])
        self._gone = np.zeros(len(self._cell), bool)
        order = np.argsort(self._cell, kind="stable")
        ends = np.cumsum(np.bincount(self._cell, minlength=len(rows.cells)))
        self._of = dict(enumerate(np.split(order, ends[:-1])))

    def rows(self) -> Rows:
        """The records as they came out."""
        if not self._gone.any() and np.array_equal(self._cell, self._rows.attempts["cell"]):
            return self._rows
        attempts = self._rows.attempts.assign(cell=self._cell)
        return replace(self._rows, attempts=attempts[~self._gone])

    def asked(self, run: pd.DataFrame) -> Asked:
        """The problems of a run: those that any of its cells has."""
        places = np.concatenate([self._of[int(cell)] for cell in run.index])
        return frozenset(np.unique(self._problem[places]).tolist())

    def joins(self, one: Joined, other: Joined) -> bool:
        """Whether two are one experiment."""
        found = relation(one, other, self.drawn)
        return found.apart is None and not found.strangers

    def join(self, one: Joined, other: Joined) -> None:
        """Add another's cells to an experiment: copies once, those drawn anew as replicates."""
        twins, run = relation(one, other, self.drawn).twins, other.cells
        copies = [n for n, (_, kind) in twins.items() if kind is not Twin.ANEW]
        anew = [n for n, (_, kind) in twins.items() if kind is Twin.ANEW]
        one.findings.extend((*other.findings, *_told(one.cells, run, len(copies), len(anew))))
        kept = run.drop(index=copies)
        kept = kept.assign(setting=_settings(one.cells, kept))
        if anew:
            first = int(one.cells["replicate"].max()) + 1
            firsts = one.cells.loc[[twins[n][0] for n in anew]]
            for name in ("stack", "stack_id", "stack_config"):
                kept.loc[anew, name] = firsts[name].to_numpy()
            kept.loc[anew, "replicate"] += first
        for number in copies:
            twin = twins[number][0]
            self._take(number, twin)
            one.asked[twin] = one.asked[twin] | other.asked[number]
        one.cells = pd.concat([one.cells, kept])
        one.asked |= {int(number): other.asked[int(number)] for number in kept.index}
        one.further |= {*anew, *other.further} & set(map(int, kept.index))

    def _take(self, number: int, twin: int) -> None:
        """Give a cell the attempts of its copy at problems that it has none at."""
        theirs, own = self._of[number], self._of[twin]
        new = ~np.isin(self._problem[theirs], self._problem[own])
        self._gone[theirs[~new]] = True
        self._cell[theirs[new]] = twin
        self._of[twin] = np.concatenate([own, theirs[new]])

    def limit(self, one: Joined) -> None:
        """Compare on the problems that all cells were asked, where runs had different limits."""
        kept, few, found = compared(one.cells, one.asked, one.further)
        one.findings.extend(found)
        one.cells = one.cells.drop(index=few)
        if kept is None:
            return
        problems = np.array(sorted(kept))
        for number in map(int, one.cells.index):
            places = self._of[number]
            self._gone[places[~np.isin(self._problem[places], problems)]] = True


def _settings(cells: pd.DataFrame, run: pd.DataFrame) -> list[Any]:
    """The hash of the setting that a run's models have in the experiment: it tells rungs apart."""
    names = ["model", "family", "stage"]
    known = dict(
        zip(cells[names].itertuples(index=False, name=None), cells["setting"], strict=True)
    )
    own = zip(run[names].itertuples(index=False, name=None), run["setting"], strict=True)
    return [known.get(rung, setting) for rung, setting in own]


def _told(one: pd.DataFrame, run: pd.DataFrame, copies: int, anew: int) -> Iterator[Finding]:
    differ = "; ".join(
        f"{name} {', '.join(said(one, name))} and {', '.join(said(run, name))}"
        for name in HASHED_ANEW
        if said(one, name) != said(run, name)
    )
    of = f"{one.iloc[0]['benchmark']}" + (f" ({differ})" if differ else "")
    if copies and not run["again"].any():
        message = (
            f"{copies} cells of {of} hold the very same draws as others, completion by completion: "
            f"they are one experiment, each counted once; {ANEW}"
        )
        yield Finding(Severity.WARNING, "records", message)
    if anew:
        message = (
            f"{anew} cells of {of} were drawn anew by another run: they are further replicates of "
            "the same experiment"
        )
        yield Finding(Severity.NOTE, "records", message)
