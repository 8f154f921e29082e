"""The forecast as one call, for notebooks: what `pte forecast` computes, as draws."""

from __future__ import annotations

from os import PathLike

from analysis.forecast.budget import WRITEUP_LIMIT
from analysis.forecast.draws import ForecastDraws
from analysis.forecast.settings import chosen
from analysis.forecast.study import study


def forecast(
    measured: str | PathLike[str] | None = None,
    *,
    m: float = 0.6,
    until: str = "2026-12",
    budget: float = WRITEUP_LIMIT,
    cap: float | None = None,
    at_least: bool = False,
    draws: int = 10_000,
    seed: int = 0,
) -> ForecastDraws:
    """Forecast total CEG: the numbers of `pte forecast` with the same options.

    Args:
        measured: `estimates.json` of `pte analyze`, whose values replace guesses of the same name;
            None leaves everything guessed.
        m: Composability across categories, in (0, 2].
        until: Date to forecast, as `2026-12`.
        budget: Constant inference budget, as a multiple of the base's; 1 or more.
        cap: OOM that one base model can gain at most, above 0; None for none.
        at_least: Let right-censored CEGs replace guesses too, as the lower bounds that they are.
        draws: Monte Carlo draws, 100 to a million.
        seed: Of all random numbers; 0 or more.

    Returns:
        The draws of everything, joint: index n is one world in all of them.

    Raises:
        UserError: a setting out of range, a date that is none, a file that cannot be read, or
            estimates that do not belong together.
    """
    return ForecastDraws(
        study(
            chosen(
                measured=measured,
                m=m,
                until=until,
                budget=budget,
                cap=cap,
                at_least=at_least,
                draws=draws,
                seed=seed,
            )
        )
    )
