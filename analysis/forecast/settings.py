"""What a forecast is made with, checked: the same for a command line and for a notebook."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from analysis.forecast.aggregate import change_months
from analysis.forecast.intervals import horizon
from analysis.forecast.measured.counting import EVERYTHING_SAID, Counting
from analysis.forecast.measured.estimates import EstimatesFile
from analysis.forecast.stated.choices import NOTHING_STATED, Stated
from analysis.forecast.study import Options
from analysis.forecast.together import check_together
from harness.errors import UserError


def chosen(
    *,
    file: EstimatesFile | None,
    counting: Counting = EVERYTHING_SAID,
    m: float,
    until: str,
    budget: float | None,
    cap: float | None,
    draws: int,
    seed: int,
    stated: Stated = NOTHING_STATED,
    named: Callable[[str], str] = str,
) -> Options:
    """The options of a forecast, or one error before any work.

    Args:
        file: What was measured; None leaves everything guessed.
        counting: What of it counts: rows, benchmarks, compute.
        m: Composability across categories, in (0, 2].
        until: Date to forecast, as `2026-12`.
        budget: Inference budget that the headline obeys, as a multiple of the base's, 1 or more;
            None for no limit.
        cap: OOM that one base model can gain at most, above 0; None for none.
        draws: Monte Carlo draws, 100 to a million.
        seed: Of all random numbers; 0 or more.
        stated: What takes the place of the write-up's choices.
        named: From the name of a setting to what its user wrote, for errors.

    Raises:
        UserError: a setting out of range, or a date that is none.
    """
    if not 0 < m <= 2:
        raise UserError(f"{named('m')} {m:g} is not in (0, 2]: composability is about 0.6")
    if not 100 <= draws <= 1_000_000:
        raise UserError(f"{named('draws')} {draws} is not between 100 and 1000000")
    if seed < 0:
        raise UserError(f"{named('seed')} {seed} is negative: give 0 or more")
    if budget is not None and not 1 <= budget < inf:
        raise UserError(
            f"{named('budget')} {budget:g} is not a multiple of the base's cost: give 1 or more"
        )
    if cap is not None and not 0 < cap < inf:
        raise UserError(f"{named('cap')} {cap:g} is not a number above 0")
    result = Options(
        m=m,
        until=horizon(until, change_months(stated.table)[-1]),
        seed=seed,
        draws=draws,
        budget=budget,
        cap=cap,
        file=file,
        counting=counting,
        stated=stated,
    )
    check_together(result)
    return result
