"""What a gain costs at inference."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from typing import Any

import altair as alt
import pandas as pd

from analysis.ceg.estimate import Ceg
from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.pages.theme import INK, PALE, PALETTE, Chart
from analysis.report.columns import Row, multiple
from analysis.report.plots.figure import (
    WIDTH,
    Domain,
    Figure,
    around,
    arrows,
    ceg_row,
    multiples,
    plain_row,
    spread,
)
from analysis.result import ExperimentResult, primary
from harness.records.summary import INFERENCE_LIMIT

INSIDE = "inside"
HEIGHT, LINE = 400, 14
"""Height of the plotting area and of a label, px."""
LABELS = 14
"""Arms up to which all are labelled; beyond, those on the frontier alone."""


def cost(result: ExperimentResult) -> Figure:
    """Gain against inference cost; points of score where there is no CEG."""
    in_ceg = any(_usable(c.ceg) for c in result.cegs)
    gain = "CEG" if in_ceg else "Gain in points of score"
    caption = (
        f"{gain} against inference compute. The line joins the best stacks within Lifland et al.'s "
        "definition of a PTE at each cost; gains are as measured, and the best of many reads too "
        "high by its own: the table has it corrected. The definition ends at "
        f"{INFERENCE_LIMIT:g} times the base's inference compute. Costs are net of each attempt's "
        "own prefix, gross where that alone is known."
    )
    if not in_ceg:
        caption += " Points stand in for CEG, which these scores do not give."
    known = {price.arm for price in result.prices if isfinite(price.judged)}
    cegs = primary(result.experiment, result.cegs)
    results = [c for c in cegs if c.arm in known and isfinite(_value(c, in_ceg).point)]
    if not results:
        return Figure("cost", caption, reason="no arm has both a gain and a known inference cost.")
    domain = around([_value(c, in_ceg) for c in results], margin=1.0 if in_ceg else 0.2)
    rows = _rows(result, results, domain, in_ceg)
    return Figure("cost", caption, _drawn(rows, domain, in_ceg))


def _usable(ceg: Estimate) -> bool:
    return ceg.status not in (
        EstimateStatus.REFUSED,
        EstimateStatus.FLAT_LADDER,
        EstimateStatus.INVERSE_SCALING,
    )


def _value(result: Ceg, in_ceg: bool) -> Estimate:
    return result.ceg if in_ceg else result.points


def _rows(
    result: ExperimentResult, results: Sequence[Ceg], domain: Domain, in_ceg: bool
) -> list[Row]:
    prices = {price.arm: price for price in result.prices}
    rows = [
        {
            "arm": c.arm,
            "inference": prices[c.arm].judged,
            "definition": prices[c.arm].definition,
            "gain": _value(c, in_ceg).point,
            **(ceg_row(domain, c.ceg) if in_ceg else plain_row(domain, c.points, 100)),
        }
        for c in results
    ]
    rows = _marked(sorted(rows, key=lambda row: (row["inference"], -row["gain"])))
    best = [row for row in rows if row["frontier"]]
    gap = LINE / HEIGHT * (domain.high - domain.low)
    for row, beside in zip(best, spread([row["gain"] for row in best], gap), strict=True):
        row["beside"] = multiple(beside) if in_ceg else 100 * beside
    return rows


def _marked(rows: Sequence[Row]) -> list[Row]:
    """With what lies on the frontier, and what is labelled."""
    best, out = -inf, []
    for row in rows:
        on = row["definition"] == INSIDE and row["gain"] > best
        best = row["gain"] if on else best
        label = row["arm"] if on or len(rows) <= LABELS else ""
        out.append({**row, "frontier": "yes" if on else "", "label": label})
    return out


def _drawn(rows: Sequence[Row], domain: Domain, in_ceg: bool) -> Chart:
    data = alt.Chart(pd.DataFrame(rows))
    costs = [row["inference"] for row in rows]
    x = alt.X(
        "inference:Q",
        title="inference compute (multiple of the base's, net of the own prefix)",
        scale=alt.Scale(
            type="log", domain=[0.4 * min(1.0, *costs), 2 * max(2.0, *costs)], nice=False
        ),
        axis=alt.Axis(format="~g", labelOverlap="greedy"),
    )
    y = (
        multiples(alt.Y, domain, "CEG (multiple of training compute)")
        if in_ceg
        else alt.Y("at:Q", title="gain (points)")
    )
    colour = alt.Color(
        "definition:N",
        title="seed's definition",
        scale=alt.Scale(domain=sorted({row["definition"] for row in rows}), range=list(PALETTE)),
    )
    message = ["arm:N", "CEG:N" if in_ceg else "value:N", "status:N", "definition:N"]
    tooltip: list[Any] = [t for t in message if t[:-2] in rows[0]]
    tooltip.append(alt.Tooltip("inference:Q", format=".3~g", title="inference multiple"))
    none = (
        alt.Chart().mark_rule(color=PALE, strokeDash=[4, 3]).encode(y=alt.datum(1 if in_ceg else 0))
    )
    line = (
        data.transform_filter("datum.frontier == 'yes'")
        .mark_line(interpolate="step-after", color=INK, strokeWidth=1.5)
        .encode(x=x, y=y)
    )
    bars = data.mark_rule(opacity=0.5).encode(x=x, y="from:Q", y2="to:Q", color=colour)
    points = data.mark_point(filled=True, size=70, opacity=1).encode(
        x=x, y=y, color=colour, tooltip=tooltip
    )
    best = data.transform_filter("datum.frontier == 'yes'")
    other = data.transform_filter("datum.frontier != 'yes'")
    text = [
        best.mark_text(align="right", dx=-7, dy=-8, fontSize=11).encode(
            x=x, y="beside:Q", text="label:N"
        ),
        other.mark_text(align="left", dx=7, dy=8, fontSize=11).encode(x=x, y=y, text="label:N"),
    ]
    ends = arrows(data, "y", x=x, color=colour)
    return alt.layer(none, line, bars, *ends, points, *text).properties(width=WIDTH, height=HEIGHT)
