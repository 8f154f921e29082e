"""Experiments of a design, drawn and analysed by the hundred.

Scores are drawn from the truth and resampled as in any analysis (`simulation`, `uncertainty`). All
curves of a batch, those of its experiments and of their bootstrap replicates, are fitted at once,
which is what an analysis of each by itself would spend its time on; the rungs' scatter, the choice
of a form, intervals, exponents and verdicts are those of the analysis, by its own code. What is
left between the two is the number of bootstrap replicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from math import inf
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from analysis.ceg.forms import FormSpread
from analysis.ceg.ladder import LadderFit, place, refitted
from analysis.ceg.placement import Placed, Placing
from analysis.ceg.ratio import ratio
from analysis.ceg.residuals import Residuals
from analysis.composability.pairs import MARGIN, Pair, pairs
from analysis.contracts.estimate import Estimate
from analysis.contracts.experiment import Experiment
from analysis.curves.form import FORMS
from analysis.design.assumptions import FIRST, Design, DesignAssumptions, truth
from analysis.design.form_weights import batch_weights
from analysis.design.outlook import Outlook, ceg_is_seen, prospect, relation
from analysis.simulation import simulate
from analysis.uncertainty.resample import Resampled, Stream, generator, resample

T = TypeVar("T")
Array = NDArray[np.float64]

REPLICATES = 100
"""Bootstrap replicates of an experiment. An end of an interval is then known to a seventh of the
half-width in each experiment, which widens the spread of half-widths little."""
BATCH = 100
"""Experiments that are fitted together."""


def foresee(
    design: Design,
    assumptions: DesignAssumptions,
    experiments: int,
    seed: int = 0,
    *,
    margin: float = MARGIN,
    replicates: int = REPLICATES,
    progress: Callable[[int], None] = lambda done: None,
) -> Outlook:
    """What experiments of a design show.

    Args:
        design: what would be run.
        assumptions: what is true in the simulation.
        experiments: how many to simulate.
        seed: of the first; the others follow.
        margin: half-width of what counts as no interaction, in logits.
        replicates: bootstrap replicates of each.
        progress: told how many experiments are done.
    """
    known, wanted = truth(design, assumptions), relation(assumptions)
    cegs: list[Estimate] = []
    found: list[Pair] = []
    with threadpool_limits(1):  # matrices are many and tiny
        for start in range(0, experiments, BATCH):
            seeds = range(seed + start, seed + min(start + BATCH, experiments))
            drawn = [simulate(known, each) for each in seeds]
            for fit in _fits(drawn, seeds, replicates):
                cegs.append(_ceg(fit))
                found.append(pairs(fit, margin)[0])
            progress(len(cegs))
    verdicts = [pair.verdict is wanted for pair in found]
    return Outlook(
        prospect(cegs, [ceg_is_seen(each, assumptions) for each in cegs]),
        prospect([pair.exponent for pair in found], verdicts),
        prospect([pair.interaction for pair in found], verdicts),
    )


def _fits(drawn: Sequence[Experiment], seeds: range, replicates: int) -> Iterator[LadderFit]:
    """Each experiment on its base curve, as `place` and `across_forms` make it."""
    resampled = [resample(e, replicates, seed) for e, seed in zip(drawn, seeds, strict=True)]
    # One by itself, whose parts every other replaces by its own.
    pattern = place(drawn[0], resampled[0], seed=seeds[0])
    points = np.stack([each.point for each in resampled])
    point, curves, predictors = refitted(pattern, points)
    means = np.stack([each.means for each in resampled])
    sampling, drawn_curves, replicated = refitted(pattern, means.reshape(-1, *points.shape[1:]))
    others = _other_forms(drawn[0], resampled[0], pattern, points)
    weights = batch_weights(pattern, points) if pattern.ladder else None
    placing = _placing(pattern)
    for number, (experiment, own, seed) in enumerate(zip(drawn, resampled, seeds, strict=True)):
        rows = slice(number * replicates, (number + 1) * replicates)
        one = slice(number, number + 1)
        here = _some(point, one)
        left = Residuals(placing, _some(curves, one), here, own, pattern.on)
        some, of_items = _some(sampling, rows), _some(drawn_curves, rows)
        total, base_scatter, arm_scatter, departures = left.perturbed(
            some, generator(experiment, seed, Stream.RUNGS)
        )
        fit = replace(
            pattern,
            experiment=experiment,
            resampled=own,
            seed=seed,
            point=here,
            sampling=some,
            total=total,
            across=total.shifts,
            curves=_some(curves, one),
            drawn=of_items,
            left=left,
            predictors=predictors[number],
            replicated=replicated[rows],
            lines=of_items.predictors(pattern.x),
            base_scatter=base_scatter,
            arm_scatter=arm_scatter,
            departures=departures,
        )
        if weights is not None:
            levels = generator(experiment, seed, Stream.FORMS).random(replicates)
            spread = FormSpread(weights[number], levels)
            fit = fit.across_forms([replace(fit, point=_some(o, one)) for o in others], spread)
        yield fit


def _other_forms(
    experiment: Experiment, resampled: Resampled, pattern: LadderFit, points: Array
) -> list[Placed]:
    """[form]: slopes and shifts of all experiments by the other forms, in `FORMS`'s order."""
    if not pattern.ladder:
        return []
    few = replace(resampled, means=resampled.means[:1])
    return [
        refitted(place(experiment, few, form), points)[0]
        for form in FORMS.values()
        if form is not pattern.form
    ]


def _placing(fit: LadderFit) -> Placing:
    experiment = fit.experiment
    return Placing(
        form=fit.form,
        x=fit.x,
        base=fit.base,
        counts=experiment.counts[:, fit.on],
        chance=experiment.chance,
        ladder=fit.ladder,
    )


def _some(batch: T, rows: slice) -> T:
    """Some fits of a batch of them, whose arrays have a leading axis over fits."""
    arrays = {f.name: getattr(batch, f.name) for f in fields(batch)}  # type: ignore[arg-type]
    own = {k: v[rows] for k, v in arrays.items() if isinstance(v, np.ndarray)}
    return replace(batch, **own)  # type: ignore[type-var]


def _ceg(fit: LadderFit) -> Estimate:
    """CEG of the first PTE over the base, as `analysis.ceg.estimate` gives it."""
    arm = fit.experiment.arm(FIRST)
    draws = fit.across[:, arm] - fit.across[:, fit.base]
    estimate = ratio(fit, float(fit.point.shifts[0, arm]), draws)
    if fit.ladder and fit.at_end(arm, fit.base):  # bounded on one side at most
        gains = estimate.point > 0
        low, high = (estimate.low, inf) if gains else (-inf, estimate.high)
        return replace(estimate, low=low, high=high)
    return estimate
