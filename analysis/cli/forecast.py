"""`pte forecast`: total CEG over time, with measured values in place of guesses."""

from __future__ import annotations

import argparse
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.cli import forecast_stated, forecast_table
from harness.cli.table import emit
from harness.errors import UserError
from harness.visible import cell_of_csv

if TYPE_CHECKING:
    from analysis.forecast.study import Options, Study

SUMMARY = "total CEG over time and to a date, from guessed and measured values"
DESCRIPTION = (
    "Forecasts the total compute-equivalent gain (CEG) of post-training enhancements from the\n"
    "table of Lifland, Becker and Campos, with measured CEGs, exponents and M in place of guessed\n"
    "ones by name. Writes forecast.json (its schema is in the package), tidy CSVs, plots as SVG\n"
    "and PNG, and report.html, which needs no network.\n\n" + forecast_table.EXAMPLES
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument(
        "--measured",
        type=Path,
        metavar="FILE",
        help="estimates.json of 'pte analyze'; its values replace guesses of the same name",
    )
    parser.add_argument(
        "--at-least",
        action="store_true",
        help="let right-censored CEGs replace guesses too, as the lower bounds that they are",
    )
    parser.add_argument(
        "--m",
        type=float,
        default=0.6,
        metavar="M",
        help="composability across categories, in (0, 2] (default: 0.6)",
    )
    parser.add_argument(
        "--until", default="2026-12", metavar="YYYY-MM", help="date to forecast (default: 2026-12)"
    )
    parser.add_argument(
        "--budget",
        type=float,
        metavar="X",
        help="inference budget, a multiple of the base's, that the headline obeys: at each date "
        "the best set of PTEs that fits it (default: none)",
    )
    parser.add_argument(
        "--cap",
        type=float,
        metavar="OOM",
        help="most that one base model can gain, in log10 CEG, which the headline obeys "
        "(default: none)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of all random numbers (default: 0)")
    parser.add_argument(
        "--draws", type=int, default=10_000, help="Monte Carlo draws (default: 10000)"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("forecast"),
        metavar="DIR",
        help="folder to write to (default: forecast)",
    )
    forecast_table.add_arguments(parser)
    parser.epilog = forecast_table.table_columns()


def execute(options: argparse.Namespace) -> int:
    """Compute and write the forecast."""
    _check(options)
    chosen = _options(options)
    if options.show_table:
        emit(forecast_table.table_rows(chosen), "table")
        return 0
    folder = _folder(options.output)

    from analysis.forecast.study import study

    result = study(chosen)
    _write(folder, result)
    emit(_rows(result), "table")
    forecast_table.say(result)
    print(f"report: {folder / 'report.html'}")
    return 0


def _check(options: argparse.Namespace) -> None:
    """Refuse what cannot be, before any work.

    Raises:
        UserError: an option out of range.
    """
    if not 0 < options.m <= 2:
        raise UserError(f"--m {options.m:g} is not in (0, 2]: composability is about 0.6")
    if not 100 <= options.draws <= 1_000_000:
        raise UserError(f"--draws {options.draws} is not between 100 and 1000000")
    if options.seed < 0:
        raise UserError(f"--seed {options.seed} is negative: give 0 or more")
    if options.budget is not None and not 1 <= options.budget < inf:
        raise UserError(
            f"--budget {options.budget:g} is not a multiple of the base's cost: give 1 or more"
        )
    if options.cap is not None and not 0 < options.cap < inf:
        raise UserError(f"--cap {options.cap:g} is not a number above 0")


def _options(options: argparse.Namespace) -> Options:
    from analysis.forecast.aggregate import change_months
    from analysis.forecast.intervals import horizon
    from analysis.forecast.measured.estimates import read_measurements
    from analysis.forecast.study import Options

    told = forecast_stated.stated(options)
    result = Options(
        m=options.m,
        until=horizon(options.until, change_months(told.table)[-1]),
        seed=options.seed,
        draws=options.draws,
        budget=options.budget,
        cap=options.cap,
        at_least=options.at_least,
        file=None if options.measured is None else read_measurements(options.measured),
        stated=told,
    )
    forecast_stated.check_together(result)
    return result


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write to {path}: {error.strerror}") from error
    return path


def _write(folder: Path, result: Study) -> None:
    from analysis.forecast.output.document import write_document
    from analysis.forecast.output.frames import frames
    from analysis.forecast.output.plots import charts
    from analysis.forecast.output.report import sections
    from analysis.pages.page import save_charts, write_page

    tables = frames(result)
    write_document(folder / "forecast.json", result, tables)
    for name, table in tables.items():
        table.map(cell_of_csv).to_csv(folder / f"{name}.csv", index=False)
    drawn = charts(tables)
    save_charts(folder / "plots", drawn)
    write_page(
        folder / "report.html",
        "Forecast of gains from post-training enhancements",
        sections(result, tables, drawn),
    )


def _rows(result: Study) -> list[dict[str, Any]]:
    """The few numbers that most readers want; low and high are the central 95%."""
    from dataclasses import asdict

    from analysis.forecast.output.headline import headline

    return [asdict(line) for line in headline(result)]
