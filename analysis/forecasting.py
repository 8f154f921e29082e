"""The forecast as one call, for notebooks: what `pte forecast` computes, as draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from analysis.forecast.draws import ForecastDraws
from analysis.forecast.measured.counting import Counting, check_counting, check_stated
from analysis.forecast.settings import chosen
from analysis.forecast.stated.statement import Statement, stated
from analysis.forecast.study import study
from analysis.gathering import gather
from harness.errors import UserError


def forecast(
    table: str | PathLike[str] | None = None,
    measured: str | PathLike[str] | Sequence[str | PathLike[str]] = (),
    *,
    m: float = 0.6,
    until: str = "2026-12",
    budget: float | None = None,
    cap: float | None = None,
    rows: Mapping[str, str | None] | None = None,
    count_benchmarks: Mapping[str, str] | None = None,
    at_compute: float | None = None,
    draws: int = 10_000,
    seed: int = 0,
    **choices: Any,
) -> ForecastDraws:
    """Forecast total CEG: the numbers of `pte forecast` with the same options.

    Args:
        table: YAML or CSV with rows of your own; None for the write-up's table.
        measured: Where measured values are, one place or several: `estimates.json` of `pte analyze`
            or its folder, runs, a table of scores, or `wandb:ENTITY/PROJECT/NAME:VERSION`. They
            replace guesses of the rows that they say they are.
        m: Composability across categories, in (0, 2].
        until: Date to forecast, as `2026-12`.
        budget: Inference budget that the headline obeys, as a multiple of the base's, 1 or more;
            None for no limit.
        cap: OOM that one base model can gain at most, above 0; None for none.
        rows: By PTE, the row of the table that it is, or None for none, where it does not say so.
        count_benchmarks: By benchmark that would not count by itself, its kind of task or "".
        at_compute: Training FLOP of the base at which gains that change with compute are taken.
        draws: Monte Carlo draws, 100 to a million.
        seed: Of all random numbers; 0 or more.
        choices: Further choices by the names of the command line's options: `weights` and
            `exponent` (as there, or a mapping), `shrink`, `reference_date`, `cap_kind`,
            `convention`, ...; see `Statement`.

    Returns:
        The draws of everything, joint: index n is one world in all of them.

    Raises:
        UserError: a setting out of range or not known, a file that cannot be read, or estimates
            that do not belong together.
    """
    places = [measured] if isinstance(measured, str | PathLike) else list(measured)
    told = stated(_statement(table, cap, budget, bool(places), choices))
    counting = Counting(dict(rows or {}), dict(count_benchmarks or {}), at_compute or told.compute)
    keys = [row.key for row in told.table.rows]
    check_stated(counting, keys, told.weights)  # before anything is read or analysed
    file = gather([str(place) for place in places]) if places else None
    check_counting(counting, () if file is None else file.measurements, keys, told.weights)
    return ForecastDraws(
        study(
            chosen(
                file=file,
                counting=counting,
                m=m,
                until=until,
                budget=budget,
                cap=cap,
                draws=draws,
                seed=seed,
                stated=told,
            )
        )
    )


def _statement(
    table: str | PathLike[str] | None,
    cap: float | None,
    budget: float | None,
    measured: bool,
    choices: Mapping[str, Any],
) -> Statement:
    own = {"table", "cap", "budget", "measured"}
    known = [name for name in Statement.__dataclass_fields__ if name not in own]
    wrong = [name for name in choices if name not in known]
    if wrong:
        raise UserError(f"there is no choice {', '.join(wrong)}: give {', '.join(known)}")
    files = {n: Path(choices[n]) for n in ("trends", "models") if choices.get(n) is not None}
    given: dict[str, Any] = {**choices, **files}
    if isinstance(given.get("weights"), Mapping):
        given["weights"] = ",".join(f"{kind}={w}" for kind, w in given["weights"].items())
    if isinstance(given.get("exponent"), Mapping):
        given["exponent"] = [f"{pair}={value}" for pair, value in given["exponent"].items()]
    for name in ("exponent", "budgets"):
        if isinstance(given.get(name), str | int | float):
            given[name] = [given[name]]
    return Statement(
        table=None if table is None else Path(table),
        cap=cap,
        budget=budget,
        measured=measured,
        **given,
    )
