"""What an arm's gain is for the model at hand, and against a base model that is trained anew.

With eta an arm's predictor on a rung, b the base curve's slope, and E the luck of the ladder's own
runs (a value a rung):

- this model, on a rung: t = (eta_arm - eta_base) / b. Luck that both share is not in it, and an
  arm's own is a part of what is measured; that of the slope is in b.
- a new run, on a rung: t = (eta_arm - curve - e) / b: the base curve is off by what E does to it,
  and the new base model has luck e of its own.
- a new run, over the ladder: a new model with the PTE against a new base model, each with luck.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isnan

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.estimate import Ceg
from analysis.ceg.ladder import LadderFit
from analysis.ceg.ratio import no_ladder, over, ratio
from analysis.contracts.estimate import Estimate, EstimateStatus, refused
from analysis.luck.response import Response, response
from analysis.luck.training import LuckDraws, TrainingLuck
from analysis.uncertainty.resample import Stream, generator

Array = NDArray[np.float64]

PLACED = (
    EstimateStatus.INTERPOLATED,
    EstimateStatus.RIGHT_CENSORED,
    EstimateStatus.LEFT_CENSORED,
)
"""Statuses that say where on the ladder a CEG lies."""


@dataclass(frozen=True)
class RungGains:
    """An arm's gain on one rung, beside the recipe's average there."""

    model: str
    this_model: Estimate
    """log10 CEG of the trained model that was measured."""
    new_run: Estimate
    """log10 compute of a new base model that scores as the arm did here, over the rung's."""


@dataclass(frozen=True)
class RunGains:
    """An arm's gains for models at hand and to come, beside the recipe's average gain."""

    arm: str
    reference: str
    new_run: Estimate
    """log10 CEG of a new model with the PTE against a new base model, over the ladder."""
    rungs: tuple[RungGains, ...]


@dataclass(frozen=True)
class Runs:
    """An experiment's ladder with its training luck."""

    fit: LadderFit
    others: tuple[LadderFit, ...]
    """The fits by other forms that `fit` was spread across."""
    luck: TrainingLuck
    draws: LuckDraws | None
    """None where luck is not known."""
    response: Response | None

    def gains(self, of: Ceg) -> RunGains:
        """The gains of one arm over its reference."""
        experiment = self.fit.experiment
        arm, reference = experiment.arm(of.arm), experiment.arm(of.reference)
        return RunGains(
            arm=of.arm,
            reference=of.reference,
            new_run=self._over_ladder(of, arm, reference),
            rungs=tuple(
                RungGains(
                    model=on.model,
                    this_model=self._this_model(on.ceg, arm, reference, rung),
                    new_run=self._against_new(on.ceg, arm, reference, rung),
                )
                for rung, on in enumerate(of.rungs)
            ),
        )

    def _this_model(self, recipe: Estimate, arm: int, reference: int, rung: int) -> Estimate:
        if recipe.status is EstimateStatus.REFUSED:
            return recipe

        def measured(fit: LadderFit) -> float:
            with np.errstate(invalid="ignore"):
                return float(fit.predictors[arm, rung] - fit.predictors[reference, rung])

        fit = self.fit
        with np.errstate(invalid="ignore"):
            draws = fit.replicated[:, arm, rung] - fit.replicated[:, reference, rung]
        points = [measured(each) for each in (fit, *self.others)]
        return self._on(rung, points, self._counted(draws, arm, reference, rung), fit.total.slope)

    def _against_new(self, recipe: Estimate, arm: int, reference: int, rung: int) -> Estimate:
        if self.draws is None or self.response is None:
            return refused(self._refusal)
        if recipe.status is EstimateStatus.REFUSED:
            return recipe

        def measured(fit: LadderFit) -> float:
            line = fit.curves.predictors(fit.x)[0, rung] + fit.point.shifts[0, reference]
            return float(fit.predictors[arm, rung] - line)

        fit, ladder = self.fit, self.draws.ladder
        draws = fit.replicated[:, arm, rung] - fit.lines[:, rung] - fit.total.shifts[:, reference]
        draws = draws + ladder[:, rung] - ladder @ self.response.above[arm, rung]
        draws = self._counted(draws - self.draws.new[:, 0], arm, reference, rung)
        points = [measured(each) for each in (fit, *self.others)]
        return self._on(rung, points, draws, fit.sampling.slope - ladder @ self.response.slope)

    def _over_ladder(self, of: Ceg, arm: int, reference: int) -> Estimate:
        if self.draws is None:
            return refused(self._refusal)
        if of.ceg.status is EstimateStatus.REFUSED:
            return of.ceg
        fit = self.fit
        point = float(fit.point.shifts[0, arm] - fit.point.shifts[0, reference])
        own = self._own(arm) - self._own(reference)
        luck = self.draws.new[:, 0] - self.draws.new[:, 1] + own
        draws = fit.across[:, arm] - fit.across[:, reference] + luck
        means = fit.experiment.means[[arm, reference]][:, fit.on]
        run = np.logical_not(np.isnan(means).any(axis=0))
        estimate = ratio(fit, point, draws, run)
        if of.ceg.status in PLACED and estimate.status in PLACED:
            estimate = replace(estimate, status=of.ceg.status, reason=of.ceg.reason)
        if of.ceg.status in PLACED and fit.at_end(arm, reference):  # no finite value, on one side
            low = estimate.low if point > 0 else -inf
            estimate = replace(estimate, low=low, high=inf if point > 0 else estimate.high)
        return _without_draws(estimate)

    def _own(self, arm: int) -> Array:
        """[replicate]: the arm's own luck on a new model."""
        scatter, number = self.fit.arm_scatter[arm], len(self.fit.total.slope)
        if scatter is None:
            return np.zeros(number)
        rng = generator(self.fit.experiment, self.fit.seed, Stream.ARM_ANEW, arm)
        deviation = scatter.allowing(rng.random(number))
        return np.asarray(deviation * rng.standard_normal(number))

    def _counted(self, draws: Array, arm: int, reference: int, rung: int) -> Array:
        """Draws where the numbers of items behind both scores are known, else NaN."""
        counts = self.fit.experiment.counts[[arm, reference], self.fit.on[rung]]
        return np.full(len(draws), np.nan) if np.isnan(counts).any() else draws

    def _on(self, rung: int, points: list[float], draws: Array, slopes: Array) -> Estimate:
        """A CEG on a rung, with the choice of a form in its interval.

        Args:
            rung: which of the rungs in use.
            points: the shift as measured, by each form, the chosen one first.
            draws: [replicate], the shift.
            slopes: [replicate], of the base curve.
        """
        fit = self.fit
        if isnan(points[0]):
            return refused("both scores are at the curve's floor or ceiling")
        if fit.spread is not None:
            by_form = [
                float(over(point, each.point.slope[0]))
                for point, each in zip(points, (fit, *self.others), strict=True)
            ]
            draws = draws + fit.spread.offsets(by_form) * slopes
        here = np.zeros(len(fit.on), bool)
        here[rung] = True
        return _without_draws(ratio(fit, points[0], draws, here, slopes))

    @property
    def _refusal(self) -> str:
        if not self.fit.ladder:
            return no_ladder(self.fit)
        return f"training luck is not known: {self.luck.reason}"


def _without_draws(estimate: Estimate) -> Estimate:
    """Nothing is made of these gains together: their draws, of every arm on every rung, would be
    the most of what an analysis keeps."""
    return replace(estimate, draws=None)


def runs(fit: LadderFit, others: tuple[LadderFit, ...], luck: TrainingLuck) -> Runs:
    """What gains of single models are read from.

    Args:
        fit: the experiment on its base curve, spread across the forms of it.
        others: the fits by the other forms.
        luck: of training runs on this ladder.
    """
    if not luck.known:
        return Runs(fit, others, luck, None, None)
    rng = generator(fit.experiment, fit.seed, Stream.LUCK)
    draws = luck.draw(len(fit.on), len(fit.total.slope), rng)
    return Runs(fit, others, luck, draws, response(fit))
