"""Tidy tables of everything that an analysis found: one row a thing, units in `DICTIONARY`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import nan

import pandas as pd

from analysis.contracts.experiment import UNIT
from analysis.contracts.finding import Severity
from analysis.curves.compare import Comparison
from analysis.curves.likelihood import Weights
from analysis.report.columns import Row, multiple, plain, raised
from analysis.report.ended import columns_of_score
from analysis.report.gain_tables import cegs, cegs_by_compute, cegs_by_rung, conditionals
from analysis.report.over_benchmarks import over_benchmarks
from analysis.report.predicted import predicted_stacks, prediction_check
from analysis.report.writeup_costs import writeup_costs
from analysis.result import ExperimentResult

WORST_FIRST = (Severity.REFUSED, Severity.WARNING, Severity.NOTE)
MakeTable = Callable[[Sequence[ExperimentResult]], pd.DataFrame]


def measured(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Every rung of every ladder."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            "model": rung.model,
            "family": rung.family,
            "stage": rung.stage,
            "training_flop": rung.flop,
            "parameters": rung.parameters,
            "on_curve": "yes" if rung.valid else "no",
            "compute_source": rung.source,
        }
        for result in results
        for rung in result.experiment.rungs
    )


def scores(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Raw performance of every arm on every rung."""
    return pd.DataFrame(row for result in results for row in _scores(result))


def curves(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Fits of the base ladders by every form, best first."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            "form": row.form,
            "likelihood": row.weights.value,
            "chosen": "yes" if _chosen(result, row) else "",
            "parameter_count": row.parameters,
            "slope": row.fit.curve.slope,
            "midpoint_flop": UNIT * multiple(row.fit.curve.midpoint),
            "floor": 100 * row.fit.curve.floor,
            "ceiling": 100 * row.fit.curve.ceiling,
            "aicc": row.aicc,
            "loo": row.loo,
            "dispersion": row.dispersion,
            "log_likelihood": row.log_likelihood,
            "aicc_reason": row.aicc_reason,
        }
        for result in results
        for row in result.curves
    )


def pairs(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Every two PTEs that were measured alone and together."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            "larger": pair.larger,
            "smaller": pair.smaller,
            "verdict": pair.verdict.value,
            **plain("exponent", pair.exponent),
            **plain("interaction_logits", pair.interaction),
            **raised("interaction_factor", pair.interaction_ceg),
            **raised("ceg_smaller_on_larger", pair.smaller_given_larger),
            **raised("ceg_larger_on_smaller", pair.larger_given_smaller),
            "p_holm": pair.p,
            "exponent_reason": pair.exponent.reason,
        }
        for result in results
        for pair in result.pairs
    )


def effects(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Factorial effects, Moebius coefficients and Shapley values of complete lattices."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            "lattice": "+".join(lattice.ptes),
            "kind": effect.kind,
            "effect_of": "+".join(effect.ptes),
            **plain("logits", effect.predictor),
            **plain("log10_ceg", effect.ceg),
            "p_holm": effect.p,
        }
        for result in results
        for lattice in result.lattices
        for effect in lattice.effects
    )


def totals(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """M over categories."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            **plain("m", result.total.m),
            "status": result.total.m.status.value,
            "reason": result.total.m.reason,
            "categories": ", ".join(result.total.categories),
            "stacks": ", ".join(result.total.stacks),
            "residual_logits": result.total.residual,
            "left_out": "; ".join(result.total.left_out),
        }
        for result in results
        if result.total is not None
    )


def frontier(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """The stack of the largest CEG under each inference budget, corrected for having been
    chosen."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            "budget": best.budget,
            "arm": best.price.arm,
            "inference_multiple_net": best.price.net,
            "inference_multiple": best.price.multiple,
            "among": best.largest.among,
            **raised("best_ceg", best.largest.ceg),
            **plain("best_logits", best.largest.predictor),
            **plain("best_points", best.largest.points, 100),
            **raised("ceg", best.largest.measured.ceg),
            "status": best.largest.measured.ceg.status.value,
            "reason": best.largest.ceg.reason,
        }
        for result in results
        for best in result.frontier
    )


def variance(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Where the uncertainty of each arm's gain comes from."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            "arm": share.arm,
            "deviation": share.deviation,
            "unit": share.unit,
            "items": share.items,
            "draws": share.draws,
            "between_rungs": share.rungs,
        }
        for result in results
        for share in result.splits
    )


def findings(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """What a reader must know, the worst first."""
    outcome = [(result.experiment.name, each) for result in results for each in result.findings]
    return pd.DataFrame(
        {
            "experiment": name,
            "severity": finding.severity.value,
            "subject": finding.subject,
            "message": finding.message,
        }
        for name, finding in sorted(outcome, key=lambda pair: WORST_FIRST.index(pair[1].severity))
    )


TABLES: dict[str, MakeTable] = {
    "scores": scores,
    "curves": curves,
    "cegs": cegs,
    "cegs_by_compute": cegs_by_compute,
    "cegs_by_rung": cegs_by_rung,
    "over_benchmarks": over_benchmarks,
    "pairs": pairs,
    "conditionals": conditionals,
    "effects": effects,
    "totals": totals,
    "predicted_stacks": predicted_stacks,
    "prediction_check": prediction_check,
    "frontier": frontier,
    "writeup_costs": writeup_costs,
    "variance": variance,
    "findings": findings,
    "measured": measured,
}
"""All tables, by the name of their CSV file."""


def _chosen(result: ExperimentResult, row: Comparison) -> bool:
    """Whether CEGs are read from a fit of this kind; they never take the beta-binomial."""
    named = result.fit is not None and row.form == result.fit.form.name
    return named and row.weights is not Weights.BETA_BINOMIAL


def _scores(result: ExperimentResult) -> Iterator[Row]:
    experiment = result.experiment
    columns = {rung.model: place for place, rung in enumerate(experiment.rungs)}
    for score in result.scores:
        arm, rung = experiment.arm(score.arm), columns[score.model]
        costs = (experiment.net_multiples, experiment.multiples, experiment.one_time)
        net, gross, once = (nan if c is None else float(c[arm, rung]) for c in costs)
        yield {
            "experiment": experiment.name,
            "benchmark": experiment.benchmark,
            "task_type": experiment.task_type,
            "model": score.model,
            "training_flop": score.flop,
            "arm": score.arm,
            "ptes": "+".join(experiment.arms[arm].ptes),
            **plain("score", score.score, 100),
            "n": score.n,
            **columns_of_score(experiment.endings, arm, rung),
            "inference_multiple_net": net,
            "inference_multiple": gross,
            "one_time_share": once,
        }
