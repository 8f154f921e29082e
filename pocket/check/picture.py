"""The check in one picture: what was said of new runs, and what they came to."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from analysis.pages.theme import INK, PALETTE, Chart
from pocket.check.outcome import Coverage, RunCheck
from pocket.recipe import steps_of

HELD = alt.Scale(domain=["held", "not held"], range=list(PALETTE[:2]))


def picture(checks: Sequence[RunCheck], coverage: Coverage) -> Chart:
    """A bar a prediction and a point a new run, by the size of the new runs.

    Both are told as multiples of what was foreseen: 1 is a prediction come true.
    """
    drawn = _frame(checks)
    ends = (
        drawn[["low", "realised"]].min().min() / 1.1,
        drawn[["high", "realised"]].max().max() * 1.1,
    )
    ratio = alt.Scale(type="log", domain=ends, nice=False)
    place = alt.X(
        "place:Q", title=None, axis=None, scale=alt.Scale(padding=8, nice=False, zero=False)
    )
    y = alt.Y("realised:Q", title="compute needed / compute foreseen", scale=ratio)
    colour = alt.Color("verdict:N", title="the interval", scale=HELD)
    tips = ["model:N", "stack:N", "run:N", alt.Tooltip("realised:Q", format=".2f")]
    chart = alt.Chart(drawn)
    return (
        alt.layer(
            chart.mark_rule(color=INK, strokeDash=[4, 3]).encode(y=alt.datum(1)),
            chart.mark_rule(opacity=0.3, strokeWidth=2).encode(
                x=place, y=alt.Y("low:Q", scale=ratio), y2="high:Q"
            ),
            chart.mark_point(filled=True, size=14, opacity=0.8).encode(
                x=place, y=y, color=colour, tooltip=tips
            ),
        )
        .properties(width=95, height=340)
        .facet(column=alt.Column("size:O", title="new base models, by steps of training"))
        .resolve_scale(x="independent")
        .properties(
            title=f"{coverage.share:.0%} of {coverage.runs} new runs in the interval for a new run "
            f"({coverage.low:.0%} to {coverage.high:.0%})"
        )
    )


def _frame(checks: Sequence[RunCheck]) -> pd.DataFrame:
    """A row a check; `place` orders the predictions of one size."""
    frame = pd.DataFrame(
        {
            "model": check.model,
            "stack": check.case.stack,
            "run": check.run,
            "size": steps_of(check.run),
            "low": 10 ** (check.said.low - check.said.point),
            "high": 10 ** (check.said.high - check.said.point),
            "realised": 10 ** (check.realised - check.said.point),
            "verdict": "held" if check.held else "not held",
        }
        for check in checks
    )
    said = frame["model"] + " " + frame["stack"]
    return frame.assign(place=said.groupby(frame["size"]).rank(method="dense"))
