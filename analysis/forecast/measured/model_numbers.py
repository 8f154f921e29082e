"""One number of the forecast's model: as it was measured, or as the table guesses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.distributions import DEFAULTS, guessed_exponent
from analysis.forecast.measured.places import Place, Placed
from analysis.forecast.measured.pooling import Pooled, Pooler
from analysis.forecast.measured.prior import share_prior
from analysis.forecast.totals import PairKey
from analysis.uncertainty.sampled_effects import Prior
from harness.errors import UserError

Array = NDArray[np.float64]

GUESSED = "guessed"
MEASURED = "measured"
IN_PART = "measured in part"
BOUNDED = "guess within measured bounds"
_LEAST_LESSER = 0.1
"""OOM: the lesser gain of a pair below which an interaction over it is no exponent."""


@dataclass(frozen=True, kw_only=True)
class ModelNumber:
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


def model_number(
    where: Place, guess: float, placed: Placed, pool: Pooler, prior: Prior
) -> ModelNumber:
    """A number of a place: the pooled measurements, else the guess, with why.

    Args:
        where: the number's place in the model.
        guess: the table's.
        placed: what was measured, by place.
        pool: how measurements are put together.
        prior: where they do not tell.
    """
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
            return ModelNumber(
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
    return ModelNumber(place=where, guess=guess, point=guess, reason="; ".join(reasons))


def model_exponent(
    pair: PairKey, guess: float, placed: Placed, pool: Pooler, gains: Mapping[str, float]
) -> ModelNumber:
    """Mean over the pairs behind an exponent, the guess where a pair was not measured."""
    prior = share_prior(guess, DEFAULTS.exponent_concentration)
    behind = placed.behind[pair]
    parts = []
    for each in behind:
        where = Place("exponent", each)
        found = model_number(where, guess, placed, pool, prior)
        if found.draws is None:
            found = model_number(where, guess, _by_interaction(placed, where, gains), pool, prior)
        parts.append(found)
    there = [part for part in parts if part.draws is not None]
    reason = "; ".join(dict.fromkeys(part.reason for part in parts if part.reason))
    if not there:
        return ModelNumber(place=Place("exponent", pair), guess=guess, point=guess, reason=reason)
    stand_in = guessed_exponent(pool.seed, pair, guess, pool.draws)
    drawn = [stand_in if part.draws is None else part.draws for part in parts]
    part_of = f"{len(there)} of {len(parts)} pairs; " if len(there) < len(parts) else ""
    return ModelNumber(
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
    if not lesser >= _LEAST_LESSER:
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
