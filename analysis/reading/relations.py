"""What two experiments have to do with one another: strangers, two that stay apart, or one.

The journal's keys tell, where two were asked alike on the same problems: a key is a hash of the
model, the prompt and the sampling.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.contracts.finding import Finding, Severity
from analysis.reading.drawn import Drawn, Twin
from analysis.reading.limits import Asked

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
class Relation:
    """What a run's cells are to an experiment's."""

    twins: dict[int, tuple[int, Twin]]
    """By a cell of the run, the experiment's in its place."""
    apart: Finding | None = None
    """Why they are two experiments; None where they are one."""
    strangers: bool = False
    """Whether they have no problem in common."""


def relation(one: Joined, other: Joined, drawn: Drawn) -> Relation:
    """What the cells of another experiment are to those of one.

    Args:
        one: the experiment.
        other: of the same benchmark or not.
        drawn: which draws the cells of both hold.
    """
    cells, run = one.cells, other.cells
    if any(said(cells, name) != said(run, name) for name in DATA):
        return Relation({}, strangers=True)
    known, own = (frozenset[int]().union(*each.asked.values()) for each in (one, other))
    if not known & own:
        return Relation({}, strangers=True)
    differ = [name for name in ASKED if said(cells, name) != said(run, name)]
    differ += ["sampling"] * (_sampling(cells) != _sampling(run))
    if differ:
        return Relation({}, _apart(cells, run, _differing(cells, run, differ)))
    twins = _twins(cells, run, drawn)
    kinds = {kind for _, kind in twins.values()}
    if Twin.OTHER in kinds:
        return Relation({}, _apart(cells, run, OTHERWISE))
    again = bool(set(run["cell"]) & set(cells["cell"]))
    alike = {Twin.COPY, Twin.ANEW} & kinds or drawn.share(cells.index, run.index)
    if not (again or alike):
        return Relation({}, _apart(cells, run, UNSHOWN))
    told = any(said(cells, name) != said(run, name) for name in HASHED_ANEW)
    limits = len({*one.asked.values(), *other.asked.values()}) > 1
    if again or told or limits or Twin.ANEW in kinds:
        return Relation(twins)
    copies = sum(kind is Twin.COPY for _, kind in twins.values())
    return Relation({}, _unexplained(cells, run, copies))


def _twins(cells: pd.DataFrame, run: pd.DataFrame, drawn: Drawn) -> dict[int, tuple[int, Twin]]:
    """The cells of a run that stand where a cell of the experiment does."""
    exact = dict(zip(map(_place, cells.to_dict("records")), map(int, cells.index), strict=True))
    chosen_by = (_place(cell, True) for cell in cells.to_dict("records"))
    by_seed = dict(zip(chosen_by, map(int, cells.index), strict=True))
    result = {}
    for number, cell in zip(map(int, run.index), run.to_dict("records"), strict=True):
        twin, chosen = exact.get(_place(cell)), by_seed.get(_place(cell, True))
        if twin is not None:
            result[number] = twin, drawn.compare(twin, number)
        elif chosen is not None:
            result[number] = chosen, Twin.ANEW
    return result


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


def _sampling(cells: pd.DataFrame) -> set[str]:
    """How the cells that do not decode greedily beside others are sampled when they solve."""
    own = cells.loc[~cells["greedy"].astype(bool), "sampling"].dropna().unique()
    return {json.dumps(json.loads(text).get("solve"), sort_keys=True) for text in own}


def said(cells: pd.DataFrame, name: str) -> list[str]:
    """What the records of some cells say of a column: each value once, in order."""
    return sorted({"none" if pd.isna(value) else str(value) for value in cells[name].unique()})


def _differing(one: pd.DataFrame, run: pd.DataFrame, names: Sequence[str]) -> str:
    parts = [
        f"{name} ({', '.join(said(one, name))} and {', '.join(said(run, name))})" for name in names
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
