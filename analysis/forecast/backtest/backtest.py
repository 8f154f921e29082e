"""Models of growth fitted to the rows up to a date, and scored on the totals after it.

What is scored is the total in force at the end of every quarter after the cut, up to the table's
last date: fixed dates, since a forecast is asked for a date and not for the next change. The
CEGs are those of the finished table, which its authors chose knowing what came later; what the PTEs
are worth is not in question here, only how their total grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    are. Below 0 is better than the line."""
    crps_over: tuple[float, float, float]
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
            return f"No backtest: it takes {FEWEST} dates of change, and later ones to score."
        others = [s for s in self.standings if s.model != REFERENCE]
        better = [s.model for s in others if s.crps_over[2] < 0 and s.log_score_over[2] < 0]
        worse = [s.model for s in others if s.crps_over[1] > 0 and s.log_score_over[1] > 0]
        words = []
        if better:
            words.append(f"by both scores better than the line: {', '.join(better)}")
        if worse:
            words.append(f"by both scores worse: {', '.join(worse)}")
        if not words:
            words.append("no model is clearly better or worse than the line by both scores")
        return (
            f"{'; '.join(words)}. {len(self.cuts)} cuts share {len(self.dates)} dates of one "
            "history, so this is weak evidence."
        )


NOT_TRIED = Backtest((), (), (), ())


def backtest(changes: Sequence[int], totals: Array, seed: int, cut: int | None = None) -> Backtest:
    """Fit every competitor at each cut and score it on what came.

    Args:
        changes: [change] months at which the total changed, rising.
        totals: [change] log10 totals.
        seed: of the ensembles.
        cut: the one last month to fit to; None takes each change with `FEWEST` before or at it.

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
    return Backtest(tuple(cuts), dates, tried, _standings(tried, seed))


def _quarters(cut: int, last: int) -> list[int]:
    """Months after a cut that end a quarter, up to the last."""
    return [month for month in range(cut + 1, last + 1) if month % 3 == 2]


def _at(changes: Sequence[int], totals: Array, cut: int, seed: int) -> list[Tried]:
    known = [i for i, month in enumerate(changes) if month <= cut]
    past = Past(tuple(changes[i] for i in known), totals[known])
    future = _quarters(cut, changes[-1])
    outcomes = [float(totals[sum(m <= month for m in changes) - 1]) for month in future]
    result = []
    for number, model in enumerate(COMPETITORS):
        rng = np.random.default_rng([seed, 3, number, cut])
        predicted = model.predict(past, future, MEMBERS, rng)
        for month, outcome, ensemble in zip(future, outcomes, predicted, strict=True):
            result.append(
                Tried(
                    model=model.name,
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


def _standings(tried: Sequence[Tried], seed: int) -> tuple[Standing, ...]:
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
                inside50=float(np.mean([0.25 <= one.pit <= 0.75 for one in own])),
                inside95=float(np.mean([0.025 <= one.pit <= 0.975 for one in own])),
            )
        )
    return tuple(results)


def _weights(cuts: int, dates: int, seed: int) -> Array:
    """[replicate, cut, date]: both are drawn anew, since predictions of one cut go wrong together,
    and so do those for one date (the Bayesian bootstrap of crossed factors)."""
    rng = np.random.default_rng([seed, 4])
    of_cuts = rng.exponential(size=(REPLICATES, cuts, 1))
    return np.asarray(of_cuts * rng.exponential(size=(REPLICATES, 1, dates)))


def _mean(scores: Array, weights: Array) -> Array:
    there = np.where(np.isnan(scores), 0.0, weights)
    return np.asarray((there * np.nan_to_num(scores)).sum((1, 2)) / there.sum((1, 2)))


def _interval(scores: Array, weights: Array) -> tuple[float, float, float]:
    plain = float(_mean(scores, np.ones((1, *scores.shape)))[0])
    low, high = np.quantile(_mean(scores, weights), [0.025, 0.975])
    return plain, float(low), float(high)
