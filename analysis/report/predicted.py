"""Tables and words on stacks that were not run."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

import pandas as pd

from analysis.composability.prediction import Predictions
from analysis.report.columns import plain, raised
from analysis.result import ExperimentResult


def predicted_stacks(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Every stack that was not run, of PTEs that were run alone."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            "predicted_stack": each.stack,
            **raised("ceg", each.ceg),
            "status": each.ceg.status.value,
            "reason": each.ceg.reason,
            **plain("logits", each.predictor),
            **plain("points", each.points, 100),
            "pairs_apart": ", ".join(f"{a} with {b}" for a, b in each.apart),
        }
        for result in results
        for each in result.predictions.stacks
    )


def prediction_check(results: Sequence[ExperimentResult]) -> pd.DataFrame:
    """Every stack of several PTEs that was run, as the others predict it."""
    return pd.DataFrame(
        {
            "experiment": result.experiment.name,
            "arm": each.stack,
            **plain("logits", each.measured),
            **plain("predicted_logits", each.predicted),
            "held": "yes" if each.held else "no",
            "added_logits": each.added,
            "by_m_logits": each.by_m,
        }
        for result in results
        for each in result.predictions.checks
    )


def told(of: Predictions) -> str:
    """How well stacks that were run are predicted by the others, in a sentence; empty where no
    stack is missing and none was left out."""
    if of.reason:
        return f"Stacks that were not run are not predicted: {of.reason}."
    if not of.stacks and not of.checks:
        return ""
    one = len(of.stacks) == 1
    number = f"{len(of.stacks)} stack{'' if one else 's'} that {'was' if one else 'were'} not run "
    number += f"{'is' if one else 'are'} predicted"
    number += f" ({of.left_out} further ones are not)" if of.left_out else ""
    number = number if of.stacks else "No stack of the PTEs is missing"
    if not of.checks:
        return f"{number}; too few were run to leave one out and check."
    m = of.error("by_m")
    by_m = "" if isnan(m) else f", {m:.2g} by one M"
    count = len(of.checks)
    return (
        f"{number}. Of {count} that were run, each predicted from the others: "
        f"error {of.error():.2g} logits ({of.error('added'):.2g} by adding gains{by_m}), "
        f"{sum(check.held for check in of.checks)} of {count} within their 95% interval."
    )
