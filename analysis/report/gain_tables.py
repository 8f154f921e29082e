"""Tidy tables of gains: CEG by every method, on every rung, and of each PTE on each stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import nan

import pandas as pd

from analysis.ceg.estimate import Ceg
from analysis.ceg.potency import Potency
from analysis.contracts.estimate import refused
from analysis.report import ended, luck
from analysis.report.columns import Row, between, multiple, plain, raised
from analysis.report.references import base_words, with_both
from analysis.result import ExperimentResult


def cegs(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Every arm over its base, and selections over both, over the whole ladder, by every method."""
    return pd.DataFrame(row for result in results for row in _cegs(result))


def cegs_by_rung(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Every arm over its base, and selections over both, on each rung."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            "arm": found.arm,
            "over": base_words(result.experiment, found.reference),
            "model": on.model,
            "training_flop": flops[on.model],
            **raised("ceg", on.ceg),
            "status": on.ceg.status.value,
            **luck.columns_on_rung(result, found, on.model),
            "discrete_at_least": multiple(on.discrete.low),
            "discrete_at_most": multiple(on.discrete.high),
            **plain("log10_ceg", on.ceg),
            "reason": on.ceg.reason,
        }
        for result in results
        for flops in [{rung.model: rung.flop for rung in result.experiment.rungs}]
        for found in with_both(result)
        for on in found.rungs
    )


def cegs_by_compute(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """CEG as a function of compute, of arms whose gain is not one number over the ladder."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            "arm": found.arm,
            "over": base_words(result.experiment, found.reference),
            "training_flop": at.flop,
            "models": ", ".join(at.models),
            **raised("ceg", at.ceg),
            "status": at.ceg.status.value,
            **plain("log10_ceg", at.ceg),
            "reason": at.ceg.reason,
        }
        for result in results
        for found in result.cegs
        if found.by_compute is not None
        for at in found.by_compute.at
    )


def conditionals(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """What each PTE adds to each measured stack."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            "pte": found.pte,
            "context": "+".join(found.context) or "base",
            **raised("ceg", found.ceg),
            "status": found.ceg.status.value,
            **plain("logits", found.predictor),
            **plain("log10_ceg", found.ceg),
            "reason": found.ceg.reason,
        }
        for result in results
        for found in result.conditionals
    )


def _cegs(result: ExperimentResult) -> Iterator[Row]:
    experiment, prices = result.experiment, {p.arm: p for p in result.prices}
    potencies = dict(result.potencies)
    base = None if experiment.base is None else experiment.arms[experiment.base].label
    for results in with_both(result):
        price = prices[results.arm]
        yield {
            "experiment": experiment.name,
            "benchmark": experiment.benchmark,
            "task_type": experiment.task_type,
            "arm": results.arm,
            "over": base_words(experiment, results.reference),
            "ptes": "+".join(experiment.arms[experiment.arm(results.arm)].ptes),
            **raised("ceg", results.ceg),
            "status": results.ceg.status.value,
            **luck.columns(result, results),
            **plain("logits", results.predictor),
            **plain("points", results.points, 100),
            **ended.columns_of_ceg(result, results),
            "inference_multiple_net": price.net,
            "inference_multiple": price.multiple,
            "one_time_share": price.one_time,
            "definition": price.definition,
            **_otherwise(results),
            **_potency(None if results.reference != base else potencies.get(results.arm)),
            **plain("log10_ceg", results.ceg),
            "reason": results.ceg.reason,
        }


def _otherwise(result: Ceg) -> Row:
    """The other readings of the same scores."""
    return {
        "discrete_at_least": multiple(result.discrete.low),
        "discrete_at_most": multiple(result.discrete.high),
        **raised("log_linear_ceg", result.log_linear),
        **between("forms", *result.forms),
        "parallelism_t": nan if result.parallelism is None else result.parallelism.t,
        "parallelism_p": nan if result.parallelism is None else result.parallelism.p,
        "one_ceg": "rejected" if result.by_compute else "",
        **plain("ceg_growth", result.by_compute.growth if result.by_compute else refused("")),
    }


def _potency(result: Potency | None) -> Row:
    if result is None:
        ceg = ("glm_ceg", "glm_ceg_low", "glm_ceg_high")
        tests = ("glm_parallelism_p", "glm_dispersion")
        return {**dict.fromkeys(ceg, nan), "glm_set": "", **dict.fromkeys(tests, nan)}
    return {
        "glm_ceg": multiple(result.log_ceg),
        **between("glm_ceg", result.fieller.low, result.fieller.high),
        "glm_set": result.fieller.kind.value,
        "glm_parallelism_p": result.parallelism_p,
        "glm_dispersion": result.dispersion,
    }
