"""Stacks that were run, as the others predict them, against what was measured."""

from __future__ import annotations

from math import isnan

import altair as alt
import pandas as pd

from analysis.composability.prediction import PredictionCheck
from analysis.pages.theme import INK, PALE, PALETTE
from analysis.report.columns import Row
from analysis.report.formatting import scaled
from analysis.report.plots.figure import Figure, around, arrows
from analysis.result import ExperimentResult

SIDE = 420
"""Side of the plotting area, px."""
MODEL, ADDED, BY_M = "main effects and pairs", "gains added up", "one M"


def predicted(result: ExperimentResult) -> Figure:
    """Predicted against measured gains, each stack left out in turn."""
    caption = (
        "Stacks that were run, each predicted from the others (logits over the base): on the "
        "diagonal a prediction is right. Bars: the 95% interval of what measuring the stack would "
        "show. Hollow: the same by adding up the gains of its PTEs, and by Lifland et al.'s "
        "constant M fitted to the other stacks."
    )
    checks = result.predictions.checks
    if not checks:
        reason = "fewer than two stacks of several PTEs were run, so none can be left out."
        return Figure("predicted-stacks", caption, reason=reason)
    domain = around([c.predicted for c in checks] + [c.measured for c in checks], margin=0.5)
    ends = [domain.low, domain.high]
    scale = alt.Scale(domain=ends, nice=False)
    x = alt.X("measured:Q", title="measured gain (logits)", scale=scale)
    y = alt.Y("at:Q", title="predicted gain (logits)", scale=scale)
    names = [MODEL, ADDED, BY_M]
    colour = alt.Color(
        "by:N",
        title="predicted by",
        scale=alt.Scale(domain=names, range=[PALETTE[0], PALETTE[1], PALETTE[2]]),
    )
    rows = [row for c in checks for row in _rows(c, domain.clip(c.predicted))]
    data = alt.Chart(pd.DataFrame(rows))
    tooltip = [f"{name}:N" for name in ("stack", "measured as", "predicted as", "by")]
    line = (
        alt.Chart(pd.DataFrame({"measured": ends, "at": ends}))
        .mark_line(color=PALE, strokeDash=[4, 4])
        .encode(x=x, y=y)
    )
    own = data.transform_filter(alt.datum.by == MODEL)
    bars = own.mark_rule(color=INK, strokeWidth=1.2, opacity=0.6).encode(
        x=x, y=alt.Y("from:Q", scale=scale), y2="to:Q", tooltip=tooltip
    )
    points = own.mark_point(filled=True, size=70, opacity=1).encode(
        x=x, y=y, color=colour, tooltip=tooltip
    )
    others = data.transform_filter(alt.datum.by != MODEL)
    hollow = others.mark_point(filled=False, size=55, strokeWidth=1.6).encode(
        x=x, y=y, color=colour, tooltip=tooltip
    )
    beyond = arrows(own, "y", x=x, color=alt.value(INK))
    chart = alt.layer(line, bars, hollow, points, *beyond).properties(width=SIDE, height=SIDE)
    return Figure("predicted-stacks", caption, chart)


def _rows(check: PredictionCheck, drawn: Row) -> list[Row]:
    said = {
        "stack": check.stack,
        "measured": check.measured.point,
        "measured as": scaled(check.measured),
        "predicted as": scaled(check.predicted),
    }
    return [
        {**said, **drawn, "by": MODEL},
        {**said, "at": check.added, "by": ADDED},
        *([] if isnan(check.by_m) else [{**said, "at": check.by_m, "by": BY_M}]),
    ]
