"""Measured CEGs, exponents and M in place of guessed ones, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.average import WRITEUP_WEIGHTS, AveragingConvention
from analysis.forecast.distributions import Given, guessed_exponent
from analysis.forecast.measured.estimates import EstimatesFile, Measurement
from analysis.forecast.measured.pooling import Pooler, pooler, refusal
from analysis.forecast.totals import ForecastParameters, PairKey, exponents_of, printed
from analysis.writeup.table import NotCounted, PteTable
from harness.errors import UserError

Array = NDArray[np.float64]

GUESSED = "guessed"


@dataclass(frozen=True, kw_only=True)
class ValueSource:
    """Where one number of the forecast comes from."""

    quantity: str
    """`ceg`, `exponent` or `M`."""
    key: str
    """The PTE; for a named exponent `PTE on OTHER`; empty for M."""
    source: str
    """`measured`, `measured, at least`, `measured in part` or `guessed`."""
    value: float
    """CEG, exponent or M, as the forecast uses it."""
    guess: float
    """What Lifland et al. print."""
    reason: str = ""
    """What was averaged, or why a measurement was not used."""
    estimates: tuple[str, ...] = ()
    """Ids in the file of estimates."""


@dataclass(frozen=True)
class Measured:
    """The model's numbers with the measured ones in their places."""

    points: ForecastParameters
    """Parameters of the model in one draw: measured points, and guesses as printed."""
    given: Given
    """The measured draws."""
    sources: tuple[ValueSource, ...]
    """One a number of the model, guessed ones too."""
    unused: tuple[tuple[str, str], ...]
    """Ids of CEGs, exponents and M in the file that the model has no place for, and why."""


def measured(
    *,
    table: PteTable,
    m: float,
    file: EstimatesFile | None,
    draws: int,
    seed: int,
    at_least: bool = False,
    weights: Mapping[str, float] = WRITEUP_WEIGHTS,
    convention: AveragingConvention = AveragingConvention.GEOMETRIC_MEASURED,
) -> Measured:
    """Put a file's measured numbers in the place of the guesses of the same name.

    CEGs are of one PTE over the base of its experiment's reference; exponents are of a pair without
    context. The exponent of a row on the running total is the mean over the PTEs before it in its
    category: of measured pairs where there are some, of the row's guess elsewhere.

    Args:
        table: The rows, whose keys are the names.
        m: The guess of M.
        file: None leaves everything guessed.
        draws: Monte Carlo draws; taken jointly from the file's own.
        seed: Of the choice among the file's draws.
        at_least: Whether right-censored CEGs count, as the lower bounds that they are.
        weights: Of the average task, by kind of task.
        convention: Of the average task.

    Raises:
        UserError: estimates of the file do not belong together.
    """
    result = () if file is None else file.measurements
    cegs = {r.key: [x for x in result if _is_ceg(x) and x.ptes == (r.key,)] for r in table.rows}
    pairs = {pair: _pairs_before(table, pair) for pair in exponents_of(table)}
    by_pair = {
        (a, b): [x for x in result if _is_exponent(x) and x.pair and set(x.pair) == {a, b}]
        for a, b in {p for behind in pairs.values() for p in behind}
    }
    of_m = [x for x in result if x.kind == "M"]
    chosen = {x.id for group in (*cegs.values(), *by_pair.values(), of_m) for x in group}
    usable = [x for x in result if x.id in chosen and not refusal(x, at_least)]
    pool = pooler(usable, draws, seed, weights, convention)
    numbers = [
        *(
            _number(
                quantity="ceg",
                pair=(k, ""),
                guess=np.log10(table.row(k).ceg),
                group=x,
                pool=pool,
                at_least=at_least,
            )
            for k, x in cegs.items()
        ),
        *(
            _exponent(pair, guess, [by_pair[p] for p in pairs[pair]], pool, at_least)
            for pair, guess in exponents_of(table).items()
            if pairs[pair]
        ),
        _number(quantity="M", pair=("", ""), guess=m, group=of_m, pool=pool, at_least=at_least),
    ]
    return _assembled(table, m, numbers, _unused(result, chosen))


def _is_ceg(x: Measurement) -> bool:
    return x.kind == "ceg" and x.primary and len(x.ptes) == 1


def _is_exponent(x: Measurement) -> bool:
    return x.kind == "exponent" and not x.context


def _unused(result: Sequence[Measurement], chosen: set[str]) -> tuple[tuple[str, str], ...]:
    left = [x for x in result if x.id not in chosen]
    second = "over the base of the other decoding: a forecast takes one reference"
    others = [x.id for x in left if x.kind == "ceg" and len(x.ptes) == 1 and not x.primary]
    cegs = [(x.id, f"'{x.ptes[0]}' is not in the table") for x in left if _is_ceg(x)]
    reason = "the table combines no such pair within a category"
    return (
        *cegs,
        *((each, second) for each in others),
        *((x.id, reason) for x in left if _is_exponent(x)),
    )


def _pairs_before(table: PteTable, pair: PairKey) -> list[PairKey]:
    """The pairs behind an exponent: itself if named, else the row with each one before it."""
    key, other = pair
    if other:
        return [pair]
    before: list[PairKey] = []
    for row in table.of(table.row(key).category):
        if row.key == key:
            break
        if not isinstance(row.rule, NotCounted):
            before.append((key, row.key))
    return before


@dataclass(frozen=True, kw_only=True)
class _Number:
    """One number of the model; the draws are None where it is guessed."""

    quantity: str
    pair: PairKey
    guess: float
    point: float
    draws: Array | None
    source: str
    reason: str
    estimates: tuple[str, ...] = ()


def _number(
    *,
    quantity: str,
    pair: PairKey,
    guess: float,
    group: Sequence[Measurement],
    pool: Pooler,
    at_least: bool,
) -> _Number:
    usable = [x for x in group if not refusal(x, at_least)]
    reasons = [f"{x.id}: {refusal(x, at_least)}" for x in group if refusal(x, at_least)]
    several = _several(usable)
    if several:
        reasons.append(several)
    elif usable:
        try:
            pooled = pool.pool(usable) if quantity == "ceg" else pool.mean(usable)
        except UserError as error:
            reasons.append(str(error))
        else:
            source = "measured, at least" if pooled.at_least else "measured"
            reason = "; ".join([pooled.note, *reasons])
            return _Number(
                quantity=quantity,
                pair=pair,
                guess=guess,
                point=pooled.point,
                draws=pooled.draws,
                source=source,
                reason=reason,
                estimates=pooled.estimates,
            )
    return _Number(
        quantity=quantity,
        pair=pair,
        guess=guess,
        point=guess,
        draws=None,
        source=GUESSED,
        reason="; ".join(reasons),
    )


def _several(group: Sequence[Measurement]) -> str:
    """Why measurements of one thing cannot be averaged: an experiment has it in two settings."""
    for experiment in dict.fromkeys(x.experiment for x in group):
        same = [x.id for x in group if x.experiment == experiment]
        if len(same) > 1:
            return (
                f"measured in several settings ({', '.join(same)}): analyse a run with one of them"
            )
    return ""


def _exponent(
    pair: PairKey,
    guess: float,
    groups: Sequence[Sequence[Measurement]],
    pool: Pooler,
    at_least: bool,
) -> _Number:
    """Mean over the pairs behind an exponent, the guess where a pair was not measured."""
    parts = [
        _number(
            quantity="exponent", pair=pair, guess=guess, group=group, pool=pool, at_least=at_least
        )
        for group in groups
    ]
    there = [part for part in parts if part.draws is not None]
    reason = "; ".join(part.reason for part in parts if part.reason)
    if not there:
        return _Number(
            quantity="exponent",
            pair=pair,
            guess=guess,
            point=guess,
            draws=None,
            source=GUESSED,
            reason=reason,
        )
    stand_in = guessed_exponent(pool.seed, pair, guess, pool.draws)
    draws = np.mean([stand_in if p.draws is None else p.draws for p in parts], axis=0)
    point = float(np.mean([part.point for part in parts]))
    source = "measured"
    if len(there) < len(parts):
        source, reason = "measured in part", f"{len(there)} of {len(parts)} pairs; {reason}"
    ids = tuple(name for part in there for name in part.estimates)
    return _Number(
        quantity="exponent",
        pair=pair,
        guess=guess,
        point=point,
        draws=draws,
        source=source,
        reason=reason,
        estimates=ids,
    )


def _assembled(
    table: PteTable, m: float, numbers: Sequence[_Number], unused: tuple[tuple[str, str], ...]
) -> Measured:
    of = {q: [n for n in numbers if n.quantity == q] for q in ("ceg", "exponent", "M")}
    composability = of["M"][0]
    points = ForecastParameters(
        {n.pair[0]: np.array([n.point]) for n in of["ceg"]},
        {
            **printed(table, m).exponents,
            **{n.pair: np.array([n.point]) for n in of["exponent"]},
        },
        np.array([composability.point]),
    )
    given = Given(
        {n.pair[0]: n.draws for n in of["ceg"] if n.draws is not None},
        {n.pair: n.draws for n in of["exponent"] if n.draws is not None},
        composability.draws,
    )
    return Measured(points, given, tuple(_source(n) for n in numbers), unused)


def _source(number: _Number) -> ValueSource:
    def shown(value: float) -> float:
        return float(10**value) if number.quantity == "ceg" else float(value)

    return ValueSource(
        quantity=number.quantity,
        key=" on ".join(filter(None, number.pair)),
        source=number.source,
        value=shown(number.point),
        guess=shown(number.guess),
        reason=number.reason,
        estimates=number.estimates,
    )
