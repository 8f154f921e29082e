"""Runs that were asked alike are one experiment, whatever their hashes: copies must not pass for
evidence, and what rests on the same problems is no independent evidence either.

Runs that differ in a limit, in a seed, or in which arms and rungs were run hold the same requests
under other hashes. The journal's keys tell: a key is a hash of the model, the prompt and the
sampling. A draw that two runs hold counts once; one that was drawn anew is a further replicate.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from analysis.contracts.finding import Finding, Severity
from analysis.reading.drawn import Drawn, Twin
from analysis.reading.limits import Asked, compared
from analysis.reading.rows import Rows

DATA = ("benchmark", "dataset_sha256")
"""What must be alike for two experiments to have problems in common."""
ASKED = ("readout", "context_window", "engine", "dtype", "quantisation")
"""What else must be alike for two experiments to be one."""
PLACE = ("model", "family", "stage", "stack", "greedy", "replicate")
"""With the stack's parameters, what tells the cells of one experiment apart."""
HASHED_ANEW = ("seed", "date")
"""What two experiments may differ in though the same was drawn; older records have no date."""
OTHERWISE = (
    "the same stacks were asked something else on the same problems (another prompt, sampling, or "
    "version of engine or weights)"
)
UNSHOWN = (
    "no draw of one is in the other, so that nothing shows that they were asked alike; a cell of "
    "one that is run with the other's limit shows it, and asks for no draw anew"
)
ANEW = "a seed draws nothing anew but what PTEs choose by it; replicates=N does"
SEED = "seed"


@dataclass
class Joined:
    """The cells of one experiment, from one run or several."""

    cells: pd.DataFrame
    """Rows of the records' cells; of copies one is kept."""
    asked: dict[int, Asked] = field(default_factory=dict)
    """By cell, the problems that its runs were to ask."""
    further: set[int] = field(default_factory=set)
    """Cells that are further replicates, drawn by another run."""
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class _Relation:
    """What a run's cells are to an experiment's."""

    twins: dict[int, tuple[int, Twin]]
    """By a cell of the run, the experiment's in its place."""
    apart: Finding | None = None
    """Why they are two experiments; None where they are one."""
    strangers: bool = False
    """Whether they have no problem in common."""


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
    data = {tuple(tuple(_said(run, name)) for name in DATA) for run in runs}
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
        if apart := work.relation(one, other).apart:
            one.findings.append(apart)
            other.findings.append(apart)
    for one in made:
        work.limit(one)
    return work.rows(), made


class _Work:
    """The records while their experiments are put together."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._drawn = Drawn(rows)
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
        relation = self.relation(one, other)
        return relation.apart is None and not relation.strangers

    def relation(self, one: Joined, other: Joined) -> _Relation:
        """What the cells of another experiment are to this one's."""
        cells, run = one.cells, other.cells
        if any(_said(cells, name) != _said(run, name) for name in DATA):
            return _Relation({}, strangers=True)
        known, own = (frozenset[int]().union(*each.asked.values()) for each in (one, other))
        if not known & own:
            return _Relation({}, strangers=True)
        differ = [name for name in ASKED if _said(cells, name) != _said(run, name)]
        differ += ["sampling"] * (_sampling(cells) != _sampling(run))
        if differ:
            return _Relation({}, _apart(cells, run, _differing(cells, run, differ)))
        twins = self._twins(cells, run)
        kinds = {kind for _, kind in twins.values()}
        if Twin.OTHER in kinds:
            return _Relation({}, _apart(cells, run, OTHERWISE))
        again = bool(set(run["cell"]) & set(cells["cell"]))
        alike = {Twin.COPY, Twin.ANEW} & kinds or self._drawn.share(cells.index, run.index)
        if not (again or alike):
            return _Relation({}, _apart(cells, run, UNSHOWN))
        told = any(_said(cells, name) != _said(run, name) for name in HASHED_ANEW)
        limits = len({*one.asked.values(), *other.asked.values()}) > 1
        if again or told or limits or Twin.ANEW in kinds:
            return _Relation(twins)
        copies = sum(kind is Twin.COPY for _, kind in twins.values())
        return _Relation({}, _unexplained(cells, run, copies))

    def _twins(self, cells: pd.DataFrame, run: pd.DataFrame) -> dict[int, tuple[int, Twin]]:
        """The cells of a run that stand where a cell of the experiment does."""
        exact = dict(zip(map(_place, cells.to_dict("records")), map(int, cells.index), strict=True))
        chosen_by = (_place(cell, True) for cell in cells.to_dict("records"))
        by_seed = dict(zip(chosen_by, map(int, cells.index), strict=True))
        result = {}
        for number, cell in zip(map(int, run.index), run.to_dict("records"), strict=True):
            twin, chosen = exact.get(_place(cell)), by_seed.get(_place(cell, True))
            if twin is not None:
                result[number] = twin, self._drawn.compare(twin, number)
            elif chosen is not None:
                result[number] = chosen, Twin.ANEW
        return result

    def join(self, one: Joined, other: Joined) -> None:
        """Add another's cells to an experiment: copies once, those drawn anew as replicates."""
        twins, run = self.relation(one, other).twins, other.cells
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


def _place(cell: dict[Any, Any], by_seed: bool = False) -> tuple[Hashable, ...]:
    """What tells a cell from others; `by_seed` whatever the run's seed chose.

    A PTE's seed is the run's unless it was given: two runs of two seeds draw its choice anew.
    """
    config = str(cell["stack_config"])
    if by_seed and SEED in config:
        described = json.loads(config)
        for _, settings in described:
            if settings.get(SEED) == cell["seed"]:
                settings[SEED] = "the run's"
        config = json.dumps(described, sort_keys=True)
    return (*(str(cell[name]) for name in PLACE), config)


def _settings(cells: pd.DataFrame, run: pd.DataFrame) -> list[Any]:
    """The hash of the setting that a run's models have in the experiment: it tells rungs apart."""
    names = ["model", "family", "stage"]
    known = dict(
        zip(cells[names].itertuples(index=False, name=None), cells["setting"], strict=True)
    )
    own = zip(run[names].itertuples(index=False, name=None), run["setting"], strict=True)
    return [known.get(rung, setting) for rung, setting in own]


def _sampling(cells: pd.DataFrame) -> set[str]:
    """How the cells that do not decode greedily beside others are sampled when they solve."""
    own = cells.loc[~cells["greedy"].astype(bool), "sampling"].dropna().unique()
    return {json.dumps(json.loads(text).get("solve"), sort_keys=True) for text in own}


def _said(cells: pd.DataFrame, name: str) -> list[str]:
    return sorted({"none" if pd.isna(value) else str(value) for value in cells[name].unique()})


def _differing(one: pd.DataFrame, run: pd.DataFrame, names: Sequence[str]) -> str:
    parts = [
        f"{name} ({', '.join(_said(one, name))} and {', '.join(_said(run, name))})"
        for name in names
    ]
    return f"they differ in {'; '.join(parts)}"


def _ids(*runs: pd.DataFrame) -> str:
    return " and ".join(str(each.iloc[0]["experiment"])[:8] for each in runs)


def _apart(one: pd.DataFrame, run: pd.DataFrame, why: str) -> Finding:
    message = (
        f"the experiments {_ids(one, run)} of {one.iloc[0]['benchmark']} have problems in common "
        f"and stay apart: {why}; they are no independent evidence"
    )
    return Finding(Severity.NOTE, "records", message)


def _unexplained(one: pd.DataFrame, run: pd.DataFrame, copies: int) -> Finding:
    message = (
        f"the experiments {_ids(one, run)} of {one.iloc[0]['benchmark']} share the draws of "
        f"{copies} cells, completion by completion, and nothing in the records says why their "
        "hashes differ: they are no independent evidence; name the runs of one of them alone"
    )
    return Finding(Severity.WARNING, "records", message)


def _told(one: pd.DataFrame, run: pd.DataFrame, copies: int, anew: int) -> Iterator[Finding]:
    differ = "; ".join(
        f"{name} {', '.join(_said(one, name))} and {', '.join(_said(run, name))}"
        for name in HASHED_ANEW
        if _said(one, name) != _said(run, name)
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
