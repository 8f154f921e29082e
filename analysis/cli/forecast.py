"""`pte forecast`: total CEG over time, with measured values in place of guesses."""

from __future__ import annotations

import argparse
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.cli import forecast_values
from harness.cli.table import emit
from harness.errors import UserError
from harness.visible import cell_of_csv, visible

if TYPE_CHECKING:
    from analysis.forecast.study import Options, Study

SUMMARY = "total CEG over time and to a date, from guessed and measured values"
DESCRIPTION = (
    "Forecasts the total compute-equivalent gain (CEG) of post-training enhancements from the\n"
    "table of Lifland, Becker and Campos, with measured CEGs, exponents and M in place of the\n"
    "guesses of the rows that they say they are, and says first what was measured and what was\n"
    "dropped. Writes forecast.json (its schema is in the package), tidy CSVs, plots as SVG and\n"
    "PNG, and report.html, which needs no network."
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
        default=100.0,
        metavar="X",
        help="constant inference budget as a multiple of the base's (default: 100)",
    )
    parser.add_argument(
        "--cap",
        type=float,
        metavar="OOM",
        help="most that one base model can gain, in log10 CEG (default: none applied)",
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


def execute(options: argparse.Namespace) -> int:
    """Compute and write the forecast."""
    _check(options)
    chosen = _options(options)
    folder = _folder(options.output)

    from analysis.forecast.study import study

    result = study(chosen)
    _write(folder, result)
    for line in result.first_lines:
        print(visible(line))
    emit(_rows(result), "table")
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
    if not 1 <= options.budget < inf:
        raise UserError(
            f"--budget {options.budget:g} is not a multiple of the base's cost: give 1 or more"
        )
    if options.cap is not None and not 0 < options.cap < inf:
        raise UserError(f"--cap {options.cap:g} is not a number above 0")


def _options(options: argparse.Namespace) -> Options:
    from analysis.forecast.aggregate import change_months
    from analysis.forecast.average import WRITEUP_WEIGHTS
    from analysis.forecast.intervals import horizon
    from analysis.forecast.study import Options
    from analysis.writeup.table import writeup_table

    table = writeup_table()
    until = horizon(options.until, change_months(table)[-1])
    counting = forecast_values.counting_of(options)
    keys = [row.key for row in table.rows]
    file = forecast_values.measured_of(options, counting, keys, WRITEUP_WEIGHTS)
    return Options(
        m=options.m,
        until=until,
        seed=options.seed,
        draws=options.draws,
        budget=options.budget,
        cap=options.cap,
        file=file,
        counting=counting,
    )


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
    import numpy as np

    from analysis.forecast.intervals import QUANTILES, Component
    from analysis.forecast.measured.values import GUESSED
    from analysis.writeup.months import label
    from analysis.writeup.table import read_writeup

    last, end = label(result.changes[-1]), label(result.forecast.months[-1])
    printed = {entry["m"]: entry["printed"] for entry in read_writeup("printed")["slopes"]}
    measured = sum(one.source != GUESSED for one in result.measured.sources)
    return [
        *(
            _row(f"OOM a year, table, M = {one.m:g}", one.slope, printed=printed.get(one.m))
            for one in result.by_m
        ),
        _row("OOM a year, measured values in", float(result.point_line.slope[0])),
        _row("OOM a year, draws", *_band(np.quantile(result.slopes, QUANTILES))),
        _row(f"log10 total CEG in {last}, draws", *_band(result.bands[-1])),
        *(
            _row(f"log10 total CEG in {end}, {how.value}", *_band(result.forecast.bands[how][-1]))
            for how in Component
        ),
        _row(f"numbers measured, of {len(result.measured.sources)}", measured),
    ]


def _band(quantiles: Any) -> tuple[float, float, float]:
    low, _, median, _, high = (float(value) for value in quantiles)
    return median, low, high


def _row(
    what: str,
    value: float,
    low: float | None = None,
    high: float | None = None,
    printed: float | None = None,
) -> dict[str, Any]:
    return {"quantity": what, "value": value, "low": low, "high": high, "printed": printed}
