"""`pte analyze`: from records or published scores to CEG, composability and a report."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.cli.progress import progress
from harness.cli.options import run_folders
from harness.cli.table import emit
from harness.console import Console
from harness.errors import UserError
from harness.files import take_place
from harness.settings.tracking import is_tracking, tracking_words
from harness.tracking.background_mirror import closing, start

if TYPE_CHECKING:
    from analysis.pipeline import AnalysisSettings
    from analysis.result import ExperimentResult

SUMMARY = "CEG, composability and uncertainty of measured stacks, as a report"
DESCRIPTION = (
    "Reads records of runs, or published scores, and writes what they say to DIR:\n"
    "  report.html     the report: plots, sortable tables, methods, provenance; needs no network\n"
    "  estimates.json  every estimate with interval, draws and status, for forecasting models\n"
    "                  (its JSON Schema: analysis/exchange/estimates.schema.json)\n"
    "  tables/*.csv    the report's tables; the report's data dictionary names every column\n"
    "  plots/*.svg     the plots, and the same as *.png\n"
    "  publication.json  what of it W&B is shown, if it is: see tracking=wandb below\n"
    "With three or more models of known training compute it gives compute-equivalent gains (CEG);\n"
    "with fewer, gains in points and in logits.\n"
    "\n"
    "With tracking=wandb the report becomes a W&B run; 'pte track DIR' makes it one later.\n"
    "\n"
    "RUNS may be a run's folder, a folder that holds runs (default: runs), the overrides that a\n"
    "run was started with, a Parquet file or a folder of them, or a CSV. Runs that differ in\n"
    "limit or seed, or in which arms and models were run, are one experiment: a draw that two of\n"
    "them hold counts once. Tables of others are of two kinds, told apart by their columns.\n"
    "Published scores, a row a model and stack:\n"
    "  model, family, stage, training_flop, benchmark, stack, score (points, 0-100)\n"
    "and optionally n (items), task_type, chance (score of a guess, 0-1), multiple (inference\n"
    "compute over the base's), valid_for_ceg, source, unit (fraction for scores of 0-1), seed\n"
    "(which training run of its compute the model is), rows (the row of the forecast's table that\n"
    "each PTE of the stack is, joined by +). A stack is base, or names of PTEs joined by +.\n"
    "Scores item by item, whose intervals are paired:\n"
    "  model, family, stage, training_flop, benchmark, stack, item, score (0-1, true or false)\n"
    "and optionally replicate (which draw of the item it is), chance (by item), unit (points for\n"
    "scores of 0-100), and task_type, multiple, valid_for_ceg, source, seed, rows as above.\n"
)
FEWEST = 100
"""Replicates below which the ends of a 95% interval rest on two or three draws."""
SHOWN = 12
"""Arms of an experiment that the terminal shows."""
OURS = ("report.html", "estimates.json", "tables", "plots", "publication.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument("runs", nargs="*", metavar="RUNS", help="what to read; see above")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("report"),
        metavar="DIR",
        help="folder to write to; an earlier report in it is replaced (default: report)",
    )
    parser.add_argument(
        "--form",
        default="logistic",
        help="form of the base curve: logistic, probit, cloglog, gompertz or log-linear "
        "(default: logistic)",
    )
    parser.add_argument(
        "--replicates",
        type=int,
        default=10_000,
        metavar="N",
        help="bootstrap replicates, at least 100 (default: 10000)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of all random numbers (default: 0)")
    parser.add_argument(
        "--margin",
        type=float,
        default=0.2,
        metavar="LOGITS",
        help="an interaction within this much of 0 either way counts as none (default: 0.2)",
    )
    parser.add_argument(
        "--reference",
        choices=("auto", "greedy", "sampled"),
        default="auto",
        help="how the base decodes that gains are over, and with it all stacks without a "
        "selection; auto is greedy where all of these were run so, as in the papers. Selections "
        "are given over both (default: auto)",
    )
    parser.add_argument(
        "--mixed-families",
        action="store_true",
        help="put several model families or training stages on one ladder, with a warning; "
        "without it each is a ladder of its own",
    )


def execute(options: argparse.Namespace) -> int:
    """Read, analyse, write the report, print the gist."""
    settings = _settings(options)
    tracking = tracking_words(options.runs)
    if tracking:
        tracking.check()
    paths = _paths([word for word in options.runs if not is_tracking(word)])
    _check_folder(options.output)
    from analysis.contracts.reference import Decoding
    from analysis.pipeline import analyse
    from analysis.reading.records import read

    tables: list[str] = []
    with progress() as tell:
        tell("reading")
        wanted = None if options.reference == "auto" else Decoding(options.reference)
        experiments = read(paths, options.mixed_families, wanted, tables.append)
        results = analyse(experiments, settings, tell)
        tell("writing the report")
        _write(results, settings, options, paths)
    _print(results, options.output, tables)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    with closing(start(tracking, options.output), console, lambda: False):
        return int(any(result.failure for result in results))


def _settings(options: argparse.Namespace) -> AnalysisSettings:
    from analysis.curves.form import FORMS
    from analysis.pipeline import AnalysisSettings

    if options.form not in FORMS:
        raise UserError(f"unknown form '{options.form}': choose one of {', '.join(FORMS)}")
    if options.replicates < FEWEST:
        raise UserError(
            f"--replicates {options.replicates} is too few for a 95% interval: give at least "
            f"{FEWEST}, and 10000 for numbers to publish"
        )
    if options.seed < 0:
        raise UserError(f"--seed {options.seed} is negative: give 0 or more")
    if not 0 < options.margin < float("inf"):
        raise UserError(f"--margin {options.margin:g} is not a positive number of logits")
    return AnalysisSettings(options.form, options.replicates, options.seed, options.margin)


def _paths(runs: Sequence[str]) -> list[Path]:
    overrides = [run for run in runs if "=" in run and not Path(run).exists()]
    if overrides:  # as the other verbs take a run by how it was started
        return run_folders(runs)
    paths = [Path(run) for run in runs] or [Path("runs")]
    for path in paths:
        if not path.exists():
            mend = (
                "give a run's folder, a CSV or a Parquet file"
                if runs
                else "start one with 'pte run'"
            )
            raise UserError(f"there is no {path}: {mend}")
    return paths


def _check_folder(folder: Path) -> None:
    """Before any work: whether the report can be written, and would destroy nothing else.

    Raises:
        UserError: it cannot, or would.
    """
    parent = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not parent.is_dir():
        raise UserError(f"{parent} is a file: name a folder with -o")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise UserError(f"{parent} cannot be written to: name another folder with -o")
    there = [name for name in OURS if (folder / name).exists()]
    if there and "estimates.json" not in there:
        raise UserError(
            f"{folder} holds {', '.join(there)} that 'pte analyze' did not write: name another "
            "folder with -o"
        )


def _write(
    results: Sequence[ExperimentResult],
    settings: AnalysisSettings,
    options: argparse.Namespace,
    paths: list[Path],
) -> None:
    """Everything into a folder beside, then moved: a failure leaves no half report."""
    from analysis.exchange.estimates import write_estimates
    from analysis.report import report
    from analysis.report.export import document
    from analysis.report.publication import publication

    folder: Path = options.output
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    try:
        built = report.build(results, settings, _command(options, paths))
        report.write(built, made)
        report.write_tables(results, made)
        content = document(results, settings, list(map(str, paths)))
        write_estimates(made / "estimates.json", content)
        publication(made, content, paths).write(made)
        for name in OURS:
            take_place(made / name, folder / name)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _command(options: argparse.Namespace, paths: Sequence[Path]) -> str:
    """The command with every option spelled out; the reference where it was decided."""
    words = ["pte", "analyze", *map(str, paths), "-o", str(options.output)]
    words += ["--form", options.form, "--replicates", str(options.replicates)]
    words += ["--seed", str(options.seed), "--margin", f"{options.margin:g}"]
    if options.reference != "auto":
        words += ["--reference", options.reference]
    return shlex.join(words + ["--mixed-families"] * options.mixed_families)


def _print(results: Sequence[ExperimentResult], folder: Path, tables: Sequence[str]) -> None:
    from analysis.report import over_benchmarks
    from analysis.report.predicted import told
    from analysis.report.summary import sentence, terminal

    console = Console(highlight=False, soft_wrap=True)
    for table in tables:
        console.print(f"read {table}", markup=False)
    for result in results:
        console.print(f"{result.experiment.name}: {sentence(result)}", markup=False)
        emit(terminal(result, SHOWN), "table")
        if len(result.cegs) > SHOWN:
            console.print(f"... and {len(result.cegs) - SHOWN} more arms in the report")
        if result.predictions.stacks:
            console.print(told(result.predictions), markup=False)
        console.print()
    for line in over_benchmarks.told(results):
        console.print(line, markup=False)
    console.print(f"report: {folder / 'report.html'}", markup=False)
