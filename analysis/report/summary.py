"""The answer, in a few lines and one table an experiment."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import pandas as pd

from analysis.ceg.budget import Largest
from analysis.ceg.estimate import Ceg
from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.contracts.experiment import Experiment
from analysis.contracts.finding import Severity
from analysis.pages.page import TableCell, readable
from analysis.report import ended, luck
from analysis.report.columns import Row, multiple
from analysis.report.formatting import STATUS, along, as_multiple, scaled
from analysis.report.references import over, reference_sentence, with_both
from analysis.result import ExperimentResult

AT_LEAST = "CEG at least"
BY_MODEL = "CEG at least, by model"
MEAN = "mean over the ladder, rejected"
"""The one CEG of an arm whose gain depends on compute."""
CARE = "read with care"
"""What weakens a gain: cut attempts, with its range if they were right; a base that reasons."""
NO_MEANING = (EstimateStatus.REFUSED, EstimateStatus.INVERSE_SCALING, EstimateStatus.FLAT_LADDER)
"""Where a CEG's point says nothing: tables further down have it, the answer does not."""


def table(result: ExperimentResult) -> pd.DataFrame:
    """One row an arm, the largest gain first, and a second one of a selection over the other base:
    CEG where there is a ladder, logits where not.

    Columns have names to be read, with their units.
    """
    results = sorted(result.cegs, key=_largest_first)
    if not results:
        return pd.DataFrame(_score_rows(result))
    costs = {price.arm: price for price in result.prices}
    ladder = result.fit is not None and result.fit.ladder
    bounds = several_rungs(result)
    careful = any(ended.in_short(result, each) for each in with_both(result))
    lines = ladder and any(each.by_compute for each in results)
    return pd.DataFrame(
        {
            "arm": each.arm,
            **over(result.experiment, each),
            **(_ceg(each) | luck.in_short(result, each) if ladder else {}),
            **({MEAN: _rejected(each)} if lines else {}),
            **({CARE: ended.in_short(result, each)} if careful else {}),
            "gain, points": _cell(each.points, scaled(each.points, 100)),
            **({} if ladder else _logits(each, bounds)),
            "cost, x base (net)": costs[each.arm].net,
            "cost, x base (gross)": costs[each.arm].multiple,
            "definition": costs[each.arm].definition,
        }
        for each in with_both(result, results)
    )


def sentence(result: ExperimentResult) -> str:
    """The answer for one experiment in one or two plain sentences."""
    experiment = result.experiment
    size = (
        f"{len(experiment.arms)} arms on {_counted(len(experiment.rungs), 'rung')}, "
        f"{_items(experiment)}"
    )
    if result.fit is None:
        return f"{size}. There is no base with a score, so scores are all that can be given."
    best = result.largest
    if best is None:
        return f"{size}. There is no arm with a PTE to compare with the base."
    worst = sum(f.severity is not Severity.NOTE for f in result.findings)
    message = f" {_counted(worst, 'warning')} to read first." if worst else ""
    message = f" {reference_sentence(experiment)}{message}"
    arm, found = best.measured.arm, best.measured
    points = f"{scaled(best.points, 100)} points over {experiment.reference.words}"
    points += _corrected(best, scaled(found.points, 100), scaled(best.points, 100))
    gain = "The largest gain is that of" if found.points.point > 0 else "No stack gains; closest is"
    if not result.fit.ladder:
        return (
            f"{size}: no ladder, so no CEG. {gain} {arm}: {points}, "
            f"{scaled(best.predictor)} logits.{message}"
        )
    status = found.ceg.status
    if status is EstimateStatus.INVERSE_SCALING:
        return f"{size}. The base falls as compute grows: CEG has no meaning here.{message}"
    if status is EstimateStatus.FLAT_LADDER:
        return (
            f"{size}. The base does not clearly rise with compute, so no CEG is bounded. "
            f"{gain} {arm}: {points}.{message}"
        )
    if status is EstimateStatus.REFUSED or found.predictor.point <= 0:
        return f"{size}. {gain} {arm}: {points}.{message}"
    if found.by_compute is not None:
        return (
            f"{size}. The largest CEG is that of {arm}, and it depends on compute: {shown(found)}, "
            f"times that compute. Its mean, {as_multiple(best.ceg)}{_mean(best)}, is rejected as "
            f"one CEG over the ladder; {points}.{message}"
        )
    return (
        f"{size}. The largest CEG is that of {arm}: {_best(best)} times the training compute, "
        f"{STATUS[status]}{_chosen(best)}; {points}.{message}"
    )


def _best(best: Largest) -> str:
    """The largest CEG as corrected; beyond the ladder as a bound."""
    beyond = best.measured.ceg.status is EstimateStatus.RIGHT_CENSORED
    return shown(best.measured) if beyond else as_multiple(best.ceg)


def _chosen(best: Largest) -> str:
    """That a CEG was corrected, and what it is as measured; of one beyond the ladder what the curve
    says."""
    measured, value = as_multiple(best.measured.ceg), as_multiple(best.ceg)
    if measured != value and _best(best) != value:
        return f" (by the curve {value}, corrected for being the largest of {best.among})"
    return _mean(best)


def _mean(best: Largest) -> str:
    return _corrected(best, as_multiple(best.measured.ceg), as_multiple(best.ceg))


def _corrected(best: Largest, measured: str, value: str) -> str:
    told = f" (as measured {measured}; corrected for being the largest of {best.among})"
    return "" if measured == value else told


def _items(experiment: Experiment) -> str:
    """The sample size behind each score."""
    known = experiment.counts[np.isfinite(experiment.counts)]
    if not known.size:
        return "of an unknown number of items"
    least, most = int(known.min()), int(known.max())
    return (
        f"{_counted(most, 'item')} a score" if least == most else f"{least} to {most} items a score"
    )


def shown(result: Ceg) -> str:
    """A CEG with its interval, at both ends of the ladder where it depends on compute; beyond the
    ladder what base rungs alone support, as a bound."""
    if result.by_compute is not None:
        return along(result.by_compute)
    if result.ceg.status is not EstimateStatus.RIGHT_CENSORED:
        return as_multiple(result.ceg)
    low = result.discrete.low
    return f"at least {readable(multiple(low))}" if low > 0 else "beyond the ladder"


def _largest_first(result: Ceg) -> float:
    point = result.predictor.point
    return float("inf") if isnan(point) else -point


def _ceg(result: Ceg) -> Row:
    there = result.ceg.status not in NO_MEANING
    return {
        "CEG, x compute": _cell(result.ceg, shown(result)) if there else TableCell(""),
        "status": STATUS[result.ceg.status],
        AT_LEAST: multiple(result.discrete.low) or nan,
    }


def _rejected(result: Ceg) -> TableCell:
    return _cell(result.ceg, as_multiple(result.ceg) if result.by_compute else "")


def _logits(result: Ceg, bounds: bool) -> Row:
    row: Row = {"gain, logits": _cell(result.predictor, scaled(result.predictor))}
    return row | ({BY_MODEL: _by_model(result)} if bounds else {})


def _by_model(result: Ceg) -> str:
    """What the larger models' own scores say of the gain on each model, where it is a gain."""
    known = [(multiple(on.discrete.low), on.model) for on in result.rungs if on.discrete.low > 0]
    return ", ".join(f"{readable(low)} for {model}" for low, model in known)


def several_rungs(result: ExperimentResult) -> bool:
    """Whether the base was run at two training computes or more, so that scores bound a CEG."""
    if result.fit is None:
        return False
    x = result.experiment.x[~np.isnan(result.experiment.means[result.fit.base])]
    return len(np.unique(x[~np.isnan(x)])) > 1


def _cell(estimate: Estimate, text: str) -> TableCell:
    """Read with its interval, sorted by its point."""
    return TableCell(text, repr(float(estimate.point)) if text else "")


def _score_rows(result: ExperimentResult) -> list[Row]:
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


def terminal(result: ExperimentResult, most: int) -> list[Row]:
    """Rows for the terminal: an arm each, the largest gains first, `most` of them; a selection has
    a second row over the other base."""
    costs = {price.arm: price for price in result.prices}
    ladder = result.fit is not None and result.fit.ladder
    rows = []
    lines = ladder and any(each.by_compute for each in result.cegs)
    careful = any(ended.in_short(result, each) for each in with_both(result))
    for results in with_both(result, sorted(result.cegs, key=_largest_first)[:most]):
        row: Row = {"arm": results.arm, **over(result.experiment, results)}
        if ladder:
            meaning = results.ceg.status not in NO_MEANING
            row |= {
                "CEG": shown(results) if meaning else "",
                "status": STATUS[results.ceg.status],
                luck.NEW_RUN: luck.in_short(result, results)[luck.NEW_RUN].text,
            }
            if lines:
                row[MEAN] = as_multiple(results.ceg) if results.by_compute else ""
        row |= {
            "points": scaled(results.points, 100),
            "logits": scaled(results.predictor),
            "x base (net)": _rounded(costs[results.arm].net),
            "x base (gross)": _rounded(costs[results.arm].multiple),
        }
        if careful:
            row[CARE] = ended.in_short(result, results)
        rows.append(row)
    return rows


def _rounded(times: float) -> float | None:
    return None if isnan(times) else round(times, 2)
