"""`pte results`: a row a cell, with intervals and cost multipliers."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.cli import ended
from harness.cli.options import add_format, add_runs, run_folders
from harness.cli.table import emit
from harness.console import Console
from harness.engines.protocol import FAKE, NOT_MEASURED
from harness.records.gains import COLUMNS as OVER
from harness.records.gains import GIVEN
from harness.records.summary import summarise

SUMMARY = "a row a cell: score, interval, cost against the base"
DESCRIPTION = (
    "Prints a row a finished cell: model, training FLOP, benchmark, stack, n, score in points\n"
    "with its 95% interval (items are the units), inference cost as a multiple of the sampled\n"
    "base on the same problems, and whether the stack is inside the definition of a PTE (one-time\n"
    "cost at most 10% of training, inference at most 100x net). Costs are what a stack costs\n"
    "alone: net of its own prefix (a prompt that n samples share counts once), and gross.\n"
    "How attempts ended stands beside the score: the share that a token limit cut and that could\n"
    "not be read, with a warning and a bound where more than a few per cent were cut. Gains are\n"
    "points over the base that decodes as the stack does; of a selection over both, so that it is\n"
    "not credited with undoing the sweep's temperature."
)

POOL = "pool pass@"
BOUND = (
    "the chance that one of k programs of the pool is right, which is an upper bound for choosing "
    "among them and not a score"
)


DEFINITION = (
    "definition: of a PTE by Lifland et al.; its 100x of inference is judged by x base (net)"
)
JUDGED = "judge mass"
SAID = "how much of the probability of a judge's reply lies on yes or no, which it is read from"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    add_format(parser)
    add_runs(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the results of the runs named."""
    print_results(run_folders(options.runs), options.format)
    return 0


def print_results(folders: Sequence[Path], form: str, most: int | None = None) -> None:
    """Print a row a cell; a table leaves columns out that are the same in all rows and empty, and
    shows at most `most` rows."""
    rows = summarise(folders)
    unmeasured = any(row["engine"] == FAKE for row in rows)
    place = Console(stderr=form != "table", highlight=False, soft_wrap=True)
    if unmeasured:
        place.print(f"{NOT_MEASURED}; scores and costs only show that it runs", style="bold")
    if form == "table":
        dull = {"cell", "interval"} | {
            c for c in ("error", "failed", "lost votes") if not any(r[c] for r in rows)
        }
        judged = any(row[JUDGED] is not None for row in rows)
        if not judged:
            dull.add(JUDGED)
        dull |= ended.dull_columns(rows)
        dull |= {c for c in rows[0] if c.startswith(POOL) and all(r[c] is None for r in rows)}
        given = [c for c in OVER if any(r[c] is not None for r in rows)]
        dull |= {*OVER} - {*given}
        bounds = any(c.startswith(POOL) and c not in dull for c in rows[0])
        if not unmeasured:
            dull.add("engine")
        if len({row["replicate"] for row in rows}) == 1:
            dull.add("replicate")
        names = [(r["model"], r["benchmark"], r["stack"], r["replicate"]) for r in rows]
        if len(set(names)) < len(names):  # the same label with other settings: tell them apart
            dull.discard("cell")
        methods = sorted({row["interval"] for row in rows if row["interval"]})
        shown = [_bounded({k: v for k, v in row.items() if k not in dull}) for row in rows]
        emit(
            [ended.told(row) for row in shown],
            form,
            most,
            f"pte results {' '.join(map(str, folders))} prints all",
        )
        console = Console(highlight=False)
        console.print(f"low, high: {', '.join(methods)} over problems")
        if bounds:
            console.print(f"{POOL}k: {BOUND}")
        if judged:
            console.print(f"{JUDGED}: {SAID}")
        for line in ended.legend(rows, dull):
            console.print(line, soft_wrap=True)
        if given:
            console.print(GIVEN)
        if any(row["definition"] for row in rows):
            console.print(DEFINITION)
    else:
        emit(rows, form)
    for line in ended.warnings(rows):
        place.print(f"warning: {line}", markup=False)


def _bounded(row: dict[str, Any]) -> dict[str, Any]:
    """The row with each pass@k and its interval in one column."""
    joined = {}
    for name, value in row.items():
        if not name.startswith(POOL):
            joined[name] = value
        elif name.removeprefix(POOL).isdigit():
            low, high = row.get(f"{name} low"), row.get(f"{name} high")
            between = "" if low is None else f" ({low:g} to {high:g})"
            joined[name] = None if value is None else f"{value:g}{between}"
    return joined
