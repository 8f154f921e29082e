"""Several measurements of one quantity, made one with joint draws: a random-effects model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.measured.by_benchmark import (
    SD_95,
    BenchmarkValue,
    benchmark_value,
    joint_mean,
    telling,
)
from analysis.forecast.measured.estimates import Measurement
from analysis.forecast.measured.levels import Level, families_level, types_level
from analysis.forecast.measured.prior import SOURCE
from analysis.forecast.measured.usable import bound
from analysis.uncertainty.clusters import clusters
from analysis.uncertainty.random_effects import random_effects
from analysis.uncertainty.sampled_effects import (
    Evidence,
    Prior,
    SampledEffects,
    sampled_effects,
)
from harness.errors import UserError

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """A measured number: a point, and draws that are joint within each experiment."""

    point: float
    draws: Array
    """[draw]: the mean over the tasks that count: over benchmarks that there could be, and as far
    off as kinds of task that were not measured may lie."""
    low: float
    high: float
    """Upper end of the 95% interval of the mean over benchmarks like these."""
    further_low: float
    further_high: float
    """Upper end of the 95% prediction interval of a task that was not measured."""
    between: float
    """Standard deviation of the benchmarks' true values."""
    bounds: int
    """How many of the benchmarks are known by a bound alone."""
    values: int
    """How many have a value."""
    estimates: tuple[str, ...]
    """Ids of the estimates that were pooled."""
    benchmarks: tuple[str, ...]
    families: tuple[str, ...]
    note: str
    """What was pooled, and how."""


@dataclass(frozen=True, kw_only=True)
class Pooler:
    """Averages measurements; all that it makes share one choice of each experiment's draws."""

    picks: Mapping[str, NDArray[np.intp]]
    """[draw] by experiment: indices into its draws; experiments without draws are not in it."""
    draws: int
    seed: int
    weights: Mapping[str, float]
    """Weight in the average task, by kind of task."""
    kinds: Mapping[str, str]
    """Kind of task by benchmark."""

    def pool(self, result: Sequence[Measurement], prior: Prior, log: bool) -> Pooled:
        """The mean over benchmarks, each of which counts once, as random effects.

        Args:
            result: measurements that `refusal` lets pass.
            prior: where they do not tell.
            log: whether values are log10, to be said as factors.

        Raises:
            UserError: every benchmark is left out as saying nothing.
        """
        kept, wide = telling(result)
        units = [benchmark_value(group) for group in clusters(kept)]
        values = [unit for unit in units if unit.known]
        evidence = Evidence(
            points=np.array([unit.point for unit in values]),
            noise=np.array([unit.noise for unit in values]),
            importance=np.array([self._importance(unit) for unit in values]),
            at_least=np.array([u.at_least for u in units if not u.known and isfinite(u.at_least)]),
            at_most=np.array([u.at_most for u in units if not u.known and isfinite(u.at_most)]),
        )
        own = np.array([self._drawn(unit) for unit in values]).reshape(len(values), self.draws)
        rng = np.random.default_rng([self.seed, 2, *"|".join(m.id for m in kept).encode()])
        levels = self._levels(values, evidence)
        extra = sum(level.extra for level in levels)
        missing, unknown = self._unmeasured(units, prior)
        found = sampled_effects(evidence, prior, own, rng, extra)
        unmeasured = np.sqrt(unknown) * rng.standard_normal(self.draws)
        low, high = _interval(evidence, found, extra)
        further = np.quantile(found.further, [0.025, 0.975])
        return Pooled(
            point=found.point,
            draws=found.draws + unmeasured,
            low=low,
            high=high,
            further_low=float(further[0]),
            further_high=float(further[1]),
            between=found.between,
            bounds=len(units) - len(values),
            values=len(values),
            estimates=tuple(m.id for m in kept),
            benchmarks=tuple(dict.fromkeys(m.benchmark for m in kept)),
            families=tuple(dict.fromkeys(f for m in kept for f in m.families)),
            note="; ".join(
                [
                    *self._said(units, found, prior, log),
                    *(level.note for level in levels),
                    *_of_missing(missing, unknown, log),
                    *wide,
                ]
            ),
        )

    def _importance(self, unit: BenchmarkValue) -> float:
        """How much a benchmark counts: its kind's weight over the mean weight of all kinds."""
        usual = float(np.mean(list(self.weights.values())))
        kind = self.kinds.get(unit.members[0].benchmark, "")
        return self.weights.get(kind, usual) / usual

    def _levels(self, values: Sequence[BenchmarkValue], evidence: Evidence) -> list[Level]:
        if len(values) < 2:
            return []
        kinds = [self.kinds.get(unit.members[0].benchmark, "") for unit in values]
        grid = [[(m.families, m.point) for m in u.members if bound(m) is None] for u in values]
        return [
            types_level(kinds, evidence.points, evidence.noise, evidence.importance),
            families_level(grid),
        ]

    def _drawn(self, unit: BenchmarkValue) -> Array:
        """[draw]: a benchmark's value, joint with the other draws of its experiments."""
        return joint_mean([self._draws_of(m) for m in unit.members])

    def _draws_of(self, one: Measurement) -> Array:
        if len(one.draws) and one.experiment in self.picks:
            return np.asarray(one.draws[self.picks[one.experiment]])
        rng = np.random.default_rng([self.seed, *one.id.encode()])
        spread = (one.high - one.low) / SD_95
        return np.asarray(one.point + spread * rng.standard_normal(self.draws))

    def _said(
        self, units: Sequence[BenchmarkValue], found: SampledEffects, prior: Prior, log: bool
    ) -> list[str]:
        """How it was pooled, in words."""
        names = ", ".join(sorted({m.benchmark for unit in units for m in unit.members}))
        known = [unit for unit in units if unit.known]
        said = [f"random effects over {len(units)} benchmark{'s' * (len(units) != 1)} ({names})"]
        if len(known) > 1:
            scatter = f"between benchmarks {found.between:.2f}{' OOM' if log else ''}"
            said.append(scatter)
        elif known:
            source = SOURCE if log else "as wide as the guess"
            said.append(
                "one benchmark: how others differ is not known, and taken to be "
                f"{prior.between:.2f}{' OOM' if log else ''} ({source})"
            )
        else:
            said.append("bounds alone: the guess, as far as they allow it")
        bounds = [unit for unit in units if not unit.known]
        if bounds and known:
            said.append(
                f"{len(bounds)} known by a bound alone "
                f"({', '.join(unit.members[0].benchmark for unit in bounds)}): censored"
            )
        return said

    def _unmeasured(self, units: Sequence[BenchmarkValue], prior: Prior) -> tuple[list[str], float]:
        """Kinds of task with a weight that were not measured, and what is added for them to the
        variance of the mean: they differ from it as benchmarks are taken to. Below two values the
        prior's deviation stands for all that is not known already."""
        kinds = {self.kinds.get(unit.members[0].benchmark, "") for unit in units}
        missing = [kind for kind, weight in self.weights.items() if weight and kind not in kinds]
        if sum(unit.known for unit in units) < 2:
            return missing, 0.0
        whole = sum(self.weights.values())
        shares = sum((self.weights[kind] / whole) ** 2 for kind in missing)
        return missing, prior.between**2 * shares


def pooler(
    *,
    used: Sequence[Measurement],
    draws: int,
    seed: int,
    weights: Mapping[str, float],
    kinds: Mapping[str, str],
) -> Pooler:
    """Choose the draws of each experiment that all of its estimates in use have, with replacement.

    Raises:
        UserError: estimates of one experiment have different numbers of draws, or none in common.
    """
    own: dict[str, list[Measurement]] = defaultdict(list)
    for each in used:
        if len(each.draws) and bound(each) is None:
            own[each.experiment].append(each)
    picks = {}
    for experiment, group in own.items():
        lengths = {len(m.draws): m.id for m in group}
        if len(lengths) > 1:
            raise UserError(
                "estimates that belong together must have as many draws: "
                + ", ".join(f"{name} has {length}" for length, name in lengths.items())
            )
        finite = np.flatnonzero(np.all([np.isfinite(m.draws) for m in group], axis=0))
        if not len(finite):
            raise UserError(f"no draw is finite in all of {', '.join(m.id for m in group)}")
        rng = np.random.default_rng([seed, 1, *experiment.encode()])
        picks[experiment] = rng.choice(finite, draws)
    return Pooler(picks=picks, draws=draws, seed=seed, weights=weights, kinds=kinds)


def _interval(evidence: Evidence, found: SampledEffects, extra: float) -> tuple[float, float]:
    """The mean's 95% interval: as the report has it where nothing is censored and benchmarks count
    alike, else of the draws."""
    alike = bool(np.all(evidence.importance == 1.0))
    if len(evidence.points) > 1 and alike and not evidence.bounded and not extra:
        half = np.sqrt(evidence.noise) * SD_95 / 2
        points = evidence.points
        of = random_effects(points.tolist(), (points - half).tolist(), (points + half).tolist())
        return of.low, of.high
    low, high = np.quantile(found.draws, [0.025, 0.975])
    return float(low), float(high)


def _of_missing(missing: Sequence[str], variance: float, log: bool) -> list[str]:
    if not missing:
        return []
    added = f", which widens it by {variance**0.5:.2f}{' OOM' if log else ''}" if variance else ""
    return [f"not measured: {', '.join(missing)}{added}"]
