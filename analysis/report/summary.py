"""The answer, in a few lines and one table an experiment."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import pandas as pd

from analysis.ceg.estimate import Ceg
from analysis.contracts.estimate import Estimate, Status
from analysis.contracts.finding import Severity
from analysis.pages.page import Cell, readable
from analysis.pipeline import Result
from analysis.report.columns import Row, multiple
from analysis.report.words import STATUS, as_multiple, scaled

AT_LEAST = "CEG at least"
NO_MEANING = (Status.REFUSED, Status.INVERSE_SCALING, Status.FLAT_LADDER)
"""Where a CEG's point says nothing: tables further down have it, the answer does not."""


def table(result: Result) -> pd.DataFrame:
    """One row an arm, the largest gain first: CEG where there is a ladder, logits where not.

    Columns have names to be read, with their units.
    """
    found = sorted(result.cegs, key=_largest_first)
    if not found:
        return pd.DataFrame(_score_rows(result))
    costs = {price.arm: price for price in result.prices}
    ladder = result.fit is not None and result.fit.ladder
    bounds = several_rungs(result)
    return pd.DataFrame(
        {
            "arm": each.arm,
            **(_ceg(each) if ladder else {}),
            "gain, points": _cell(each.points, scaled(each.points, 100)),
            **({} if ladder else _logits(each, bounds)),
            "cost, x base": costs[each.arm].multiple,
            "definition": costs[each.arm].definition,
        }
        for each in found
    )


def sentence(result: Result) -> str:
    """The answer for one experiment in one or two plain sentences."""
    experiment = result.experiment
    size = f"{len(experiment.arms)} arms on {_counted(len(experiment.rungs), 'rung')}"
    if result.fit is None:
        return f"{size}. There is no base with a score, so scores are all that can be given."
    stacks = {arm.label for arm in experiment.arms if arm.ptes and not arm.oracle}
    best = min((c for c in result.cegs if c.arm in stacks), key=_largest_first, default=None)
    if best is None:
        return f"{size}. There is no arm with a PTE to compare with the base."
    worst = sum(f.severity is not Severity.NOTE for f in result.findings)
    told = f" {_counted(worst, 'warning')} to read first." if worst else ""
    points = f"{scaled(best.points, 100)} points over the base"
    gain = "The largest gain is that of" if best.points.point > 0 else "No stack gains; closest is"
    if not result.fit.ladder:
        return (
            f"{size}: no ladder, so no CEG. {gain} {best.arm}: {points}, "
            f"{scaled(best.predictor)} logits.{told}"
        )
    status = best.ceg.status
    if status is Status.INVERSE_SCALING:
        return f"{size}. The base falls as compute grows: CEG has no meaning here.{told}"
    if status is Status.FLAT_LADDER:
        return (
            f"{size}. The base does not clearly rise with compute, so no CEG is bounded. "
            f"{gain} {best.arm}: {points}.{told}"
        )
    if status is Status.REFUSED or best.predictor.point <= 0:
        return f"{size}. {gain} {best.arm}: {points}.{told}"
    return (
        f"{size}. The largest CEG is that of {best.arm}: {shown(best)} times the "
        f"training compute, {STATUS[status]}; {points}.{told}"
    )


def shown(found: Ceg) -> str:
    """A CEG with its interval; beyond the ladder what base rungs alone support, as a bound."""
    if found.ceg.status is not Status.RIGHT_CENSORED:
        return as_multiple(found.ceg)
    low = found.discrete.low
    return f"at least {readable(multiple(low))}" if low > 0 else "beyond the ladder"


def _largest_first(found: Ceg) -> float:
    point = found.predictor.point
    return float("inf") if isnan(point) else -point


def _ceg(found: Ceg) -> Row:
    there = found.ceg.status not in NO_MEANING
    return {
        "CEG, x compute": _cell(found.ceg, shown(found)) if there else Cell(""),
        "status": STATUS[found.ceg.status],
        AT_LEAST: multiple(found.discrete.low) or nan,
    }


def _logits(found: Ceg, bounds: bool) -> Row:
    row: Row = {"gain, logits": _cell(found.predictor, scaled(found.predictor))}
    return row | ({AT_LEAST: multiple(found.discrete.low) or nan} if bounds else {})


def several_rungs(result: Result) -> bool:
    """Whether the base was run at two training computes or more, so that scores bound a CEG."""
    if result.fit is None:
        return False
    x = result.experiment.x[~np.isnan(result.experiment.means[result.fit.base])]
    return len(np.unique(x[~np.isnan(x)])) > 1


def _cell(estimate: Estimate, text: str) -> Cell:
    """Read with its interval, sorted by its point."""
    return Cell(text, repr(float(estimate.point)) if text else "")


def _score_rows(result: Result) -> list[Row]:
    return [
        {
            "arm": s.arm,
            "model": s.model,
            "score, points": _cell(s.score, scaled(s.score, 100)),
        }
        for s in result.scores
    ]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def terminal(result: Result, most: int) -> list[Row]:
    """Rows for the terminal: an arm each, the largest gains first, `most` of them."""
    costs = {price.arm: price.multiple for price in result.prices}
    ladder = result.fit is not None and result.fit.ladder
    rows = []
    for found in sorted(result.cegs, key=_largest_first)[:most]:
        row: Row = {"arm": found.arm}
        if ladder:
            meaning = found.ceg.status not in NO_MEANING
            row |= {
                "CEG": shown(found) if meaning else "",
                "status": STATUS[found.ceg.status],
            }
        row |= {
            "points": scaled(found.points, 100),
            "logits": scaled(found.predictor),
            "x base": None if isnan(costs[found.arm]) else round(costs[found.arm], 2),
        }
        rows.append(row)
    return rows
