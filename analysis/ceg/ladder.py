"""One base curve and every arm's place above it: what all CEGs of an experiment are read from.

With a declared base ladder, logit p = a + b x + d(arm), each arm is one number d and log10 CEG of
one arm over another is (d1 - d2) / b: relative potency in bioassay (Finney 1978, chapter 3). So
log CEG(A+B) = log CEG(A) + log CEG(B | A) exactly, and ratios of CEGs in log do not depend on b.
Without a ladder (fewer than three rungs of known compute) the base's own score on each rung takes
the place of the curve: d is still there, in units of the predictor, and b is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.forms import FormSpread
from analysis.ceg.parallelism import Trend
from analysis.ceg.placement import Placed, Placing
from analysis.ceg.residuals import FEWEST, Residuals
from analysis.contracts.estimate import LEVEL
from analysis.contracts.experiment import Experiment
from analysis.curves.batch import MOST
from analysis.curves.fitted import Curves
from analysis.curves.form import LOGISTIC, Form
from analysis.uncertainty.resample import Resampled, Stream, generator
from analysis.uncertainty.rungs import Departures, Scatter

Array = NDArray[np.float64]

NOMINAL = 100.0
"""Items taken to be behind a score where no source says."""
AT_END = "a score is at the curve's floor or ceiling: the gain has no finite value"
"""Why nothing is made of an arm that `LadderFit.at_end` tells of."""
SCATTERED = 4
"""Rungs from which on their scatter alone gives an interval."""


@dataclass(frozen=True, kw_only=True)
class LadderFit:
    """An experiment on its base curve."""

    experiment: Experiment
    resampled: Resampled
    form: Form
    seed: int
    """Seed of the random numbers that intervals rest on."""
    base: int
    """Index of the base arm."""
    on: NDArray[np.intp]
    """Rungs that are used: those of the ladder, or all where there is none."""
    ladder: bool
    point: Placed
    """Slope and shifts of the scores as measured: one replicate."""
    sampling: Placed
    """Slope and shifts under resampled items, a replicate each."""
    total: Placed
    """Slope and shifts under resampled items and the rungs' random effects, a replicate each: what
    intervals are read from."""
    across: Array
    """[replicate, arm]: the shifts of `total`, with what the choice of a form makes of their
    ratios to the slope: CEGs and exponents are read from them, logits are not."""
    spread: FormSpread | None
    """Which form each replicate takes; None where one form is taken as given."""
    curves: Curves
    """The base curve as measured; floor and ceiling alone have a meaning without a ladder."""
    drawn: Curves
    """The base curve and the arms' own lines under resampled items, a replicate each."""
    left: Residuals
    """What the fit leaves on each rung."""
    predictors: Array
    """[arm, rung]: linear predictor of each score, infinite at floor and ceiling."""
    replicated: Array
    """[replicate, arm, rung]: linear predictor of each score under resampled items, each replicate
    with its own curve."""
    lines: Array
    """[replicate, rung]: linear predictor of the base curve itself under resampled items; NaN
    without a ladder."""
    base_scatter: Scatter | None
    """Scatter of the base's rungs about its curve; None without a ladder."""
    arm_scatter: tuple[Scatter | None, ...]
    """Scatter of each arm's rungs about a constant shift; None for the base and for arms on one
    rung."""
    departures: Departures
    """What the rungs' scatter adds to every arm's predictor on each rung in use, in the same
    replicates as `total`."""
    trends: tuple[Trend | None, ...]
    """[arm]: trend of its shift against compute, which is clear where the shift, and so the CEG, is
    not one number over the ladder. None for the base, without a ladder, or below three rungs."""

    def departed(self, arm: int) -> Array:
        """[replicate, rung used]: what the rungs' scatter adds to an arm's scores."""
        return np.asarray(np.nan_to_num(self.left.steep[arm]) * self.departures.of(arm))

    @property
    def scattered(self) -> Array:
        """[replicate, arm]: shifts as far apart as estimates of them scatter from one experiment to
        the next: those of `total` allow for more, as few rungs say little of their scatter."""
        shifts = self.sampling.shifts + self.departures.likely * self.departures.moved
        return np.where(np.isnan(self.total.shifts), np.nan, shifts)

    @property
    def x(self) -> Array:
        """[rung used]: log10(FLOP / 1e21)."""
        return self.experiment.x[self.on]

    def at_end(self, *arms: int) -> bool:
        """Whether one of these arms scores at the curve's floor or ceiling everywhere, as measured
        or in more replicates than an interval leaves out: its shift has no finite value then, and
        what is given is where the fit stops."""
        chosen = list(arms)
        measured = np.abs(self.point.shifts[0, chosen]) >= MOST
        drawn = (np.abs(self.sampling.shifts[:, chosen]) >= MOST).mean(axis=0)
        return bool((measured | (drawn > (1 - LEVEL) / 2)).any())

    def across_forms(self, others: Sequence[LadderFit], spread: FormSpread) -> LadderFit:
        """The same fit, its CEGs' draws spread over the forms of the curve.

        An arm's difference between forms is one number, so that log CEGs still add up: that of
        A+B is that of A and that of B on top of A in every replicate.

        Args:
            others: fits by the other forms, in the spread's order.
            spread: which form each replicate takes.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            points = np.array([f.point.shifts[0] / f.point.slope[0] for f in (self, *others)])
        offsets = np.stack([spread.offsets(of_arm) for of_arm in points.T], axis=1)
        offsets -= offsets[:, [self.base]]
        across = self.total.shifts + offsets * self.total.slope[:, None]
        return replace(self, across=across, spread=spread)

    @property
    def span(self) -> float:
        """OOMs of training compute between the ladder's ends."""
        return float(np.ptp(self.x)) if self.ladder else float("nan")


def place(
    experiment: Experiment, resampled: Resampled, form: Form = LOGISTIC, seed: int = 0
) -> LadderFit:
    """Fit the base curve and place every arm on it.

    Raises:
        ValueError: the experiment has no base arm.
    """
    base = experiment.base
    if base is None:
        raise ValueError(f"{experiment.name} has no base arm")
    on, ladder = _rungs(experiment, base)
    placing = _placing(experiment, form, base, on, ladder)
    point, curves, predictors = placing.fit(resampled.point[None][:, :, on])
    sampling, drawn, replicated = placing.fit(resampled.means[:, :, on])
    left = Residuals(placing, curves, point, resampled, on)
    perturbed, base_scatter, arm_scatter, departures = left.perturbed(
        sampling, generator(experiment, seed, Stream.RUNGS)
    )
    total = _known(perturbed, experiment, base, on, ladder)
    return LadderFit(
        experiment=experiment,
        resampled=resampled,
        form=form,
        seed=seed,
        base=base,
        on=on,
        ladder=ladder,
        point=point,
        sampling=sampling,
        total=total,
        across=total.shifts,
        spread=None,
        curves=curves,
        drawn=drawn,
        left=left,
        predictors=predictors[0],
        replicated=replicated,
        lines=drawn.predictors(experiment.x[on]),
        base_scatter=base_scatter,
        arm_scatter=arm_scatter,
        departures=departures,
        trends=left.trends(),
    )


def _known(
    placed: Placed, experiment: Experiment, base: int, on: NDArray[np.intp], ladder: bool
) -> Placed:
    """NaN replicates for arms of which nothing says how they would come out again: neither the
    number of items behind their scores or the base's, nor the scatter of enough rungs."""
    run = ~np.isnan(experiment.means[:, on])
    few = run.sum(axis=1) < SCATTERED if ladder else np.ones(len(run), bool)
    unknown = (np.isnan(experiment.counts[:, on]) & run).any(axis=1) & few
    shifts = np.where(unknown | unknown[base], np.nan, placed.shifts)
    return Placed(np.where(unknown[base], np.nan, placed.slope), shifts)


def under(fit: LadderFit, means: Array) -> Placed:
    """Slope and shifts under other mean scores, [replicate, arm, rung]."""
    return refitted(fit, means)[0]


def refitted(fit: LadderFit, means: Array) -> tuple[Placed, Curves, Array]:
    """Slope and shifts, curves and linear predictors [replicate, arm, rung used] under other mean
    scores, [replicate, arm, rung]."""
    placing = _placing(fit.experiment, fit.form, fit.base, fit.on, fit.ladder)
    return placing.fit(means[:, :, fit.on])


def _placing(
    experiment: Experiment, form: Form, base: int, on: NDArray[np.intp], ladder: bool
) -> Placing:
    known = experiment.counts[~np.isnan(experiment.counts)]
    # Cells whose number of items is not known weigh as the others do: only ratios matter.
    usual = float(np.median(known)) if len(known) else NOMINAL
    counts = np.where(np.isnan(experiment.counts), usual, experiment.counts)[:, on]
    return Placing(
        form=form,
        x=experiment.x[on],
        base=base,
        counts=counts,
        chance=experiment.chance,
        ladder=ladder,
    )


def _rungs(experiment: Experiment, base: int) -> tuple[NDArray[np.intp], bool]:
    """Rungs with a base score: those of known, valid compute if they make a ladder, else all."""
    scored = ~np.isnan(experiment.means[base])
    known = scored & ~np.isnan(experiment.x)
    ladder = len(np.unique(experiment.x[known])) >= FEWEST
    return np.flatnonzero(known if ladder else scored), ladder
