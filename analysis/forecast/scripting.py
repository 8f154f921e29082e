"""The forecast as one call, for notebooks: what `pte forecast` computes, as draws."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from analysis.forecast.draws import ForecastDraws
from analysis.forecast.settings import chosen
from analysis.forecast.stated.statement import Statement, stated
from analysis.forecast.study import study
from harness.errors import UserError


def forecast(
    table: str | PathLike[str] | None = None,
    measured: str | PathLike[str] | None = None,
    *,
    m: float = 0.6,
    until: str = "2026-12",
    budget: float | None = None,
    cap: float | None = None,
    at_least: bool = False,
    draws: int = 10_000,
    seed: int = 0,
    **choices: Any,
) -> ForecastDraws:
    """Forecast total CEG: the numbers of `pte forecast` with the same options.

    Args:
        table: YAML or CSV with rows of your own; None for the write-up's table.
        measured: `estimates.json` of `pte analyze`, whose values replace guesses of the same name;
            None leaves everything guessed.
        m: Composability across categories, in (0, 2].
        until: Date to forecast, as `2026-12`.
        budget: Inference budget that the headline obeys, as a multiple of the base's, 1 or more;
            None for no limit.
        cap: OOM that one base model can gain at most, above 0; None for none.
        at_least: Let right-censored CEGs replace guesses too, as the lower bounds that they are.
        draws: Monte Carlo draws, 100 to a million.
        seed: Of all random numbers; 0 or more.
        choices: Further choices by the names of the command line's options: `weights`, `exponent`
            (a list), `shrink`, `reference_date`, `cap_kind`, `convention`, ...; see `Statement`.

    Returns:
        The draws of everything, joint: index n is one world in all of them.

    Raises:
        UserError: a setting out of range or not known, a file that cannot be read, or estimates
            that do not belong together.
    """
    own = {
        name: Path(value) if name in ("trends", "models") and value else value
        for name, value in choices.items()
    }
    try:
        statement = Statement(
            table=None if table is None else Path(table),
            cap=cap,
            budget=budget,
            measured=measured,
            **own,
        )
    except TypeError as error:
        known = [name for name in Statement.__dataclass_fields__ if name not in _OWN]
        wrong = ", ".join(name for name in choices if name not in known)
        raise UserError(f"there is no choice {wrong}: give {', '.join(known)}") from error
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
                stated=stated(statement),
            )
        )
    )


_OWN = ("table", "cap", "budget", "measured")
