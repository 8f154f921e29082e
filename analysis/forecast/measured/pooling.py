"""Several measurements of one quantity, made one with joint draws."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.average import AveragingConvention, average_task
from analysis.forecast.measured.between import between
from analysis.forecast.measured.estimates import Measurement
from analysis.uncertainty.clusters import clusters
from harness.errors import UserError

Array = NDArray[np.float64]

USED = frozenset({"interpolated", "estimated", "harmful"})
"""Statuses that replace a guess."""
AT_LEAST = "right_censored"
"""Status that replaces a guess only if the user says so."""
ENOUGH = 0.9
"""Share of an estimate's draws that must be finite."""
_SD_95 = 2 * 1.96


@dataclass(frozen=True)
class Pooled:
    """A measured number: a point, and draws that are joint with all others of the file."""

    point: float
    draws: Array
    """[draw]: values of the pooled estimate; empty where none has draws."""
    at_least: bool
    """Whether a censored estimate is in it."""
    estimates: tuple[str, ...]
    """Ids of the estimates that were pooled."""
    note: str
    """What was averaged over what."""


def refusal(measurement: Measurement, at_least: bool) -> str:
    """Why an estimate cannot take the place of a guess; empty if it can."""
    status = measurement.status
    if measurement.oracle:
        return "looks at a hidden target: an upper bound"
    if measurement.definition.startswith("outside"):
        return f"{measurement.definition} of the definition of a PTE"
    censored = status == AT_LEAST
    if censored and not at_least:
        return "right_censored: a lower bound only, used if asked for (--at-least)"
    if not censored and status not in USED:
        return f"{status}: {measurement.reason}" if measurement.reason else status
    if censored:
        known = isfinite(measurement.at_least)
        return "" if known else "right_censored, without a bound from base rungs"
    if not isfinite(measurement.point):
        return f"{status}, without a point"
    if not (isfinite(measurement.low) and isfinite(measurement.high)):
        return "its interval is not bounded"
    if not len(measurement.draws):
        return ""
    share = float(np.isfinite(measurement.draws).mean())
    return "" if share >= ENOUGH else f"only {share:.0%} of its draws are finite"


@dataclass(frozen=True)
class _Unit:
    """A benchmark: what was measured on it in all experiments that share its items."""

    task_type: str
    point: float
    draws: Array


@dataclass(frozen=True)
class _Units:
    """The benchmarks that a number is pooled over."""

    each: tuple[_Unit, ...]
    seen: float
    """Standard deviation of their points; NaN below two."""
    new: Array
    """[draw]: the effect of a benchmark that was not measured."""

    def further(self, pooled: Array) -> tuple[float, float]:
        """95% prediction interval of a further benchmark."""
        low, high = np.quantile(pooled + self.new, [0.025, 0.975])
        return float(low), float(high)

    def said(self, further: str) -> str:
        """How much benchmarks differ, in words."""
        if len(self.each) < 2:
            return "one benchmark: how others differ is not known"
        return (
            f"{len(self.each)} benchmarks that scatter by {self.seen:.2f} (random effects, t): "
            f"a further one has {further}"
        )


@dataclass(frozen=True)
class Pooler:
    """Averages measurements; all that it makes share one choice of the file's draws."""

    pick: Array
    """[draw]: indices into the file's draws; empty where no estimate has draws."""
    draws: int
    seed: int
    weights: Mapping[str, float]
    convention: AveragingConvention

    def pool(self, result: Sequence[Measurement]) -> Pooled:
        """The average task of CEGs: log10 mean within a kind of task, then over the kinds.

        A benchmark counts once, and is one of those that there could be (see `between`).

        Raises:
            UserError: no kind of task that was measured has a weight.
        """
        one_kind = {m.task_type: 0.0 for m in result}
        average = average_task(one_kind, self.weights, self.convention)
        within = [m for m in result if m.task_type in average.weights]
        units = self._units(within)
        kinds: dict[str, list[_Unit]] = defaultdict(list)
        for unit in units.each:
            kinds[unit.task_type].append(unit)
        points = {k: float(np.mean([u.point for u in us])) for k, us in kinds.items()}
        draws = {k: np.mean([u.draws for u in us], axis=0) for k, us in kinds.items()}
        log_ceg = np.asarray(average_task(draws, self.weights, self.convention).log_ceg)
        note = f"{_benchmarks(within)}; {self.convention}"
        if average.missing:
            note += f"; not measured: {', '.join(average.missing)}"
        if average.ignored:
            note += f"; without a weight: {', '.join(average.ignored)}"
        low, high = units.further(log_ceg)
        return Pooled(
            float(average_task(points, self.weights, self.convention).log_ceg),
            log_ceg,
            any(m.status == AT_LEAST for m in within),
            tuple(m.id for m in within),
            f"{note}; {units.said(f'{10**low:.2g} to {10**high:.2g}')}",
        )

    def mean(self, result: Sequence[Measurement]) -> Pooled:
        """The plain mean, for exponents and M: each benchmark counts alike."""
        units = self._units(result)
        draws = np.mean([unit.draws for unit in units.each], axis=0)
        low, high = units.further(draws)
        return Pooled(
            float(np.mean([unit.point for unit in units.each])),
            draws,
            False,
            tuple(m.id for m in result),
            f"mean of {_benchmarks(result)}; {units.said(f'{low:.2f} to {high:.2f}')}",
        )

    def _units(self, result: Sequence[Measurement]) -> _Units:
        """The benchmarks of some measurements, each with an effect of its own in its draws."""
        groups = clusters(result)
        points = [float(np.mean([_point(m) for m in group])) for group in groups]
        drawn = [_together([self._drawn(m) for m in group]) for group in groups]
        rng = np.random.default_rng([self.seed, 2, *"|".join(m.id for m in result).encode()])
        effect = between(points, [float(np.var(each)) for each in drawn], self.draws, rng)
        *own, new = effect.effects(len(groups) + 1, rng)
        each = tuple(
            _Unit(group[0].task_type, point, draws + further)
            for group, point, draws, further in zip(groups, points, drawn, own, strict=True)
        )
        return _Units(each, effect.seen, new)

    def _drawn(self, measurement: Measurement) -> Array:
        if len(measurement.draws) and not _bound_only(measurement):
            return np.asarray(measurement.draws[self.pick.astype(int)])
        point = _point(measurement)
        if _bound_only(measurement):
            return np.full(self.draws, point)
        rng = np.random.default_rng([self.seed, *measurement.id.encode()])
        spread = (measurement.high - measurement.low) / _SD_95
        return np.asarray(point + spread * rng.standard_normal(self.draws))


def pooler(
    used: Sequence[Measurement],
    draws: int,
    seed: int,
    weights: Mapping[str, float],
    convention: AveragingConvention,
) -> Pooler:
    """Choose the draws of the file that every estimate in use has, with replacement.

    Raises:
        UserError: the estimates have different numbers of draws, or none in common.
    """
    drawn = [m for m in used if len(m.draws) and not _bound_only(m)]
    if not drawn:
        return Pooler(np.empty(0), draws, seed, weights, convention)
    lengths = {len(m.draws): m.id for m in drawn}
    if len(lengths) > 1:
        raise UserError(
            "estimates that belong together must have as many draws: "
            + ", ".join(f"{name} has {length}" for length, name in lengths.items())
        )
    finite = np.flatnonzero(np.all([np.isfinite(m.draws) for m in drawn], axis=0))
    if not len(finite):
        raise UserError(f"no draw is finite in all of {', '.join(m.id for m in drawn)}")
    rng = np.random.default_rng([seed, 1])
    return Pooler(rng.choice(finite, draws).astype(float), draws, seed, weights, convention)


def _together(drawn: Sequence[Array]) -> Array:
    """The mean of draws on the same items, as uncertain as these are: their noise is one noise."""
    mean = np.mean(drawn, axis=0)
    own, each = float(np.std(mean)), float(np.mean([np.std(draws) for draws in drawn]))
    return np.asarray(mean if own == 0 else mean.mean() + (mean - mean.mean()) * each / own)


def _benchmarks(result: Sequence[Measurement]) -> str:
    return ", ".join(sorted({m.benchmark for m in result}))


def _bound_only(measurement: Measurement) -> bool:
    """Whether an estimate is used as a lower bound alone: that of base rungs, not a curve's."""
    return measurement.status == AT_LEAST


def _point(measurement: Measurement) -> float:
    return measurement.at_least if _bound_only(measurement) else measurement.point
