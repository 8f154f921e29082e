"""How long generations were, from the records of earlier runs: what a plan expects of the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from harness.errors import UserError
from harness.records.run_plan import read_run_plan
from harness.records.store import Records, read_table
from harness.rehearsal.lengths import Lengths

RUNS, FILES = 20, 200
"""The latest runs that are looked at, and the cells read of them, so that a plan stays quick."""
ENOUGH = 10
"""Attempts of the base from which its score says how often things work."""
COLUMNS = (
    "speaker",
    "benchmark",
    "stack",
    "greedy",
    "score",
    "token_unit",
    "completions",
)


def measured_lengths(
    runs: Path, wanted: Collection[tuple[str, str]], stated: Lengths
) -> dict[tuple[str, str], Lengths]:
    """Lengths and success by model and benchmark, where runs in a folder tell.

    Args:
        runs: the folder of all runs.
        wanted: names of models, as they speak, and of benchmarks.
        stated: what holds for what was not measured.
    """
    files = list(_files(runs, wanted))[:FILES]
    if not files:
        return {}
    try:
        frame = read_table(files, [runs], COLUMNS).to_pandas()
    except (UserError, OSError):  # records of another version say nothing here
        return {}
    frame = frame[frame["token_unit"] == "token"]
    results = {}
    for (answering_model, benchmark), rows in frame.groupby(["speaker", "benchmark"]):
        lengths = _lengths(rows, stated)
        if (answering_model, benchmark) in wanted and lengths is not None:
            results[str(answering_model), str(benchmark)] = lengths
    return results


def _files(runs: Path, wanted: Collection[tuple[str, str]]) -> Iterator[Path]:
    """Records of cells of these benchmarks and models, of the latest runs first."""
    plans = sorted(runs.glob("*/plan.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in plans[:RUNS]:
        try:
            cells = read_run_plan(path.parent)["cells"]
        except UserError:
            continue
        records = Records(path.parent / "records")
        for cell in cells:
            asked = cell.get("benchmark"), cell.get("model")
            if any(
                asked == (name, answering_model.partition("+")[0])
                for answering_model, name in wanted
            ):
                file = records.path(cell["cell"])
                if file.exists():
                    yield file


def _lengths(rows: pd.DataFrame, stated: Lengths) -> Lengths | None:
    """What the rows of one model on one benchmark say; None where they say nothing."""
    calls: dict[tuple[str, int], int] = defaultdict(int)
    tokens: dict[tuple[str, int], int] = defaultdict(int)
    for made in rows["completions"].dropna():
        for each in made:
            key = each["role"], each["limit"]
            calls[key] += each["calls"]
            tokens[key] += each["generated_tokens"]
    if not calls:
        return None
    measured = tuple(
        (role, limit, tokens[role, limit] / count) for (role, limit), count in sorted(calls.items())
    )
    base = rows[(rows["stack"] == "base") & ~rows["greedy"]]["score"].dropna()
    success = float(base.mean()) if len(base) >= ENOUGH else stated.success
    return replace(
        stated,
        measured=measured,
        success=success,
        source=f"records of {len(rows)} attempts by the same model",
    )
