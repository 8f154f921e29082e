"""The three trends from a user's results, or from measured ladders, in place of HumanEval's.

A benchmark's curve is the logistic least-squares fit of Lifland et al. through its models without
PTEs, where three of them or more have a training compute and the score rises with it; else the
trends are in points of score alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.contracts.experiment import ooms
from analysis.curves.form import LOGISTIC, Curve
from analysis.curves.least_squares import least_squares
from analysis.forecast.measured.counting import Counting
from analysis.forecast.measured.estimates import EstimatesFile, Measurement
from analysis.forecast.stated.choices import Stated
from analysis.forecast.stated.trend_file import TrendFile, TrendResult
from analysis.forecast.trends import Dating, TrendPoint, trends
from analysis.writeup.published import PublishedResult, ladder, results
from analysis.writeup.table import PteTable

FEWEST = 3
"""Models that a curve takes."""
MEASURED = "measured"
Counts = tuple[Counting, Mapping[str, float]]
"""What counts of measured values, and the weights of kinds of task."""


@dataclass(frozen=True)
class OwnTrends:
    """Trends by dating, and what stayed out of them."""

    points: Mapping[Dating, tuple[TrendPoint, ...]]
    notes: tuple[str, ...]
    """What a reader must know: results that were left out, benchmarks without a curve."""


def from_file(file: TrendFile, table: PteTable) -> OwnTrends:
    """The trends of a user's results.

    By the dating `method` a result counts from when its model and its PTEs were out: the model by
    its first result, PTEs by the table where it has all of them, else by the result's own date.
    """
    out = _released(file.results)
    published = {
        name: [_published(one, table, out[one.model]) for one in own]
        for name, own in _by_benchmark(file.results).items()
    }
    return _trends(published, _by_benchmark(file.results), file.name)


def from_measured(
    measurements: Sequence[Measurement],
    table: PteTable,
    released: Mapping[str, int],
    flop: Mapping[str, float],
    counts: Counts,
) -> OwnTrends:
    """The trends of measured scores.

    A score counts from when both its model (by `released`) and all of its PTEs (by the rows that
    they say they are) were out; both datings give that. A stand-in has no date.

    Each experiment is a ladder of its own, since families of models share no curve.

    Args:
        measurements: of the files of estimates.
        table: whose dates the PTEs have.
        released: month of release by model.
        flop: training FLOP by model.
        counts: what of them counts, as in the forecast.
    """
    notes: list[str] = []
    dated = {row.key: row.month for row in table.rows}
    found: list[TrendResult] = []
    counting, weights = counts
    scores = [one for one in measurements if one.kind == "score" and one.model]
    aside = {one.benchmark: counting.not_counted(one, weights) for one in scores}
    notes += [f"left out: {why}" for why in dict.fromkeys(filter(None, aside.values()))]
    scores = [one for one in scores if not aside[one.benchmark]]
    ladders = _ladders(scores)
    undated = sorted({str(one.model) for one in scores} - set(released))
    if undated:
        notes.append(f"no date of release, left out: {', '.join(undated)}")
    foreign = sorted(
        {
            pte
            for one in scores
            for pte, row in zip(one.ptes, counting.rows_of(one), strict=True)
            if row not in dated
        }
    )
    if foreign:
        notes.append(
            f"stacks with PTEs that say no row and so have no date: {', '.join(foreign)} "
            "(--row PTE=ROW says one)"
        )
    for one in scores:
        model = str(one.model)
        rows = [row for row in counting.rows_of(one) if row in dated and row is not None]
        if model not in released or len(rows) < len(one.ptes) or one.oracle:
            continue
        month = max([released[model], *(dated[row] for row in rows)])
        found.append(
            TrendResult(
                month=month,
                model=model,
                flop=flop.get(model),
                ptes=tuple(sorted(rows)),
                benchmark=ladders[one.experiment],
                score=one.point,
            )
        )
    alone = {(one.benchmark, one.model) for one in found if not one.ptes}
    kept = [one for one in found if (one.benchmark, one.model) in alone]
    by_benchmark = _by_benchmark(kept)
    published = {
        name: [_published(one, table, released[one.model]) for one in own]
        for name, own in by_benchmark.items()
    }
    own_trends = _trends(published, by_benchmark, MEASURED)
    return replace(own_trends, notes=(*notes, *own_trends.notes))


def trends_in_use(
    stated: Stated, file: EstimatesFile | None, humaneval: Curve, counting: Counting
) -> tuple[Mapping[Dating, tuple[TrendPoint, ...]], tuple[str, ...]]:
    """The user's trends, or else measured ones, or else HumanEval's; and what to say of them."""
    if stated.trends is not None:
        own = from_file(stated.trends, stated.table)
        return own.points, own.notes
    printed = {how: trends(ladder(), results(), humaneval, how) for how in Dating}
    if file is None or not stated.released:
        return printed, ()
    own = from_measured(
        file.measurements, stated.table, stated.released, stated.flop, (counting, stated.weights)
    )
    if any(own.points.values()):
        return own.points, own.notes
    return printed, (*own.notes, "no measured score has both dates: the trends are HumanEval's")


def _trends(
    published: Mapping[str, Sequence[PublishedResult]],
    scores: Mapping[str, Sequence[TrendResult]],
    origin: str,
) -> OwnTrends:
    notes: list[str] = []
    points: dict[Dating, list[TrendPoint]] = {how: [] for how in Dating}
    for benchmark, own in published.items():
        curve, why = _curve(scores[benchmark])
        if curve is None:
            notes.append(f"{benchmark}: points of score alone, since {why}")
        for how in Dating:
            points[how] += [
                replace(point, benchmark=benchmark, origin=origin)
                for point in trends((), own, curve, how)
            ]
    return OwnTrends({how: tuple(own) for how, own in points.items()}, tuple(notes))


def _curve(scores: Sequence[TrendResult]) -> tuple[Curve | None, str]:
    """A benchmark's curve, or why there is none."""
    alone = {one.model: one for one in scores if not one.ptes and one.flop is not None}
    rungs = [(ooms(one.flop), one.score) for one in alone.values() if one.flop is not None]
    if len({x for x, _ in rungs}) < FEWEST:
        return None, f"a curve takes {FEWEST} models without PTEs of known training compute"
    curve = least_squares(LOGISTIC, [x for x, _ in rungs], [y for _, y in rungs]).curve
    if curve.slope <= 0:
        return None, "the score does not rise with training compute"
    return curve, ""


def _published(one: TrendResult, table: PteTable, released: int) -> PublishedResult:
    dated = {row.key: row.month for row in table.rows}
    known = [dated[pte] for pte in one.ptes if pte in dated]
    method = max(known) if one.ptes and len(known) == len(one.ptes) else None
    return PublishedResult(
        model=one.model,
        ptes=one.ptes,
        k=1,
        score=one.score,
        inference=None,
        evaluated=one.month,
        method=method if method is None else max(method, released),
    )


def _ladders(scores: Sequence[Measurement]) -> dict[str, str]:
    """What each experiment is called: its benchmark, where no other one is on it."""
    benchmarks = {one.experiment: one.benchmark for one in scores}
    often = Counter(benchmarks.values())
    return {
        experiment: benchmark if often[benchmark] == 1 else experiment
        for experiment, benchmark in benchmarks.items()
    }


def _released(results: Sequence[TrendResult]) -> dict[str, int]:
    """First month in which each model has a result."""
    first: dict[str, int] = {}
    for one in results:
        first[one.model] = min(one.month, first.get(one.model, one.month))
    return first


def _by_benchmark(results: Sequence[TrendResult]) -> dict[str, list[TrendResult]]:
    groups: dict[str, list[TrendResult]] = defaultdict(list)
    for one in results:
        groups[one.benchmark].append(one)
    return dict(groups)
