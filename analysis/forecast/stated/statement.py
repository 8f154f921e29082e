"""What a user states, in the words of the command line, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from analysis.forecast.budget import Unknown
from analysis.forecast.slope import CONVENTIONS, SlopeConvention, since
from analysis.forecast.stated import cells
from analysis.forecast.stated.assemble import user_table, with_exponents
from analysis.forecast.stated.choices import BUDGETS, Stage, Stated
from analysis.forecast.stated.exponents import read_exponents
from analysis.forecast.stated.shrink import shrunk
from analysis.forecast.stated.table_file import read_table_file
from analysis.forecast.stated.trend_file import read_model_dates, read_trend_file
from analysis.forecast.stated.weights import read_weights
from analysis.writeup.table import PteTable, writeup_table
from harness.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What is stated, by the names of the command line's options; each default states nothing."""

    table: Path | None = None
    weights: str | None = None
    exponent: Sequence[str] = ()
    shrink: float = 1.0
    reference_date: str | None = None
    reference_compute: float | None = None
    cap_kind: str | None = None
    unpriced: str | None = None
    budgets: Sequence[float] | None = None
    slope_from: str | None = None
    convention: str | None = None
    trends: Path | None = None
    models: Path | None = None
    backtest: str | None = None
    cap: float | None = None
    """Beside the others, as some go with it alone."""
    budget: float | None = None
    measured: Any = None


def stated(options: Any) -> Stated:
    """What the options state, checked.

    Raises:
        UserError: an option, or a row of a file, is wrong.
    """
    _check(options)
    weights = read_weights(options.weights)
    file = None if options.table is None else read_table_file(options.table)
    released, flop = ({}, {}) if options.models is None else read_model_dates(options.models)

    def month(name: str, value: str | None) -> int | None:
        return None if value is None else cells.date("the command line", _flag(name), value)

    return Stated(
        stages=_stages(options, file, weights),
        file=None if file is None else (file.name, file.sha256),
        weights=weights,
        shrink=options.shrink,
        soft=options.cap_kind == "soft",
        unpriced=Unknown(options.unpriced or "excluded"),
        reference=month("reference_date", options.reference_date),
        convention=_convention(options, month("slope_from", options.slope_from)),
        compute=options.reference_compute,
        budgets=BUDGETS if options.budgets is None else tuple(sorted(set(options.budgets))),
        trends=None if options.trends is None else read_trend_file(options.trends),
        released=released,
        flop=flop,
        cut=month("backtest", options.backtest),
    )


def _check(options: Any) -> None:
    if not 0 < options.shrink <= 1:
        raise UserError(f"--shrink {options.shrink:g} is not in (0, 1]: 0.7 keeps 70% of log10 CEG")
    for value in options.budgets or ():
        if not 1 <= value < inf:
            raise UserError(
                f"--budgets {value:g} is not a multiple of the base's cost: give 1 or more"
            )
    compute = options.reference_compute
    if compute is not None and not 1e6 <= compute <= 1e40:
        raise UserError(f"--reference-compute {compute:g} is not a number of FLOP: 2e25, say")
    if options.cap_kind is not None and options.cap is None:
        raise UserError("--cap-kind says how --cap acts: give --cap too, such as --cap 6")
    if options.unpriced is not None and options.budget is None:
        raise UserError(
            "--unpriced says what --budget does: give --budget too, such as --budget 100"
        )
    if options.models is not None and not options.measured:
        raise UserError("--models dates the models of --measured: give that too")
    if options.models is not None and options.trends is not None:
        raise UserError("--trends and --models both give the three trends: give one of them")


def _convention(options: Any, first: int | None) -> SlopeConvention:
    if first is not None:
        return since(first)
    if options.convention is None:
        return CONVENTIONS[0]
    by_name = {one.name: one for one in CONVENTIONS}
    if options.convention not in by_name:
        raise cells.unknown("--convention", "convention", options.convention, by_name)
    return by_name[options.convention]


def _stages(options: Any, file: Any, weights: Any) -> tuple[Stage, ...]:
    """The tables on the way: the file's, shrunk, with exponents."""
    table: PteTable = writeup_table()
    result: list[Stage] = []
    if file is not None:
        table = user_table(file, weights)
        result.append(Stage(_said_of(table, file.name), table))
    after = shrunk(table, options.shrink)
    if after is not table:
        rows = "" if options.shrink == 1 else f" by {options.shrink:g}"
        result.append(Stage(f"log10 CEG of the literature shrunk{rows}", after))
        table = after
    pairs = read_exponents(options.exponent, table)
    if pairs:
        result.append(Stage("exponents of --exponent", with_exponents(table, pairs)))
    return tuple(result)


def _said_of(table: PteTable, name: str) -> str:
    new = sum(" added (" in change for change in table.changes)
    gone = sum(change.endswith(" dropped") for change in table.changes)
    other = len(table.changes) - new - gone - ("starts from no table" in table.changes)
    return f"{name}: {new} rows added, {other} changed, {gone} dropped"


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
