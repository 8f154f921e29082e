"""What of a forecast's settings cannot go together, found before anything is drawn."""

from __future__ import annotations

from math import inf

from analysis.forecast.backtest.backtest import backtest
from analysis.forecast.budget import Pricing, best_within
from analysis.forecast.growth import Growth
from analysis.forecast.stated.choices import BUDGETS
from analysis.forecast.study import Options
from analysis.forecast.totals import printed
from analysis.writeup.months import label
from harness.errors import UserError


def check_together(options: Options) -> None:
    """Refuse what only the table shows to be impossible, before anything is measured or drawn.

    Raises:
        UserError: a reference date, convention, budget or cut that leaves too little.
    """

    told = options.stated
    growth = Growth(told.table, printed(told.table, options.m), limits=options.limits())
    if options.budget is not None or told.budgets is not BUDGETS:
        pricing = Pricing(unknown=told.unpriced)
        best_within(told.table, growth.parameters, growth.changes()[-1:], inf, pricing)
    changes = growth.changes()
    if len(changes) < 2:
        raise UserError(
            f"--reference-date {label(told.reference or 0)} leaves {len(changes)} dates at which "
            "the total changes: a trend takes two, so give an earlier one"
        )
    try:
        told.convention.line(growth)
    except UserError as error:
        raise UserError(f"slope by '{told.convention.name}': {error}: give another") from error
    if told.cut is not None:
        whole = Growth(told.table, growth.parameters)
        months = whole.changes()
        backtest(months, whole.at(months)[:, 0], options.seed, told.cut)
