"""Measured CEGs, exponents and M in place of guessed ones, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.estimand import Estimand
from analysis.forecast.average import WRITEUP_WEIGHTS
from analysis.forecast.distributions import DEFAULTS, Given, guessed_exponent
from analysis.forecast.measured.counting import (
    EVERYTHING_SAID,
    Counting,
    check_counting,
)
from analysis.forecast.measured.estimates import EstimatesFile
from analysis.forecast.measured.places import Dropped, Place, Placed, place
from analysis.forecast.measured.pooling import Pooled, Pooler, pooler
from analysis.forecast.measured.prior import ceg_prior, share_prior
from analysis.forecast.totals import ForecastParameters, PairKey, exponents_of, printed
from analysis.uncertainty.sampled_effects import Prior
from analysis.writeup.table import PteTable
from harness.errors import UserError

Array = NDArray[np.float64]

GUESSED = "guessed"
MEASURED = "measured"
IN_PART = "measured in part"
BOUNDED = "guess within measured bounds"
LEAST_LESSER = 0.1
"""OOM: the lesser gain of a pair below which an interaction over it is no exponent."""


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
        _number(
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
        _exponent(pair, guess, placed, pool, gains)
        for pair, guess in exponents_of(table).items()
        if placed.behind[pair]
    ]
    of_m = _number(Place("M", ("", "")), m, placed, pool, share_prior(m, DEFAULTS.m_concentration))
    return _assembled(table, m, [*cegs, *exponents, of_m], placed.dropped)


@dataclass(frozen=True, kw_only=True)
class _Number:
    """One number of the model; nothing is pooled where it is guessed."""

    place: Place
    guess: float
    point: float
    draws: Array | None = None
    source: str = GUESSED
    reason: str = ""
    how: str = ""
    """What was pooled and how; the reason says so too, and why more was not used."""
    pooled: tuple[Pooled, ...] = ()
    models: tuple[str, ...] = ()


def _number(where: Place, guess: float, placed: Placed, pool: Pooler, prior: Prior) -> _Number:
    group = placed.usable.get(where, ())
    reasons = [*placed.reasons.get(where, ())]
    if group:
        try:
            pooled = pool.pool(group, prior, log=where.quantity == "ceg")
        except UserError as error:
            reasons.append(str(error))
        else:
            told = [each.reason for each in group if each.status == "estimated" and each.reason]
            models = tuple(dict.fromkeys(name for each in group for name in each.models))
            how = "; ".join([pooled.note, *told])
            return _Number(
                place=where,
                guess=guess,
                point=pooled.point,
                draws=pooled.draws,
                source=MEASURED if pooled.values else BOUNDED,
                reason="; ".join([how, *reasons]),
                how=how,
                pooled=(pooled,),
                models=models,
            )
    return _Number(place=where, guess=guess, point=guess, reason="; ".join(reasons))


def _exponent(
    pair: PairKey, guess: float, placed: Placed, pool: Pooler, gains: Mapping[str, float]
) -> _Number:
    """Mean over the pairs behind an exponent, the guess where a pair was not measured."""
    prior = share_prior(guess, DEFAULTS.exponent_concentration)
    behind = placed.behind[pair]
    parts = []
    for each in behind:
        where = Place("exponent", each)
        found = _number(where, guess, placed, pool, prior)
        if found.draws is None:
            found = _number(where, guess, _by_interaction(placed, where, gains), pool, prior)
        parts.append(found)
    there = [part for part in parts if part.draws is not None]
    reason = "; ".join(dict.fromkeys(part.reason for part in parts if part.reason))
    if not there:
        return _Number(place=Place("exponent", pair), guess=guess, point=guess, reason=reason)
    stand_in = guessed_exponent(pool.seed, pair, guess, pool.draws)
    drawn = [stand_in if part.draws is None else part.draws for part in parts]
    part_of = f"{len(there)} of {len(parts)} pairs; " if len(there) < len(parts) else ""
    return _Number(
        place=Place("exponent", pair),
        guess=guess,
        point=float(np.mean([part.point for part in parts])),
        draws=np.mean(drawn, axis=0),
        source=IN_PART if part_of else MEASURED,
        reason=f"{part_of}{reason}",
        how=part_of + "; ".join(dict.fromkeys(part.how for part in there)),
        pooled=tuple(pooled for part in there for pooled in part.pooled),
        models=tuple(dict.fromkeys(name for part in there for name in part.models)),
    )


def _by_interaction(placed: Placed, where: Place, gains: Mapping[str, float]) -> Placed:
    """The exponent of a pair by its interaction over the lesser gain: log CEG of both is then the
    greater, the lesser and the interaction, as measured."""
    group = placed.interactions.get(where, ())
    if not group or any(key not in gains for key in where.pair):
        return placed  # an interaction over a guess is no measured exponent
    lesser = min(gains[key] for key in where.pair)
    if not lesser >= LEAST_LESSER:
        return placed
    made = tuple(
        replace(
            each,
            point=1 + each.point / lesser,
            low=1 + each.low / lesser,
            high=1 + each.high / lesser,
            draws=1 + each.draws / lesser,
            reason=f"by the interaction of {each.point:.2f} OOM over the lesser gain of "
            f"{lesser:.2f} OOM",
        )
        for each in group
    )
    return replace(placed, usable={**placed.usable, where: made})


def _assembled(
    table: PteTable, m: float, numbers: Sequence[_Number], dropped: tuple[Dropped, ...]
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


def _source(number: _Number) -> ValueSource:
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
