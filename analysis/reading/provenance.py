"""Where an experiment's numbers come from, and by what name it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from analysis.contracts.experiment import Experiment
from analysis.contracts.finding import Finding, Severity

SAME = (
    *("git_commit", "harness_version", "code", "date", "engine", "engine_version"),
    *("engine_settings", "dtype"),
)
"""What the cells of an experiment may differ in without it being another: told where they do."""
KEPT = (
    *("benchmark", "task_type", "readout", "dataset", "dataset_revision", "dataset_sha256"),
    *("family", "stage", "quantisation", "seed", "context_window", "sources", *SAME),
)
TELLING = (
    *("readout", "family", "stage", "quantisation", "dtype", "engine", "context_window", "seed"),
    *("sampling", "dataset_sha256", "experiment"),
)
"""What a name is made unique by, in this order."""
LONGEST = 40
SHORT = 8


def provenance(cells: pd.DataFrame, attempts: int) -> dict[str, Any]:
    """What records say of their making; a list of distinct values for each thing.

    Beside the columns of `KEPT`: `experiment`, `sampling` by role as JSON, `weights` (identity,
    revision and adapter by model), `cells` and `rows`.
    """
    described: dict[str, Any] = {name: _values(cells[name]) for name in KEPT}
    sampled = cells[~cells["greedy"].astype(bool)]
    described["sampling"] = _values((sampled if len(sampled) else cells)["sampling"])
    described["experiment"] = _values(cells["experiment"])
    spoke = ["weights", "revision", "adapter"]
    described["weights"] = {
        str(model): [" ".join(filter(None, map(str, row))) for row in each.drop_duplicates().values]
        for model, each in cells.groupby("model", sort=False)[spoke]
    }
    return described | {"cells": len(cells), "rows": attempts}


def mixtures(described: dict[str, Any]) -> list[str]:
    """What to say of cells that were not all made alike."""
    parts = [
        f"{name} ({', '.join(map(str, described[name]))})"
        for name in SAME
        if len(described[name]) > 1
    ]
    messages = []
    if parts:
        messages.append(
            f"cells differ in {'; '.join(parts)}: start the same sweep again to bring all of them "
            "to one state, which costs no draw unless engine or weights have changed"
        )
    if any(str(commit).endswith("+dirty") for commit in described["git_commit"]):
        messages.append("some cells were run by code with uncommitted changes")
    return messages


def named(experiments: Sequence[Experiment]) -> tuple[Experiment, ...]:
    """The experiments under names of their own: the benchmark's, and what tells them apart."""
    by_benchmark: dict[str, list[Experiment]] = {}
    for experiment in experiments:
        by_benchmark.setdefault(experiment.benchmark, []).append(experiment)
    names = {
        id(experiment): name
        for sharing in by_benchmark.values()
        for experiment, name in zip(sharing, _names(sharing), strict=True)
    }
    return _sharing([_renamed(each, names[id(each)]) for each in experiments])


def _sharing(experiments: Sequence[Experiment]) -> tuple[Experiment, ...]:
    """The experiments, each with the names of those on some of the same items of the same data."""
    items = [frozenset(each.items) for each in experiments]
    data = [(each.benchmark, each.provenance.get("dataset_sha256")) for each in experiments]
    return tuple(
        replace(
            each,
            shares_items_with=tuple(
                other.name
                for place, other in enumerate(experiments)
                if place != number and data[place] == data[number] and items[place] & items[number]
            ),
        )
        for number, each in enumerate(experiments)
    )


def _names(sharing: Sequence[Experiment]) -> list[str]:
    chosen: list[list[str]] = [[] for _ in sharing]
    for thing in TELLING:
        if len(set(map(tuple, chosen))) == len(sharing):
            break
        values = [_values_text(experiment, thing) for experiment in sharing]
        longer = [[*before, value] for before, value in zip(chosen, values, strict=True)]
        if len(set(map(tuple, longer))) > len(set(map(tuple, chosen))):
            chosen = longer
    names = [
        f"{e.benchmark} ({', '.join(filter(None, parts))})" if any(parts) else e.benchmark
        for e, parts in zip(sharing, chosen, strict=True)
    ]
    if len(set(names)) == len(names):
        return names
    return [f"{name} #{number}" for number, name in enumerate(names, start=1)]


def _values_text(experiment: Experiment, thing: str) -> str:
    values = experiment.provenance.get(thing, [])
    texts = [str(value) for value in (values if isinstance(values, list) else [values])]
    short = SHORT if thing in ("dataset_sha256", "experiment") else LONGEST
    return "+".join(text if len(text) <= short else text[:short] for text in texts)


def _renamed(experiment: Experiment, name: str) -> Experiment:
    findings = tuple(
        replace(each, subject=name) if each.subject == experiment.name else each
        for each in experiment.findings
    )
    return replace(experiment, name=name, findings=findings)


def _values(column: pd.Series[Any]) -> list[Any]:
    results = [value.item() if hasattr(value, "item") else value for value in column.dropna()]
    return sorted(set(results), key=str)


def findings_of(name: str, described: dict[str, Any]) -> list[Finding]:
    """A note for each mixture."""
    return [Finding(Severity.NOTE, name, message) for message in mixtures(described)]
