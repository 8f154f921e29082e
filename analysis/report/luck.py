"""The three gains in tables, terminal and `estimates.json`: recipe, this model, a new run."""

from __future__ import annotations

from math import isfinite
from typing import Any

from analysis.ceg.estimate import Ceg
from analysis.contracts.estimand import Estimand
from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.luck.gains import RungGains
from analysis.pages.page import TableCell
from analysis.report.columns import Row, raised
from analysis.report.formatting import STATUS, as_multiple
from analysis.report.quantities import Named
from analysis.result import ExperimentResult, gains_of_runs

NEW_RUN = "CEG, new training run"
"""Head of the column of a summary; the recipe's own stands before it."""
UNKNOWN = "luck unknown"
NO_MEANING = (EstimateStatus.INVERSE_SCALING, EstimateStatus.FLAT_LADDER)


def columns(result: ExperimentResult, of: Ceg) -> Row:
    """Over the ladder, beside the recipe's CEG."""
    new = gains_of_runs(result, of).new_run
    return {**raised("new_run_ceg", new), "new_run_reason": _reason(new)}


def columns_on_rung(result: ExperimentResult, of: Ceg, model: str) -> Row:
    """On a rung, beside the recipe's CEG there."""
    on = _on(result, of, model)
    return {
        **raised("this_model_ceg", on.this_model),
        **raised("new_run_ceg", on.new_run),
        "new_run_reason": _reason(on.new_run),
    }


def in_short(result: ExperimentResult, of: Ceg) -> Row:
    """One cell of a summary: the gain against a new run, or that luck is not known."""
    new = gains_of_runs(result, of).new_run
    if new.status is EstimateStatus.REFUSED:
        known = result.luck is not None and result.luck.known
        return {NEW_RUN: TableCell("" if known else UNKNOWN)}
    if new.status in NO_MEANING:
        return {NEW_RUN: TableCell("")}
    beyond = new.status is EstimateStatus.RIGHT_CENSORED  # a number there is an extrapolation
    text = STATUS[new.status] if beyond else as_multiple(new)
    return {NEW_RUN: TableCell(text, repr(float(new.point)))}


def entry(result: ExperimentResult, named: Named) -> dict[str, Any]:
    """Fields of an estimate in `estimates.json`."""
    fields: dict[str, Any] = {
        "estimand": None if named.kind == "score" else Estimand.RECIPE.value,
        Estimand.THIS_MODEL.value: None,
        Estimand.NEW_RUN.value: None,
    }
    if named.kind not in ("ceg", "ceg_rung"):
        return fields
    both = (*result.cegs, *result.cegs_over_other)
    of = next(c for c in both if (c.arm, c.reference) == (named.stack, named.reference))
    if named.kind == "ceg":
        return fields | {Estimand.NEW_RUN.value: _numbers(gains_of_runs(result, of).new_run)}
    on = _on(result, of, str(named.model))
    return fields | {
        Estimand.THIS_MODEL.value: _numbers(on.this_model),
        Estimand.NEW_RUN.value: _numbers(on.new_run),
    }


def _on(result: ExperimentResult, of: Ceg, model: str) -> RungGains:
    return next(on for on in gains_of_runs(result, of).rungs if on.model == model)


def _reason(estimate: Estimate) -> str:
    return estimate.reason if estimate.status is EstimateStatus.REFUSED else ""


def _numbers(estimate: Estimate) -> dict[str, Any]:
    there = estimate.status is not EstimateStatus.REFUSED
    return {
        **{
            name: float(f"{value:.6g}") if there and isfinite(value) else None
            for name, value in (
                ("point", estimate.point),
                ("low", estimate.low),
                ("high", estimate.high),
            )
        },
        "status": estimate.status.value,
        "reason": estimate.reason,
    }
