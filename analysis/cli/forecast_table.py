"""What `pte forecast` can be told in place of the write-up's choices."""

from __future__ import annotations

import argparse
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.forecast.stated.columns import CEG_RULES, COLUMNS
from harness.visible import one_line

if TYPE_CHECKING:
    from analysis.forecast.study import Options, Study

EXAMPLES = """\
  pte forecast --table rows.yaml --show-table         what rows of your own make of the table
  pte forecast --table rows.yaml --cap 6 --budget 10  the headline, at most 6 OOM, at 10x inference
  pte forecast --shrink 0.7                           papers show their best: 70% of each log10 CEG
  pte forecast --weights math=2,coding=1              an average task of these two kinds
  pte forecast --exponent lats+react=0.9              how two PTEs of a category combine
  pte forecast --reference-date 2023-03               what came after a model of that date
  pte forecast --slope-from 2021-10                   the slope without few-shot prompting alone
  pte forecast --budgets 1 10 100 1000                totals with inference held constant
  pte forecast --backtest 2022-12                     the rows to 2022, tried on 2023
  pte forecast --trends results.csv                   your results in place of HumanEval's
"""


def table_columns() -> str:
    """What a table's rows may say, for the help."""
    columns = "\n".join(f"  {name:<12}{meaning}" for name, meaning in COLUMNS.items())
    rules = "\n".join(f"  {name:<12}{meaning}" for name, meaning in CEG_RULES.items())
    return (
        "A table (--table) is YAML, 'rows:' with a list and if wanted 'base: none', or CSV, a row\n"
        "a line. A row whose key is one of the write-up's changes what it says of it; a new row\n"
        "needs category, date, a CEG, ceg_rule and source, and, unless it is the first of its\n"
        "category, how it joins those before it. Within a CSV cell ';' parts names. Columns:\n"
        f"{columns}\nceg_rule is one of:\n{rules}"
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = parser.add_argument_group("your own numbers and choices")
    group.add_argument(
        "--table",
        type=Path,
        metavar="FILE",
        help="YAML or CSV with rows of your own; see below for what a row may say",
    )
    group.add_argument(
        "--show-table", action="store_true", help="print the table that results, and stop"
    )
    group.add_argument(
        "--weights",
        metavar="TYPE=W,...",
        help="weights of the average task's types (default: the write-up's five, alike). They "
        "reach measured CEGs and rows that give tasks; other guesses are averages already",
    )
    group.add_argument(
        "--exponent",
        action="append",
        default=[],
        metavar="A+B=X",
        help="exponent of two PTEs of one category, or of one (A=X) on the running total; may be "
        "repeated. A row on the running total takes the mean over the PTEs before it. Across "
        "categories it is --m. A measured exponent goes before it",
    )
    group.add_argument(
        "--shrink",
        type=float,
        default=1.0,
        metavar="F",
        help="factor in (0, 1] on log10 CEG of rows from the literature, against selective "
        "publication; not on measured ones (default: 1)",
    )
    group.add_argument(
        "--reference-date",
        metavar="YYYY-MM",
        help="date of the base model: PTEs of then are in it already, and the total counts what "
        "came after (default: counts from no PTE at all)",
    )
    group.add_argument(
        "--reference-compute",
        type=float,
        metavar="FLOP",
        help="training compute of the base model: the total is also given as the training compute "
        "that it is worth",
    )
    group.add_argument(
        "--cap-kind",
        choices=("hard", "soft"),
        help="of --cap: growth stops at it, or it is cap x (1 - exp(-L / cap)) (default: hard)",
    )
    group.add_argument(
        "--unpriced",
        choices=("excluded", "free"),
        help="under --budget: PTEs whose cost is not known stay out, or cost nothing (default: "
        "excluded)",
    )
    group.add_argument(
        "--budgets",
        type=float,
        nargs="+",
        metavar="X",
        help="inference budgets whose totals are shown beside each other (default: 1 10 100)",
    )
    slope = group.add_mutually_exclusive_group()
    slope.add_argument(
        "--slope-from", metavar="YYYY-MM", help="take slopes over the dates of change from then on"
    )
    slope.add_argument(
        "--convention",
        metavar="NAME",
        help="take slopes by one of the conventions of slopes.csv, such as 'two ends' or 'median "
        "of pairs' (default: 'dates of change', the write-up's)",
    )
    group.add_argument(
        "--trends",
        type=Path,
        metavar="FILE",
        help="CSV of results in place of HumanEval's for the three trends: date, model, flop, ptes "
        "(joined by +), benchmark, score (points)",
    )
    group.add_argument(
        "--models",
        type=Path,
        metavar="FILE",
        help="CSV of measured models, model, date, flop: with it and --measured the three trends "
        "are of measured scores",
    )
    group.add_argument(
        "--backtest",
        metavar="YYYY-MM",
        help="fit the backtest to the rows up to then (default: to those up to each date in turn)",
    )


def say(result: Study) -> None:
    """Print what the statements did, and how the models of growth do on the past."""
    from analysis.forecast.output.stated_report import notes
    from analysis.writeup.months import label
    from harness.cli.table import emit

    if len(result.effects) > 2:
        print("\nfrom the printed number to the headline, points alone, step by step:")
        emit(
            [
                {
                    "step": one.what,
                    "log10 total": one.log_total,
                    "in": label(one.month),
                    "OOM a year": one.slope,
                }
                for one in result.effects
            ],
            "table",
        )
    print()
    for note in notes(result):
        print(f"note: {one_line(note)}")
    print(f"backtest: {result.backtest.verdict}")
    if result.backtest.standings:
        end = label(result.forecast.months[-1])
        emit(
            [
                {
                    "model": one.model,
                    "log score": one.log_score,
                    "CRPS": one.crps,
                    "CRPS over the line": _with_ends(one.crps_over),
                    "inside 95%": one.inside95,
                    f"log10 total CEG in {end}, no limits": _with_ends(
                        (one.ahead[2], one.ahead[0], one.ahead[4])
                    ),
                }
                for one in result.backtest.standings
            ],
            "table",
        )


def table_rows(options: Options) -> list[dict[str, Any]]:
    """The table in use, a row a PTE."""
    from analysis.forecast.output.stated_frames import cited, joins_by
    from analysis.writeup.months import label

    table = options.stated.table
    return [
        {
            "category": row.category,
            "date": label(row.month),
            "key": row.key,
            "ceg": row.ceg,
            "ceg90": _ceg90(row.ceg, row.width),
            "joins by": joins_by(table, row),
            "running total": row.total,
            "inference": _range(row.inference),
            "one-time": _range(row.one_time),
            "source": cited(row),
        }
        for row in table.rows
    ]


def _with_ends(values: tuple[float, float, float]) -> str:
    middle, low, high = values
    if isnan(low):
        return f"{middle:.2f}"
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def _ceg90(ceg: float, width: tuple[float, float] | None) -> str:
    if width is None:
        return "assumed"
    half = 1.6449
    low, high = ceg / 10 ** (half * width[0]), ceg * 10 ** (half * width[1])
    return "a point" if low == high else f"{low:.3g} to {high:.3g}"


def _range(value: Any) -> str:
    if value is None:
        return "not known"
    low, high = value.low, value.high
    if low == high:
        return f"{high:g}"
    return f"up to {high:g}" if low is None else f"{low:g} to {high:g}"
