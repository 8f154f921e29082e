"""Measured CEGs, exponents and M in place of guessed ones, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.estimand import Estimand
from analysis.forecast.average import WRITEUP_WEIGHTS
from analysis.forecast.distributions import DEFAULTS, Given
from analysis.forecast.measured.counting import (
    EVERYTHING_SAID,
    Counting,
    check_counting,
)
from analysis.forecast.measured.estimates import EstimatesFile
from analysis.forecast.measured.model_numbers import (
    GUESSED,
    IN_PART,
    MEASURED,
    ModelNumber,
    model_exponent,
    model_number,
)
from analysis.forecast.measured.places import Dropped, Place, place
from analysis.forecast.measured.pooling import pooler
from analysis.forecast.measured.prior import ceg_prior, share_prior
from analysis.forecast.totals import ForecastParameters, exponents_of, printed
from analysis.writeup.table import PteTable

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ValueSource:
    """Where one number of the forecast comes from."""

    quantity: str
    """`ceg`, `exponent` or `M`."""
    key: str
    """The PTE; for a named exponent `PTE on OTHER`; empty for M."""
    source: str
    """`measured`, `measured in part`, `guess within measured bounds` or `guessed`."""
    value: float
    """CEG, exponent or M, as the forecast uses it."""
    guess: float
    """What the table has."""
    reason: str = ""
    """What was pooled and how, and why a measurement was not used."""
    estimates: tuple[str, ...] = ()
    """Ids in the file of estimates."""
    low: float = nan
    high: float = nan
    """Upper end of the 95% interval of the mean over benchmarks; NaN where it is guessed."""
    further_low: float = nan
    further_high: float = nan
    """Upper end of the 95% prediction interval of a task that was not measured."""
    used_low: float = nan
    used_high: float = nan
    """Upper end of the central 95% of the draws that the forecast takes: the mean's, wider by what
    kinds of task that were not measured leave open."""
    between: float = nan
    """Standard deviation of the benchmarks' true values, in OOM for a CEG; NaN where it is guessed,
    or a mean over several pairs."""
    benchmarks: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    how: str = ""
    """What was pooled and how; empty where it is guessed."""
    estimand: str = ""
    """Whose gain a measured number is: `recipe`, the average over models trained as these were;
    empty where it is guessed."""


@dataclass(frozen=True)
class Measured:
    """The model's numbers with the measured ones in their places."""

    points: ForecastParameters
    """Parameters of the model in one draw: measured points, and guesses as printed."""
    given: Given
    """The measured draws."""
    sources: tuple[ValueSource, ...]
    """One a number of the model, guessed ones too."""
    dropped: tuple[Dropped, ...]
    """CEGs, exponents and M in the files that the forecast does not take, and why."""

    @property
    def unused(self) -> tuple[tuple[str, str], ...]:
        """Ids of what is dropped, and why."""
        return tuple((one.id, one.reason) for one in self.dropped)

    @property
    def taken(self) -> tuple[ValueSource, ...]:
        """The numbers that are not guessed."""
        return tuple(one for one in self.sources if one.source != GUESSED)


def measured(
    *,
    table: PteTable,
    m: float,
    file: EstimatesFile | None,
    draws: int,
    seed: int,
    counting: Counting = EVERYTHING_SAID,
    weights: Mapping[str, float] = WRITEUP_WEIGHTS,
) -> Measured:
    """Put measured numbers in the place of the guesses of the rows that they say they are.

    CEGs are of one PTE over the base of its experiment's reference, of a row that stands on others
    over these; exponents are of a pair without context, and where one was refused come from the
    pair's interaction. The exponent of a row on the running total is the mean over the PTEs before
    it in its category: of measured pairs where there are some, of the row's guess elsewhere.

    Args:
        table: The rows.
        m: The guess of M.
        file: None leaves everything guessed.
        draws: Monte Carlo draws; taken jointly from those of each experiment.
        seed: Of all random numbers.
        counting: What the user says of rows, benchmarks and compute.
        weights: Of the average task, by kind of task; the kinds that count.

    Raises:
        UserError: estimates of one experiment do not belong together, or the user names what is not
            there.
    """
    result = () if file is None else file.measurements
    check_counting(counting, result, [row.key for row in table.rows], weights)
    placed = place(table, result, counting, weights)
    usable = [each for group in placed.usable.values() for each in group]
    pool = pooler(
        used=[*usable, *(one for group in placed.interactions.values() for one in group)],
        draws=draws,
        seed=seed,
        weights=weights,
        kinds={each.benchmark: counting.task_type(each) for each in result},
    )
    cegs = [
        model_number(
            Place("ceg", (row.key, "")),
            float(np.log10(row.ceg)),
            placed,
            pool,
            ceg_prior(table, row),
        )
        for row in table.rows
    ]
    gains = {n.place.pair[0]: n.point for n in cegs if n.source == MEASURED}
    exponents = [
        model_exponent(pair, guess, placed, pool, gains)
        for pair, guess in exponents_of(table).items()
        if placed.behind[pair]
    ]
    of_m = model_number(
        Place("M", ("", "")), m, placed, pool, share_prior(m, DEFAULTS.m_concentration)
    )
    return _assembled(table, m, [*cegs, *exponents, of_m], placed.dropped)


def _assembled(
    table: PteTable, m: float, numbers: Sequence[ModelNumber], dropped: tuple[Dropped, ...]
) -> Measured:
    of = {q: [n for n in numbers if n.place.quantity == q] for q in ("ceg", "exponent", "M")}
    composability = of["M"][0]
    points = ForecastParameters(
        {n.place.pair[0]: np.array([n.point]) for n in of["ceg"]},
        {
            **printed(table, m).exponents,
            **{n.place.pair: np.array([n.point]) for n in of["exponent"]},
        },
        np.array([composability.point]),
    )
    given = Given(
        {n.place.pair[0]: n.draws for n in of["ceg"] if n.draws is not None},
        {n.place.pair: n.draws for n in of["exponent"] if n.draws is not None},
        composability.draws,
    )
    return Measured(points, given, tuple(_source(n) for n in numbers), dropped)


def _source(number: ModelNumber) -> ValueSource:
    def shown(value: float) -> float:
        if number.place.quantity != "ceg":
            return float(value)
        return float(10**value) if value < 300 else np.inf

    whole = number.pooled if number.source != IN_PART and len(number.pooled) == 1 else ()
    ends = {
        name: shown(getattr(one, name))
        for one in whole
        for name in ("low", "high", "further_low", "further_high")
    }
    if whole:
        ends["between"] = whole[0].between
    if number.draws is not None and isfinite(number.point):
        used = np.quantile(number.draws, [0.025, 0.975])
        ends |= {"used_low": shown(float(used[0])), "used_high": shown(float(used[1]))}

    def every(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each for one in number.pooled for each in getattr(one, name)))

    return ValueSource(
        quantity=number.place.quantity,
        key=" on ".join(filter(None, number.place.pair)),
        source=number.source,
        value=shown(number.point),
        guess=shown(number.guess),
        reason=number.reason,
        how=number.how,
        estimates=every("estimates"),
        benchmarks=every("benchmarks"),
        families=every("families"),
        models=number.models,
        estimand=Estimand.RECIPE.value if number.pooled else "",
        **ends,
    )
