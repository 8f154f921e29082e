"""`pte forecast`: total CEG over time, with measured values in place of guesses."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.cli import forecast_outputs, forecast_table, forecast_values
from harness.cli.table import emit
from harness.errors import UserError
from harness.visible import cell_of_csv, visible

if TYPE_CHECKING:
    from analysis.forecast.output.leave import Leaving
    from analysis.forecast.study import Options, Study

SUMMARY = "total CEG over time and to a date, from guessed and measured values"
DESCRIPTION = (
    "Forecasts the total compute-equivalent gain (CEG) of post-training enhancements from the\n"
    "table of Lifland, Becker and Campos, with measured CEGs, exponents and M in place of the\n"
    "guesses of the rows that they say they are, and says first what was measured and what was\n"
    "dropped. Writes forecast.json (its schema is in the package), tidy CSVs, plots as SVG and\n"
    "PNG, and report.html, which needs no network; and for other tools draws, quantiles, a\n"
    "distribution as question platforms take it and a Squiggle program. From a notebook:\n"
    "'from analysis.forecast import forecast'.\n\n" + forecast_table.EXAMPLES
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    forecast_values.add_arguments(parser)
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
    forecast_outputs.add_arguments(parser)
    parser.epilog = forecast_table.table_columns()


def execute(options: argparse.Namespace) -> int:
    """Compute and write the forecast."""
    chosen = _options(options)
    if options.show_table:
        emit(forecast_table.table_rows(chosen), "table")
        return 0
    wanted = forecast_outputs.leaving(options, options.until)
    folder = _folder(options.output)

    from analysis.forecast.study import study

    result = study(chosen)
    _write(folder, result, wanted)
    for line in result.first_lines:
        print(visible(line))
    emit(_rows(result), "table")
    forecast_table.say(result)
    print(f"report: {folder / 'report.html'}")
    return 0


def _options(options: argparse.Namespace) -> Options:
    from analysis.forecast.settings import chosen
    from analysis.forecast.stated.statement import stated

    told = stated(options)
    counting = forecast_values.counting_of(options)
    keys = [row.key for row in told.table.rows]
    return chosen(
        file=forecast_values.measured_of(options, counting, keys, told.weights),
        counting=counting,
        m=options.m,
        until=options.until,
        budget=options.budget,
        cap=options.cap,
        draws=options.draws,
        seed=options.seed,
        stated=told,
        named=lambda name: "--" + name.replace("_", "-"),
    )


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write to {path}: {error.strerror}") from error
    return path


def _write(folder: Path, result: Study, wanted: Leaving) -> None:
    from analysis.forecast.draws import ForecastDraws
    from analysis.forecast.output.document import write_document
    from analysis.forecast.output.frames import frames
    from analysis.forecast.output.leave import write_outputs
    from analysis.forecast.output.plots import charts
    from analysis.forecast.output.report import sections
    from analysis.pages.page import save_charts, write_page

    write_outputs(folder, ForecastDraws(result), wanted)
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
