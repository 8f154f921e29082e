"""From experiments to everything that can be said of them, in the order of the argument."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from scipy.stats import binomtest
from threadpoolctl import threadpool_limits

from analysis.ceg.across import across_forms
from analysis.ceg.budget import frontier, largest, stack_cost
from analysis.ceg.cut import cut_ranges
from analysis.ceg.estimate import Ceg, ceg
from analysis.ceg.ladder import LadderFit, place
from analysis.ceg.potency import Potency, relative_potency
from analysis.ceg.scale import scale_findings
from analysis.ceg.split import split
from analysis.composability.lattice import lattices
from analysis.composability.matching import matching
from analysis.composability.pairs import MARGIN, conditionals, pairs
from analysis.composability.predict import predict_stacks
from analysis.composability.total import fit_m
from analysis.contracts.estimate import LEVEL, NO_ITEMS, Estimate, percentile, quantiles
from analysis.contracts.experiment import Experiment
from analysis.contracts.finding import Finding, Severity
from analysis.curves.compare import Comparison
from analysis.curves.flags import flags
from analysis.curves.form import FORMS, LOGISTIC
from analysis.luck.gains import runs
from analysis.luck.training import luck_findings, training_luck
from analysis.result import ArmScore, ExperimentResult, primary
from analysis.uncertainty.draws import draw_noise
from analysis.uncertainty.resample import REPLICATES, Resampled, resample


@dataclass(frozen=True)
class AnalysisSettings:
    """Settings of an analysis: those that `pte analyze` takes as options."""

    form: str = LOGISTIC.name
    """Form of the base curve, one of `FORMS`."""
    replicates: int = REPLICATES
    """Bootstrap replicates."""
    seed: int = 0
    """Of all random numbers of the analysis."""
    margin: float = MARGIN
    """Half-width of what counts as no interaction, in units of the predictor (logits)."""


def analyse(
    experiments: Sequence[Experiment],
    settings: AnalysisSettings | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> tuple[ExperimentResult, ...]:
    """Analyse experiments one by one.

    An error within one of them is its finding and its `failure`, and loses none of the others.

    Args:
        experiments: what was measured.
        settings: form, replicates, seed, margin.
        progress: told what is being done, before it is done.
    """
    settings = settings or AnalysisSettings()
    # Matrices here are many and tiny: threads inside each product cost far more than they give.
    with threadpool_limits(1):
        return tuple(_kept(experiment, settings, progress) for experiment in experiments)


def _kept(
    experiment: Experiment, settings: AnalysisSettings, progress: Callable[[str], None]
) -> ExperimentResult:
    try:
        return _analysed(experiment, settings, progress)
    except Exception as error:
        logging.getLogger(__name__).exception("the analysis of %s failed", experiment.name)
        failure = f"{type(error).__name__}: {error}"
        message = (
            f"its analysis ended with an error ({failure}), and the other experiments stand: "
            "report it with the input"
        )
        finding = Finding(Severity.REFUSED, experiment.name, message)
        return replace(_empty(experiment, (), finding), failure=failure)


def _analysed(
    experiment: Experiment, settings: AnalysisSettings, progress: Callable[[str], None]
) -> ExperimentResult:
    def step(what: str) -> None:
        progress(f"{experiment.name}: {what}")

    step(f"{settings.replicates:,} bootstrap replicates")
    resampled = resample(experiment, settings.replicates, settings.seed)
    scores = _scores(experiment, resampled)
    if not experiment.compares:
        return _without_base(experiment, scores)
    step("base curve and CEG")
    fit = place(experiment, resampled, FORMS[settings.form], settings.seed)
    forms = across_forms(fit, settings.seed)
    fit = forms.fit
    arms = [i for i in range(len(experiment.arms)) if i != fit.base]
    bases = {arm: experiment.compared_with(arm) for arm in arms}
    cegs = tuple(ceg(fit, arm, bases[arm][0], forms.others) for arm in arms)
    over_other = tuple(ceg(fit, arm, bases[arm][1], forms.others) for arm in arms if bases[arm][1:])
    luck = training_luck(fit)
    of_runs = runs(fit, forms.others, luck)
    prices = tuple(stack_cost(experiment, arm) for arm in arms)
    step("composability")
    combined = pairs(fit, settings.margin), conditionals(fit), lattices(fit), fit_m(fit)
    predictions = predict_stacks(fit)
    step("where the uncertainty comes from")
    drawn = draw_noise(experiment, min(settings.replicates, 2000), settings.seed)
    return ExperimentResult(
        experiment=experiment,
        scores=scores,
        fit=fit,
        curves=forms.curves,
        cegs=cegs,
        cegs_over_other=over_other,
        potencies=_potencies(fit) if fit.ladder else (),
        pairs=combined[0],
        conditionals=combined[1],
        lattices=combined[2],
        total=combined[3],
        prices=prices,
        frontier=frontier(prices, primary(experiment, cegs)),
        splits=split(fit, drawn),
        largest=largest(_competing(experiment, cegs)),
        cut_ranges=cut_ranges(fit, (*cegs, *over_other)),
        predictions=predictions,
        luck=luck,
        runs=tuple(of_runs.gains(each) for each in (*cegs, *over_other)),
        findings=(
            *experiment.findings,
            *_flags(fit, forms.curves, settings.form),
            *scale_findings(experiment.name, cegs),
            *luck_findings(experiment.name, luck),
            *matching(experiment),
        ),
    )


def _competing(experiment: Experiment, cegs: Sequence[Ceg]) -> list[Ceg]:
    """Of the stacks that add something and look at no hidden target."""
    stacks = {arm.label for arm in experiment.arms if arm.ptes and not arm.oracle}
    return [each for each in primary(experiment, cegs) if each.arm in stacks]


def _without_base(experiment: Experiment, scores: tuple[ArmScore, ...]) -> ExperimentResult:
    missing = Finding(
        Severity.REFUSED,
        experiment.name,
        "no base arm: CEG and composability compare with it. Run the sweep with the empty stack; "
        "its draws are shared with the other arms",
    )
    # A base that was left out on every rung has a finding of its own, with the cause.
    return _empty(experiment, scores, *((missing,) if experiment.base is None else ()))


def _empty(
    experiment: Experiment, scores: tuple[ArmScore, ...], *said: Finding
) -> ExperimentResult:
    """Scores at most, and no gains."""
    nothing: tuple[()] = ()
    return ExperimentResult(
        experiment=experiment,
        scores=scores,
        fit=None,
        curves=nothing,
        cegs=nothing,
        cegs_over_other=nothing,
        potencies=nothing,
        pairs=nothing,
        conditionals=nothing,
        lattices=nothing,
        total=None,
        prices=nothing,
        frontier=nothing,
        splits=nothing,
        findings=(*experiment.findings, *said),
    )


def _scores(experiment: Experiment, resampled: Resampled) -> tuple[ArmScore, ...]:
    return tuple(
        ArmScore(
            arm.label,
            rung.model,
            rung.flop,
            _score(experiment, resampled, a, r),
            float(experiment.counts[a, r]),
        )
        for a, arm in enumerate(experiment.arms)
        for r, rung in enumerate(experiment.rungs)
        if not np.isnan(experiment.means[a, r])
    )


def _score(experiment: Experiment, resampled: Resampled, arm: int, rung: int) -> Estimate:
    """Wilson's interval for right-or-wrong scores, as `pte results` prints; else percentiles."""
    point, draws = float(experiment.means[arm, rung]), resampled.means[:, arm, rung]
    n = experiment.counts[arm, rung]
    scores = None if experiment.scores is None else experiment.scores[arm, rung]
    if np.isnan(n):
        return Estimate(point=point, low=-inf, high=inf, reason=NO_ITEMS)
    if scores is not None and not np.isin(scores, (0.0, 1.0)).all():
        return percentile(point, draws)
    ends = binomtest(round(point * n), round(n)).proportion_ci(LEVEL, method="wilson")
    return Estimate(point=point, low=float(ends.low), high=float(ends.high), draws=draws)


def _flags(fit: LadderFit, curves: tuple[Comparison, ...], form: str) -> tuple[Finding, ...]:
    """Findings on the ladder; the slope's verdict is the one that CEGs carry."""
    if not fit.ladder:
        return flags(fit.experiment, None)
    chosen = next(row.fit for row in curves if row.form == form)
    return flags(fit.experiment, chosen, quantiles(fit.total.slope))


def _potencies(fit: LadderFit) -> tuple[tuple[str, Potency], ...]:
    """Both ladders in one model, for arms run on every rung of the ladder; this model knows no
    floor, so it is left out where guessing scores, and it needs the number of items."""
    means, counts = fit.experiment.means[:, fit.on], fit.experiment.counts[:, fit.on]
    if fit.experiment.chance > 0 or np.isnan(counts[fit.base]).any():
        return ()
    return tuple(
        (
            arm.label,
            relative_potency(
                fit.x, means[fit.base], means[index], counts[fit.base], counts[index], scaled=True
            ),
        )
        for index, arm in enumerate(fit.experiment.arms)
        if index != fit.base and not np.isnan([means[index], counts[index]]).any()
    )
