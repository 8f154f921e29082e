"""The options of `pte forecast` about what leaves for other tools."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from harness.errors import UserError

if TYPE_CHECKING:
    from analysis.forecast.output.leave import Leaving

FORMATS = ("parquet", "json", "both", "none")
ENDS = ("low", "high")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options, in a group of their own."""
    group = parser.add_argument_group(
        "what leaves for other tools",
        "draws.parquet: a row a draw of M, CEGs, exponents, slope and totals by date.\n"
        "quantiles.csv: 1% to 99% by date. forecast.squiggle: the draws for Squiggle.\n"
        "cdf.json: distributions as Metaculus takes them (continuous_cdf).",
    )
    group.add_argument(
        "--draws-format",
        choices=FORMATS,
        default="parquet",
        help="in which files the draws leave (default: parquet)",
    )
    group.add_argument(
        "--cdf-date",
        metavar="YYYY-MM",
        help="month whose total CEG cdf.json is about (default: that of --until)",
    )
    group.add_argument(
        "--cdf-range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="range of the question about the total, in log10 CEG (default: one that holds 99%%)",
    )
    group.add_argument(
        "--cdf-slope-range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="range of the question about the slope, in OOM a year (default: one that holds 99%%)",
    )
    group.add_argument(
        "--cdf-closed",
        nargs="+",
        choices=ENDS,
        default=[],
        metavar="END",
        help="ends of --cdf-range, low or high, that the total cannot be beyond (default: none)",
    )


def leaving(options: argparse.Namespace, until: str) -> Leaving:
    """What the user wants to leave.

    Raises:
        UserError: a range that is none, a date that is none or after the horizon, closed ends
            without a range.
    """
    from math import isfinite

    from analysis.forecast.output.leave import DrawsFormat, Leaving, Question
    from analysis.writeup.months import month

    date = options.cdf_date or until
    if month(date) > month(until):
        raise UserError(f"--cdf-date {date} is after --until {until}, where the forecast ends")
    for name in ("cdf_range", "cdf_slope_range"):
        ends = getattr(options, name)
        if ends is not None and not (all(map(isfinite, ends)) and ends[0] < ends[1]):
            raise UserError(
                f"--{name.replace('_', '-')} {ends[0]:g} {ends[1]:g} is no range: "
                "give the lower end first"
            )
    if options.cdf_closed and options.cdf_range is None:
        raise UserError("--cdf-closed closes ends of --cdf-range: give that as well")
    total = Question(
        date,
        _ends(options.cdf_range),
        open_low="low" not in options.cdf_closed,
        open_high="high" not in options.cdf_closed,
    )
    slope = Question(None, _ends(options.cdf_slope_range))
    return Leaving(DrawsFormat(options.draws_format), (total, slope))


def _ends(given: list[float] | None) -> tuple[float, float] | None:
    return None if given is None else (given[0], given[1])
