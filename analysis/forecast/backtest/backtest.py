"""Models of growth fitted to the rows up to a date, and scored on the totals after it.

What is scored is the total in force at the end of every quarter after the cut, up to the table's
last date: fixed dates, since a forecast is asked for a date and not for the next change. The CEGs
are those of the finished table, which its authors chose knowing what came later; what the PTEs are
worth is not in question here, only how their total grows.

The intervals of the differences are of one history, and no interval can hold that another would
have been otherwise. A test draws histories on the write-up's 14 dates, whose jumps scatter as much
as they are large: of 40 that grow as a line, 45% put the model that levels off behind the line and
20% ahead of it; of 40 that level off with a time constant of two years, 22% and 40%.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.backtest.competitors import COMPETITORS, REFERENCE, Past
from analysis.forecast.backtest.scores import crps, log_score, pit
from analysis.forecast.intervals import QUANTILES
from analysis.writeup.months import label
from harness.errors import UserError

Array = NDArray[np.float64]

FEWEST = 5
"""Dates that a fit must have: three more than the line has parameters."""
MEMBERS = 2_000
REPLICATES = 2_000
BLOCK = 3
"""Neighbouring cuts, or dates, that go wrong together: three dates are three quarters."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One prediction beside what came."""

    model: str
    cut: int
    month: int
    outcome: float
    """log10 total in force at the month."""
    quantiles: Array
    """[quantile of `QUANTILES`] of what was predicted."""
    log_score: float
    crps: float
    pit: float


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A model over all that it predicted; scores are plain means."""

    model: str
    meaning: str
    log_score: float
    crps: float
    log_score_over: tuple[float, float, float]
    """Log score less the line's: estimate, and 95% interval over which cuts and which dates there
    are, NaN where these are too few for one. Below 0 is better than the line."""
    crps_over: tuple[float, float, float]
    ahead: Array
    """[quantile of `QUANTILES`] at the end of the forecast, fitted to the whole history."""
    inside50: float
    """Share of what came that lies in the central 50%."""
    inside95: float


@dataclass(frozen=True)
class Backtest:
    """The competition."""

    cuts: tuple[int, ...]
    dates: tuple[int, ...]
    tried: tuple[Tried, ...]
    standings: tuple[Standing, ...]

    @property
    def verdict(self) -> str:
        """What may be concluded, in a sentence."""
        if not self.standings:
            return f"not tried: it takes {FEWEST} dates of change, and quarters after them"
        shared = f"{len(self.cuts)} cuts share {len(self.dates)} dates of one history"
        others = [s for s in self.standings if s.model != REFERENCE]
        if any(isnan(s.crps_over[1]) for s in others):
            return f"{shared}: too few to say which model is better."
        ahead = [s.model for s in others if s.crps_over[2] < 0 and s.log_score_over[2] < 0]
        behind = [s.model for s in others if s.crps_over[1] > 0 and s.log_score_over[1] > 0]
        words = [
            f"{what} the line by both scores: {', '.join(models)}"
            for what, models in (("ahead of", ahead), ("behind", behind))
            if models
        ]
        said = "; ".join(words) or "no model is clear of the line by both scores"
        return (
            f"{said}. {shared}: hardly evidence, as simulated histories of 14 dates are ranked so "
            "whichever model is true."
        )


NOT_TRIED = Backtest((), (), (), ())


def backtest(
    changes: Sequence[int],
    totals: Array,
    seed: int,
    cut: int | None = None,
    end: int | None = None,
) -> Backtest:
    """Fit every competitor at each cut and score it on what came.

    Args:
        changes: [change] months at which the total changed, rising.
        totals: [change] log10 totals.
        seed: of the ensembles.
        cut: the one last month to fit to; None takes each change with `FEWEST` before or at it.
        end: month that the models forecast, each fitted to all changes; None is the last change.

    Raises:
        UserError: the cut that was asked for leaves too little to fit or to score.
    """
    last = changes[-1]
    if cut is None:
        cuts = [month for month in changes[FEWEST - 1 :] if _quarters(month, last)]
    else:
        known = [month for month in changes if month <= cut]
        if len(known) < FEWEST or not _quarters(cut, last):
            enough = [m for m in range(changes[0], last) if _quarters(m, last)]
            enough = [m for m in enough if sum(c <= m for c in changes) >= FEWEST]
            allowed = f"{label(enough[0])} to {label(enough[-1])}" if enough else "none will do"
            raise UserError(
                f"--backtest {label(cut)} leaves {len(known)} dates of change to fit to (it takes "
                f"{FEWEST}) and {len(_quarters(cut, last))} quarters to score: {allowed}"
            )
        cuts = [cut]
    tried = tuple(one for month in cuts for one in _at(changes, totals, month, seed))
    if not tried:
        return NOT_TRIED
    dates = tuple(sorted({one.month for one in tried}))
    past = Past(tuple(changes), totals)
    ahead = _predicted(past, [last if end is None else end], seed, last)
    quantiles = {name: np.quantile(drawn[0], QUANTILES) for name, drawn in ahead.items()}
    return Backtest(tuple(cuts), dates, tried, _standings(tried, seed, quantiles))


def _quarters(cut: int, last: int) -> list[int]:
    """Months after a cut that end a quarter, up to the last."""
    return [month for month in range(cut + 1, last + 1) if month % 3 == 2]


def _at(changes: Sequence[int], totals: Array, cut: int, seed: int) -> list[Tried]:
    known = [i for i, month in enumerate(changes) if month <= cut]
    past = Past(tuple(changes[i] for i in known), totals[known])
    future = _quarters(cut, changes[-1])
    outcomes = [float(totals[sum(m <= month for m in changes) - 1]) for month in future]
    result = []
    for name, predicted in _predicted(past, future, seed, cut).items():
        for month, outcome, ensemble in zip(future, outcomes, predicted, strict=True):
            result.append(
                Tried(
                    model=name,
                    cut=cut,
                    month=month,
                    outcome=outcome,
                    quantiles=np.quantile(ensemble, QUANTILES),
                    log_score=log_score(ensemble, outcome),
                    crps=crps(ensemble, outcome),
                    pit=pit(ensemble, outcome),
                )
            )
    return result


def _predicted(past: Past, future: Sequence[int], seed: int, cut: int) -> dict[str, Array]:
    """[date, member] by model, each with random numbers of its own."""
    return {
        model.name: model.predict(
            past, future, MEMBERS, np.random.default_rng([seed, 3, number, cut])
        )
        for number, model in enumerate(COMPETITORS)
    }


def _standings(
    tried: Sequence[Tried], seed: int, ahead: Mapping[str, Array]
) -> tuple[Standing, ...]:
    cuts = sorted({one.cut for one in tried})
    dates = sorted({one.month for one in tried})
    weights = _weights(len(cuts), len(dates), seed)

    def grid(model: str, score: str) -> Array:
        """[cut, date]: scores; NaN where a date is not after the cut."""
        result = np.full((len(cuts), len(dates)), np.nan)
        for one in tried:
            if one.model == model:
                result[cuts.index(one.cut), dates.index(one.month)] = getattr(one, score)
        return result

    results = []
    for model in COMPETITORS:
        own = [one for one in tried if one.model == model.name]
        over = {
            score: _interval(grid(model.name, score) - grid(REFERENCE, score), weights)
            for score in ("log_score", "crps")
        }
        results.append(
            Standing(
                model=model.name,
                meaning=model.meaning,
                log_score=float(np.mean([one.log_score for one in own])),
                crps=float(np.mean([one.crps for one in own])),
                log_score_over=over["log_score"],
                crps_over=over["crps"],
                ahead=ahead[model.name],
                inside50=float(np.mean([0.25 <= one.pit <= 0.75 for one in own])),
                inside95=float(np.mean([0.025 <= one.pit <= 0.975 for one in own])),
            )
        )
    return tuple(results)


def _weights(cuts: int, dates: int, seed: int) -> Array | None:
    """[replicate, cut, date]: the Bayesian bootstrap of crossed factors, by blocks of neighbours.

    Predictions of one cut go wrong together, and so do those for one date, and neighbours of both.
    None where there are not two blocks of each.
    """
    if min(cuts, dates) <= BLOCK:
        return None
    rng = np.random.default_rng([seed, 4])
    return np.asarray(_blocks(rng, cuts)[:, :, None] * _blocks(rng, dates)[:, None, :])


def _blocks(rng: np.random.Generator, number: int) -> Array:
    """[replicate, number]: weights that `BLOCK` neighbours share, blocks cut anywhere."""
    drawn = rng.exponential(size=(REPLICATES, number // BLOCK + 2))
    first = rng.integers(0, BLOCK, (REPLICATES, 1))
    return np.take_along_axis(drawn, (np.arange(number) + first) // BLOCK, axis=1)


def _mean(scores: Array, weights: Array) -> Array:
    there = np.where(np.isnan(scores), 0.0, weights)
    return np.asarray((there * np.nan_to_num(scores)).sum((1, 2)) / there.sum((1, 2)))


def _interval(scores: Array, weights: Array | None) -> tuple[float, float, float]:
    plain = float(_mean(scores, np.ones((1, *scores.shape)))[0])
    if weights is None:
        return plain, nan, nan
    low, high = np.quantile(_mean(scores, weights), [0.025, 0.975])
    return plain, float(low), float(high)
