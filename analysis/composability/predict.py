"""Stacks that were not run, predicted from those that were, and how well that does on these.

`pairwise` is the model. Each measured stack is also left out and predicted from the others, with
the shrinkage and the spread of what is not known estimated anew, so that the check is on nothing
that the prediction has seen. Two references stand beside: the PTEs' own gains added up in log, and
Lifland et al.'s total by one constant M, fitted to the other stacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import nan

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.ladder import AT_END, LadderFit
from analysis.ceg.ratio import ratio
from analysis.composability.pairwise import Pairwise, Stack, fit_pairwise
from analysis.composability.prediction import (
    NOTHING,
    PredictedStack,
    PredictionCheck,
    Predictions,
)
from analysis.composability.total import least_squares_m
from analysis.contracts.estimate import NO_ITEMS, Estimate, EstimateStatus, percentile, refused
from analysis.contracts.experiment import Part
from analysis.uncertainty.resample import Stream, generator

Array = NDArray[np.float64]

ALL_SUBSETS = 6
"""PTEs up to which stacks of every size are predicted; of more, stacks of three at most."""
MOST = 300
"""Stacks that are predicted."""


def predict_stacks(fit: LadderFit) -> Predictions:
    """Predict every stack of measured PTEs that was not run, and check it on those that were.

    Never one with a PTE that was not run alone: its gain would be a guess.
    """
    lattice = _Lattice.of(fit)
    if len(lattice.parts) < 2:
        return replace(
            NOTHING, reason="fewer than two PTEs were run alone, so no gains are known to combine"
        )
    wanted = lattice.missing()
    if not lattice.stacks:
        if not wanted:
            return NOTHING
        return replace(
            NOTHING,
            reason="no stack of two PTEs that were run alone has a score of its own: nothing "
            "shows how they combine; run a pair or more ('sweep=pairs')",
        )
    model = lattice.fitted(lattice.stacks)
    chosen = wanted[:MOST]
    noise = _Unknown.of(fit, len(chosen))
    predicted = tuple(lattice.predicted(model, stack, noise, k) for k, stack in enumerate(chosen))
    return Predictions(predicted, lattice.checks(), left_out=len(wanted) - len(chosen))


@dataclass(frozen=True)
class _Unknown:
    """Random numbers for what a prediction cannot know: a normal variable a stack and draw, and the
    level of each variance a draw."""

    normal: Array
    """[draw, stack]: standard normal."""
    rng: np.random.Generator

    @classmethod
    def of(cls, fit: LadderFit, stacks: int) -> _Unknown:
        rng = generator(fit.experiment, fit.seed, Stream.PREDICTED)
        return cls(rng.standard_normal((len(fit.total.shifts), stacks)), rng)

    def effects(self, model: Pairwise, stack: Stack, column: int) -> Array:
        """[draw]: the interactions of a stack that no measured stack tells of."""
        pairs, larger = model.unknown(stack)
        variance = np.zeros(len(self.normal))
        for number, spread in ((pairs, model.pairs), (larger, model.larger)):
            if number > 1e-6 and spread.degrees:
                variance += number * spread.drawn(
                    self.rng.chisquare(spread.degrees, len(self.normal))
                )
        return np.asarray(np.sqrt(variance) * self.normal[:, column])


@dataclass(frozen=True)
class _Lattice:
    """PTEs that were run alone, and the stacks of them."""

    fit: LadderFit
    parts: tuple[Part, ...]
    alone: tuple[int, ...]
    """Arms that are each PTE alone."""
    stacks: tuple[tuple[int, Stack], ...]
    """Arm and PTEs of every stack of two or more that counts."""
    run: frozenset[Stack]
    """Stacks that were run, those at an end of the curve among them."""
    covariance: Array
    """[arm, arm], of the shifts' draws."""

    @classmethod
    def of(cls, fit: LadderFit) -> _Lattice:
        experiment, shifts = fit.experiment, fit.point.shifts[0]
        own = [
            i
            for i, arm in enumerate(experiment.arms)
            if arm.ptes and experiment.stack(arm.parts) == i and not np.isnan(shifts[i])
        ]
        singles = [i for i in own if len(experiment.arms[i].parts) == 1]
        parts = tuple(experiment.arms[i].parts[0] for i in singles)
        place = {part: k for k, part in enumerate(parts)}
        held = [
            (i, tuple(sorted(place[p] for p in experiment.arms[i].parts)))
            for i in own
            if len(experiment.arms[i].parts) > 1 and place.keys() >= {*experiment.arms[i].parts}
        ]
        finite = [(i, s) for i, s in held if not fit.at_end(i, *(singles[k] for k in s))]
        draws = np.nan_to_num(fit.total.shifts)
        return cls(
            fit=fit,
            parts=parts,
            alone=tuple(singles),
            stacks=tuple(finite),
            run=frozenset(s for _, s in held),
            covariance=np.atleast_2d(np.cov(draws, rowvar=False)),
        )

    def missing(self) -> list[Stack]:
        """Stacks that were not run, the smallest first; no PTE twice, in two settings."""
        number = len(self.parts)
        largest = number if number <= ALL_SUBSETS else 3
        return [
            stack
            for size in range(2, largest + 1)
            for stack in combinations(range(number), size)
            if stack not in self.run and len({self.parts[i][0] for i in stack}) == size
        ]

    def fitted(self, stacks: Sequence[tuple[int, Stack]]) -> Pairwise:
        shifts = np.nan_to_num(self.fit.point.shifts[0])
        return fit_pairwise(self.alone, stacks, shifts, self.covariance)

    def named(self, stack: Stack) -> tuple[str, ...]:
        return tuple(self.fit.experiment.piece(self.parts[i]) for i in stack)

    def predicted(
        self, model: Pairwise, stack: Stack, noise: _Unknown, column: int
    ) -> PredictedStack:
        fit, weights = self.fit, model.weights(stack)
        names = self.named(stack)
        held = {pair for _, one in model.stacks for pair in combinations(one, 2)}
        apart = tuple(
            (names[stack.index(a)], names[stack.index(b)])
            for a, b in combinations(stack, 2)
            if (a, b) not in held
        )
        arms = np.flatnonzero(np.abs(weights) > 1e-9)
        if fit.at_end(*arms):
            none = refused(AT_END)
            return PredictedStack(
                stack="+".join(names),
                ptes=names,
                ceg=none,
                predictor=none,
                points=none,
                apart=apart,
            )
        unknown = noise.effects(model, stack, column)
        point = float(weights[arms] @ fit.point.shifts[0, arms])
        draws = fit.total.shifts[:, arms] @ weights[arms] + unknown
        in_ceg = fit.across[:, arms] @ weights[arms] + unknown
        return PredictedStack(
            stack="+".join(names),
            ptes=names,
            ceg=ratio(fit, point, in_ceg),
            predictor=_percentile(point, draws),
            points=_points(fit, point, draws),
            apart=apart,
        )

    def checks(self) -> tuple[PredictionCheck, ...]:
        """Each measured stack, predicted from the others."""
        noise = _Unknown.of(self.fit, len(self.stacks))
        return tuple(self._check(k, noise) for k in range(len(self.stacks)) if len(self.stacks) > 1)

    def _check(self, place: int, noise: _Unknown) -> PredictionCheck:
        arm, stack = self.stacks[place]
        others = [each for k, each in enumerate(self.stacks) if k != place]
        model = self.fitted(others)
        shifts, draws = self.fit.point.shifts[0], self.fit.total.shifts
        weights = model.weights(stack)
        point = float(weights @ np.nan_to_num(shifts))
        off = weights.copy()
        off[arm] -= 1.0
        used = np.flatnonzero(np.abs(off) > 1e-9)
        missed = (draws[:, used] - shifts[used]) @ off[used]
        return PredictionCheck(
            stack=self.fit.experiment.called(arm),
            measured=percentile(float(shifts[arm]), draws[:, arm]),
            predicted=_percentile(point, point + missed + noise.effects(model, stack, place)),
            added=float(sum(shifts[self.alone[i]] for i in stack)),
            by_m=self._by_m(stack, others),
        )

    def _by_m(self, stack: Stack, others: Sequence[tuple[int, Stack]]) -> float:
        shifts = self.fit.point.shifts
        used = [(arm, self._ordered(one)) for arm, one in others]
        used = [(arm, parts) for arm, parts in used if (shifts[0, parts] > 0).all()]
        own = self._ordered(stack)
        if not used or not (shifts[0, own] > 0).all():
            return nan
        m = float(least_squares_m(shifts, used)[0])
        return float(m ** np.arange(len(own)) @ shifts[0, own])

    def _ordered(self, stack: Stack) -> list[int]:
        """Arms of a stack's PTEs alone, the largest gain first."""
        shifts = self.fit.point.shifts[0]
        return sorted((self.alone[i] for i in stack), key=lambda arm: -shifts[arm])


def _percentile(point: float, draws: Array) -> Estimate:
    result = percentile(point, draws)
    unknown = bool(np.isnan(draws).all())
    return replace(result, reason=NO_ITEMS, status=EstimateStatus.ESTIMATED) if unknown else result


def _points(fit: LadderFit, point: float, draws: Array) -> Estimate:
    """A gain in logits as one in score, through the base's curve or, without one, its scores."""
    curves, base = fit.curves, fit.predictors[fit.base]
    reference = curves.predictors(fit.x)[0] if fit.ladder else base[np.isfinite(base)]
    if not len(reference):
        return refused("every score of the base is at 0 or 1")
    floor, height = float(curves.floor[0]), float(curves.ceiling[0] - curves.floor[0])
    start = floor + height * fit.form.rise(reference)

    def gained(shift: Array) -> Array:
        moved = floor + height * fit.form.rise(reference + shift[:, None])
        return np.asarray((moved - start).mean(axis=1))

    return _percentile(float(gained(np.array([point]))[0]), gained(draws))
