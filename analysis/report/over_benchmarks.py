"""What an arm is worth over several benchmarks: mean, and what a further benchmark would show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from analysis.ceg.estimate import Ceg
from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.contracts.experiment import Arm, Rung
from analysis.report.columns import Row, multiple
from analysis.result import ExperimentResult, primary
from analysis.uncertainty.clusters import clusters
from analysis.uncertainty.random_effects import (
    FEWEST,
    RandomEffects,
    random_effects,
    says_nothing,
)

PROSE = (
    "Random effects over the benchmarks on which an arm was measured, each as uncertain as its own "
    "interval says. The mean is that of all benchmarks of which these are a sample; the interval "
    "of a further benchmark is where the gain on one that was not measured is expected. Ladders "
    "on the same benchmark share its items: over all ladders together each benchmark counts once, "
    "with the mean of its ladders, as uncertain as one of them."
)
ALL = "all ladders"
_POOLED = (EstimateStatus.INTERPOLATED, EstimateStatus.ESTIMATED, EstimateStatus.HARMFUL)


@dataclass(frozen=True)
class Measured:
    """One arm on one ladder and benchmark."""

    experiment: str
    benchmark: str
    shares_items_with: tuple[str, ...]
    ladder: str
    arm: Arm
    estimate: Estimate
    """log10 CEG, or points in [-1, 1]."""

    @property
    def why_not(self) -> str:
        """Why it cannot be pooled; empty if it can."""
        if self.estimate.status not in _POOLED:
            return self.estimate.status.value.replace("_", " ")
        known = self.estimate.bounded and isfinite(self.estimate.point)
        return "" if known else "no bounded interval"


@dataclass(frozen=True)
class Measure:
    """A quantity that is pooled."""

    name: str
    of: Callable[[Ceg], Estimate]
    shown: Callable[[float], float]
    """From the scale it is pooled on to the table's."""
    read: Callable[[float], float]
    """Back again."""

    def estimate(self, row: pd.Series[Any], ends: str) -> Estimate:
        """The mean of a row of the table, with the interval of columns that begin with `ends`."""
        values = (self.read(row[name]) for name in ("mean", f"{ends}_low", f"{ends}_high"))
        point, low, high = values
        return Estimate(point=point, low=low, high=high)


CEG = Measure("CEG", lambda found: found.ceg, multiple, lambda factor: float(np.log10(factor)))
MEASURES = (
    CEG,
    Measure("points", lambda found: found.points, lambda x: 100 * x, lambda x: x / 100),
)


def over_benchmarks(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Every arm that was measured on several benchmarks, by ladder and over all of them."""
    return pd.DataFrame(row for measure in MEASURES for row in _rows(results, measure))


def told(results: Sequence[ExperimentResult]) -> list[str]:
    """A sentence for every arm and ladder: its CEG over benchmarks."""
    frame = over_benchmarks(results)
    if frame.empty:
        return []
    return [
        f"{row.arm} on {row.ladder}, over {row.benchmark_count} benchmarks: CEG {row.mean:.3g} "
        f"({row.mean_low:.3g} to {row.mean_high:.3g}); on a further benchmark "
        f"{row.further_low:.3g} to {row.further_high:.3g}."
        for row in frame[frame["measure"] == "CEG"].itertuples()
    ]


def _rows(results: Sequence[ExperimentResult], measure: Measure) -> Iterator[Row]:
    every = list(measured(results, measure))
    for label, config in dict.fromkeys((each.arm.label, each.arm.config) for each in every):
        of_arm = [x for x in every if (x.arm.label, x.arm.config) == (label, config)]
        ladders = list(dict.fromkeys(each.ladder for each in of_arm))
        for ladder in [*ladders, ALL] if len(ladders) > 1 else ladders:
            own = [each for each in of_arm if ladder in (each.ladder, ALL)]
            left_out = _left_out(own)
            used = [each for each in own if each.experiment not in left_out]
            if len(clusters(used)) >= FEWEST:
                yield _row(measure, label, ladder, used, left_out)


def _left_out(own: Sequence[Measured]) -> dict[str, str]:
    """By experiment, why it is in no mean."""
    known = [each for each in own if not each.why_not]
    widths = {each.experiment: each.estimate.high - each.estimate.low for each in known}
    widest = says_nothing(list(widths.values()))
    return {
        each.experiment: each.why_not or "its interval says nothing"
        for each in own
        if each.why_not or widths[each.experiment] > widest
    }


def _row(
    measure: Measure, arm: str, ladder: str, used: Sequence[Measured], left_out: dict[str, str]
) -> Row:
    groups = clusters(used)
    found = _pooled(groups)
    shown = measure.shown
    return {
        "arm": arm,
        "ladder": ladder,
        "measure": measure.name,
        "benchmark_count": len(groups),
        "mean": shown(found.mean),
        "mean_low": shown(found.low),
        "mean_high": shown(found.high),
        **{
            f"further_{end}": shown(value)
            for end, value in (("low", found.further_low), ("high", found.further_high))
        },
        "between_benchmarks": shown(found.between),
        "heterogeneity": 1 - found.noise_share,
        "heterogeneity_p": found.p,
        "benchmarks": ", ".join(dict.fromkeys(each.benchmark for each in used)),
        "not_pooled": "; ".join(f"{name}: {why}" for name, why in left_out.items()),
    }


def _pooled(groups: Sequence[Sequence[Measured]]) -> RandomEffects:
    """Groups on the same items at the mean of their points, as uncertain as one of them is."""

    def mean(value: Callable[[Estimate], float]) -> list[float]:
        return [float(np.mean([value(each.estimate) for each in group])) for group in groups]

    return random_effects(mean(lambda e: e.point), mean(lambda e: e.low), mean(lambda e: e.high))


def measured(results: Sequence[ExperimentResult], measure: Measure) -> Iterator[Measured]:
    """Every arm of PTEs over the reference of its experiment, upper bounds by an oracle apart."""
    for result in results:
        experiment = result.experiment
        for found in primary(experiment, result.cegs):
            arm = experiment.arms[experiment.arm(found.arm)]
            if arm.ptes and not arm.oracle:
                yield Measured(
                    experiment=experiment.name,
                    benchmark=experiment.benchmark,
                    shares_items_with=experiment.shares_items_with,
                    ladder=_ladder(experiment.rungs),
                    arm=arm,
                    estimate=measure.of(found),
                )


def _ladder(rungs: Sequence[Rung]) -> str:
    """The families of a ladder; its training stage too where that is not the base model's."""
    named = (" ".join((r.family, r.stage)).removesuffix(" base") for r in rungs)
    return "+".join(dict.fromkeys(named))
