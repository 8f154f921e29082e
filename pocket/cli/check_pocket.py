"""`pte check-pocket`: trains the base models that CEGs speak of, and compares."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from harness.cli.options import run_folders
from harness.cli.run import INTERRUPTED, run_one
from harness.cli.table import emit
from harness.console import Console
from harness.errors import UserError

SUMMARY = "train the base models that CEGs speak of, and compare"
DESCRIPTION = (
    "Reads what compute each stack is equivalent to on each rung of the pocket ladder, trains\n"
    "base models of about that compute with new seeds, asks them the same problems, and writes to\n"
    "DIR\n"
    "  method-check.md, .csv, .svg, .png   the comparison\n"
    "  method-check-runs.csv               every prediction with every new run\n"
    "RUN is a finished run of ladder=pocket; 'pte analyze RUN --reference sampled' wrote its\n"
    "estimates, as the trained models are sampled. Ctrl-C stops it; the same command goes on."
)
SIZES = (600, 850, 1200, 1750, 2600, 3900, 6000)
SEEDS = (4, 5, 6)
"""Which runs of each size are trained. The ladder has 0 to 3."""
KEPT = ("benchmark", "engine", "limit", "hardware", "sampling", "seed", "runs", "journal")
"""Settings of the run that the trained models are asked with."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help="the run, by folder or overrides")
    parser.add_argument(
        "--estimates",
        type=Path,
        default=Path("report/estimates.json"),
        metavar="FILE",
        help="of 'pte analyze' (default: report/estimates.json)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("method-check"),
        metavar="DIR",
        help="folder to write to (default: method-check)",
    )
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=list(SIZES),
        metavar="N",
        help="sizes of the new base models, by training steps "
        f"(default: {' '.join(map(str, SIZES))})",
    )


def execute(options: argparse.Namespace) -> int:
    """Train, ask, compare."""
    if min(options.sizes) < 1:
        raise UserError(f"--sizes {min(options.sizes)}: give at least 1")
    folders = run_folders(options.runs)
    if len(folders) != 1:
        raise UserError(f"{len(folders)} runs are meant: name one")
    from analysis.exchange.estimates import read_estimates
    from harness.records.store import read_runs
    from pocket import fleet
    from pocket.check import page
    from pocket.check.cases import cases, recipes
    from pocket.check.curve import BaseCurve
    from pocket.check.outcome import average_checks, run_checks
    from pocket.ladder import RECIPES, TRAINED, write_configs

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    estimates = read_estimates(options.estimates)
    _check_source(estimates["generated"]["inputs"], folders[0], options.estimates)
    found = cases(estimates, RECIPES, options.sizes)
    if not found.checked:
        raise UserError("no prediction is near a size that is trained: name others with --sizes")
    new = recipes(found.sizes, SEEDS)
    folder: Path = options.output.absolute()
    models = folder / "models"
    if not fleet.bring(new, models, console):
        return INTERRUPTED
    write_configs({TRAINED: new}, str(models), folder / "conf")
    asking = [
        *_settings(folders[0]),
        f"hydra.searchpath=[file://{folder / 'conf'}]",
        f"ladder={TRAINED}",
        "greedy=none",
    ]
    if code := run_one(asking):
        return code
    ladder, trained = read_runs(folders), read_runs(run_folders(asking))
    curve = BaseCurve.of(ladder)
    checks = run_checks(found.checked, ladder, trained, curve)
    averages = average_checks(found.checked, checks, ladder, curve)
    page.write(checks, averages, found, curve, folder)
    emit(page.by_run(checks, curve), "table")
    Console(highlight=False, soft_wrap=True).print(
        f"{page.summary(checks, averages)}\npage: {folder / page.PICTURE}.md", markup=False
    )
    return 0


def _check_source(inputs: Sequence[str], run: Path, estimates: Path) -> None:
    """Refuse estimates of another run: its scores would be held against this one's."""
    if [Path(each).resolve() for each in inputs] != [run.resolve()]:
        raise UserError(
            f"{estimates} was made of {', '.join(inputs)}, not of {run} alone: "
            f"make it with 'pte analyze {run} -o DIR' and name it with --estimates"
        )


def _settings(run: Path) -> list[str]:
    """What the run was started with, less its models and stacks."""
    command = json.loads((run / "plan.json").read_text())["command"]
    return [word for word in command[2:] if word.startswith(KEPT) and "=" in word]
