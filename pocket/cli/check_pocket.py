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
    "For rungs of the pocket ladder, reads what compute each stack is equivalent to, trains base\n"
    "models of that compute with new seeds, asks them the same problems, and writes to DIR\n"
    "  method-check.md, .csv, .svg, .png   the comparison\n"
    "RUN is a finished run of ladder=pocket; 'pte analyze RUN --reference sampled' wrote its\n"
    "estimates, as the trained models are sampled. Ctrl-C stops it; the same command goes on."
)
RUNGS = (1500, 2200, 3200)
SEEDS = (4, 5)
"""Seeds of the training of the models that predictions are compared with. The ladder has 0 and 1,
and 2 and 3 are left for it to grow."""
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
        "--rungs",
        type=int,
        nargs="+",
        default=list(RUNGS),
        metavar="N",
        help=f"rungs to check, by training steps (default: {' '.join(map(str, RUNGS))})",
    )


def execute(options: argparse.Namespace) -> int:
    """Train, ask, compare."""
    folders = run_folders(options.runs)
    if len(folders) != 1:
        raise UserError(f"{len(folders)} runs are meant: name one")
    from analysis.exchange.estimates import read_estimates
    from harness.records.store import read_runs
    from pocket import fleet
    from pocket.check import page
    from pocket.check.cases import cases
    from pocket.check.outcome import outcomes
    from pocket.ladder import RECIPES, TRAINED, write_configs

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    estimates = read_estimates(options.estimates)
    _check_source(estimates["generated"]["inputs"], folders[0], options.estimates)
    result = cases(estimates, RECIPES, options.rungs)
    if not result.checked:
        raise UserError("no prediction lies on the ladder: name other rungs with --rungs")
    recipes = result.recipes(SEEDS)
    folder: Path = options.output.absolute()
    models = folder / "models"
    if not fleet.bring(recipes, models, console):
        return INTERRUPTED
    write_configs(recipes, str(models), TRAINED, folder / "conf")
    asking = [
        *_settings(folders[0]),
        f"hydra.searchpath=[file://{folder / 'conf'}]",
        f"ladder={TRAINED}",
        "greedy=none",
    ]
    if code := run_one(asking):
        return code
    ladder, trained = read_runs(folders), read_runs(run_folders(asking))
    compared = outcomes(result.checked, ladder, trained, RECIPES)
    page.write(compared, result, ladder, folder)
    emit(page.rows(compared), "table")
    Console(highlight=False, soft_wrap=True).print(
        f"{page.summary(compared)}\npage: {folder / page.PICTURE}.md", markup=False
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
