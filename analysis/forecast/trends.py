"""The three trends of Lifland et al.'s Figure 1, on its HumanEval data or on other results.

Blue: one model, ever more PTEs. Yellow: a fixed set of PTEs, ever newer models. Red: both. Each
is the running best by date, in points of score and in equivalent compute through the sigmoid.
pass@k needs an oracle: such rows are upper bounds, kept out of every trend and listed apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, nan

from analysis.curves.form import Curve
from analysis.writeup.months import years
from analysis.writeup.published import Model, PublishedResult

HUMANEVAL = "HumanEval"
PRINTED = "print"


class Trend(StrEnum):
    """Which of model and PTEs is free to change."""

    BLUE = "fixed model, new PTEs"
    YELLOW = "fixed PTEs, new models"
    RED = "new models and new PTEs"


class Dating(StrEnum):
    """When a result counts from."""

    EVALUATED = "evaluated"
    """A result counts from the month in which it was measured."""
    METHOD = "method"
    """A result counts from the month in which both the model and the newest PTE were out."""


@dataclass(frozen=True, kw_only=True)
class TrendPoint:
    """The best result of a trend up to a date."""

    trend: Trend
    held: str
    """What is held fixed: a model, or a set of PTEs."""
    month: int
    model: str
    ptes: tuple[str, ...]
    score: float
    """Score, in [0, 1]."""
    x: float
    """Equivalent compute: log10(FLOP / 1e21) at which the curve has this score."""
    gain: float
    """log10 CEG: over the model without PTEs (blue), else over the first point of the trend. NaN,
    as x, without a curve."""
    benchmark: str = HUMANEVAL
    origin: str = PRINTED
    """Where the results come from: the print, the user's file, or measured."""


@dataclass(frozen=True, kw_only=True)
class GrowthRate:
    """Growth of one trend between its first and its last point."""

    trend: Trend
    held: str
    years: float
    ooms_per_year: float
    points_per_year: float
    benchmark: str = HUMANEVAL
    origin: str = PRINTED


@dataclass(frozen=True)
class _Entry:
    month: int
    model: str
    ptes: tuple[str, ...]
    score: float


def trends(
    models: Sequence[Model],
    results: Sequence[PublishedResult],
    curve: Curve | None,
    dating: Dating = Dating.EVALUATED,
) -> tuple[TrendPoint, ...]:
    """Points at which the running best of each trend rises, by trend, what is held, and date.

    Args:
        models: models without PTEs.
        results: further results, of models without PTEs and with them.
        curve: from training compute to score; None gives points of score alone.
        dating: when a result counts from.
    """
    entries = _entries(models, results, dating)
    result: list[TrendPoint] = []
    for model in dict.fromkeys(e.model for e in entries if e.ptes):
        own = [e for e in entries if e.model == model]
        result += _best(Trend.BLUE, model, own, curve, next(e for e in own if not e.ptes).score)
    for ptes in dict.fromkeys(e.ptes for e in entries):
        same = [e for e in entries if e.ptes == ptes]
        if len({e.model for e in same}) > 1:
            result += _best(Trend.YELLOW, " + ".join(ptes) or "none", same, curve)
    return (*result, *_best(Trend.RED, "nothing", entries, curve))


def rates(points: Iterable[TrendPoint]) -> tuple[GrowthRate, ...]:
    """Growth of each trend that has points on two dates or more, first to last."""
    groups: dict[tuple[str, str, Trend, str], list[TrendPoint]] = {}
    for point in points:
        key = (point.origin, point.benchmark, point.trend, point.held)
        groups.setdefault(key, []).append(point)
    results = []
    for (origin, benchmark, trend, held), group in groups.items():
        first, last = group[0], group[-1]
        span = float(years(last.month) - years(first.month))
        if span > 0:
            rise = 100 * (last.score - first.score)
            results.append(
                GrowthRate(
                    trend=trend,
                    held=held,
                    years=span,
                    ooms_per_year=(last.gain - first.gain) / span,
                    points_per_year=rise / span,
                    benchmark=benchmark,
                    origin=origin,
                )
            )
    return tuple(results)


def oracle_rows(results: Sequence[PublishedResult]) -> tuple[PublishedResult, ...]:
    """The rows that are upper bounds."""
    return tuple(result for result in results if result.oracle)


def _entries(
    models: Sequence[Model], results: Sequence[PublishedResult], dating: Dating
) -> list[_Entry]:
    alone = [_Entry(m.month, m.name, (), m.score) for m in models]
    alone += [_Entry(r.evaluated, r.model, (), r.score) for r in results if _plain(r)]
    out: dict[str, int] = {}
    for entry in alone:
        out[entry.model] = min(entry.month, out.get(entry.model, entry.month))
    bases = {e.model: _Entry(out[e.model], e.model, (), e.score) for e in alone}
    result = list(bases.values())
    for r in results:
        if not r.ptes or r.oracle:
            continue
        date = r.evaluated
        if dating is Dating.METHOD and r.method is not None:
            date = max(r.method, out[r.model])
        result.append(_Entry(date, r.model, r.ptes, r.score))
    return sorted(result, key=lambda e: (e.month, e.score))


def _plain(result: PublishedResult) -> bool:
    return not result.ptes and not result.oracle


def _best(
    trend: Trend,
    held: str,
    entries: Sequence[_Entry],
    curve: Curve | None,
    start: float | None = None,
) -> list[TrendPoint]:
    """A point wherever the best so far rises; of several in one month, the best alone."""
    rising: dict[int, _Entry] = {}
    best = -1.0
    for entry in entries:
        if entry.score > best:
            best = entry.score
            rising[entry.month] = entry
    first = next(iter(rising.values())).score if start is None else start
    return [
        TrendPoint(
            trend=trend,
            held=held,
            month=e.month,
            model=e.model,
            ptes=e.ptes,
            score=e.score,
            x=_compute(curve, e.score),
            gain=_compute(curve, e.score) - _compute(curve, first),
        )
        for e in rising.values()
    ]


def _compute(curve: Curve | None, score: float) -> float:
    """log10(FLOP / 1e21) at which the curve has a score; NaN where it has it nowhere."""
    x = nan if curve is None else float(curve.compute(score))
    return x if isfinite(x) else nan
