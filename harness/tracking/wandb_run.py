"""What W&B is told of one cell: made of plan and records alone, without W&B."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from harness.identity import digest
from harness.records.endings import Endings, endings
from harness.records.summary import CUT, CUT_COMPLETIONS, STRICT, UNREAD, summary_row

POINTS = 50
"""Most points of a history that is made of records."""
COST = ("calls", "prompt_tokens", "generated_tokens", "flop", "own_prefix_flop")
HASHES = (
    "speaker",
    "weights",
    "revision",
    "adapter",
    "engine",
    "engine_version",
    "engine_settings",
    "dtype",
    "quantisation",
    "voices",
    "token_unit",
    "task_type",
    "readout",
    "dataset",
    "dataset_revision",
    "dataset_sha256",
    "stack_id",
    "signals",
    "oracle",
    "parameters",
    "training_tokens",
    "training_flop",
    "training_flop_source",
    "valid_for_ceg",
    "context_window",
    "seed",
    "sampling",
    "one_time_flop",
    "harness_version",
    "git_commit",
    "setting",
    "experiment",
)
"""Columns of the records that say where all rows of a cell come from."""
NAME, TAG = 128, 64
"""Characters that W&B allows."""

Figures = dict[str, Any]


@dataclass(frozen=True)
class WandbRun:
    """One W&B run, before anything has been measured."""

    id: str
    name: str
    job_type: str
    group: str
    tags: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finished:
    """What the records of a finished cell say."""

    provenance: Figures
    history: list[tuple[int, Figures]]
    """Figures by attempts done, in the order of the problems."""
    summary: Figures
    error: str | None
    """Why the whole cell cannot be trusted."""


def wandb_run(
    plan: Mapping[str, Any], config: Mapping[str, Any], cell: str, group: str
) -> WandbRun:
    """The page of one planned cell.

    The id is made of group and cell, so that a cell is the same W&B run whoever mirrors it.

    Args:
        plan: the run's `plan.json`.
        config: the run's `config.yaml`.
        cell: the cell's id.
        group: the W&B group.
    """
    entry = next(each for each in plan["cells"] if each["cell"] == cell)
    ptes = json.loads(entry["stack_config"])
    model, benchmark, stack = entry["model"], entry["benchmark"], entry["stack"]
    replicate = f" r{entry['replicate']}" if entry["replicate"] else ""
    return WandbRun(
        id=digest(f"{group}|{cell}"),
        name=f"{stack} {benchmark} {model}{replicate}"[:NAME],
        job_type="cell",
        group=group[:NAME],
        tags=tuple(dict.fromkeys(t[:TAG] for t in (model, benchmark, *(p[0] for p in ptes)))),
        config={
            "cell": cell,
            "model": model,
            "benchmark": benchmark,
            "stack": stack,
            "replicate": entry["replicate"],
            "problems": entry["problems"],
            "pte": dict(ptes),
            "model_settings": dict(config.get("model", {})).get(model, {}),
            "benchmark_settings": dict(config.get("benchmark", {})).get(benchmark, {}),
            "engine_settings": config.get("engine", {}),
            "sampling": config.get("sampling", {}),
            "planned": {k: entry[k] for k in ("requests", "tokens", "flop", "notes")},
            "command": plan["command"],
            "git_commit": plan["git_commit"],
        },
    )


def finished(rows: pd.DataFrame, everything: pd.DataFrame) -> Finished:
    """What a finished cell's rows say; `everything` holds those of its base as well."""
    first = rows.iloc[0]
    row = summary_row(rows, everything)
    totals = {f"cost/{name}": plain(rows[name].sum()) for name in COST}
    error = row["error"]
    summary = {_key(key): value for key, value in row.items() if value is not None}
    return Finished(
        provenance={name: _decoded(first[name]) for name in HASHES},
        history=history(rows),
        summary=summary | totals | {"state": "failed" if error else "done"},
        error=error,
    )


def _key(column: str) -> str:
    """A column of `pte results` as W&B names figures: `x base (net)` is `x_base_net`, and `cut %`
    is `cut_percent`."""
    plain_words = column.replace("%", "percent").replace("(", "").replace(")", "")
    return plain_words.replace(" ", "_")


def ended_figures(counted: Endings) -> Figures:
    """How attempts ended, under the names that the summary of a finished cell has for it; nothing
    where records do not tell."""
    shares = {
        CUT: counted.cut_share,
        CUT_COMPLETIONS: counted.cut_completion_share,
        UNREAD: counted.unread_share,
        STRICT: counted.strict_score,
    }
    return {_key(name): 100 * each for name, each in shares.items() if each is not None}


def history(rows: pd.DataFrame) -> list[tuple[int, Figures]]:
    """Running score in points and cost after so many attempts, in the order of the problems."""
    graded = rows["score"].notna()
    lost = ~graded | (rows["failures"] > 0) | (rows["overflows"] > 0)
    count = graded.cumsum().to_numpy()
    total = rows["score"].fillna(0.0).cumsum().to_numpy()
    failed = lost.cumsum().to_numpy()
    costs = {name: rows[name].cumsum().to_numpy() for name in COST}
    places = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), POINTS)).round().astype(int))
    points = []
    for place in places.tolist():
        figures: Figures = {"done": place + 1, "failed": int(failed[place])}
        if count[place]:
            figures["score"] = float(100 * total[place] / count[place])
        figures |= ended_figures(endings(rows.iloc[: place + 1]))
        figures |= {f"cost/{name}": plain(costs[name][place]) for name in COST}
        points.append((place + 1, figures))
    return points


def sampled(rows: pd.DataFrame, number: int) -> pd.DataFrame:
    """A few attempts, chosen by the hash of the problem: the same problems in every cell."""
    ranked = rows.assign(rank=rows["problem"].map(digest)).sort_values("rank")
    return ranked.head(number).drop(columns="rank")


def plain(value: Any) -> Any:
    """A number as JSON takes it."""
    return value.item() if isinstance(value, np.generic) else value


def _decoded(value: Any) -> Any:
    """A record's value as W&B shows it: JSON opened, arrays as lists, nothing as None."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    return None if pd.isna(value) else plain(value)
