"""Charts of what Lifland et al. print of single benchmarks: its appendix, and its Figure 1."""

from __future__ import annotations

import altair as alt
import pandas as pd

from analysis.forecast.output.axes import CEG, FACTORS, dated, tips
from analysis.pages.theme import PALETTE, Chart

TREND_COLOURS = {
    "fixed model, new PTEs": PALETTE[0],
    "fixed PTEs, new models": PALETTE[4],
    "new models and new PTEs": "#C1272D",
}
"""The colours of Lifland et al.'s Figure 1: blue, yellow and red."""
LEAST = 3
"""Results that a kind of task or a benchmark must have to be shown, as in Lifland et al.'s
appendix."""
_LOG = alt.Scale(type="log")
_SHAPE = alt.Shape(
    "bound:N",
    title="as given",
    scale=alt.Scale(
        domain=["about", "at_least", "computed"], range=["circle", "triangle-right", "diamond"]
    ),
)
_TIPS = ("pte", "benchmark", "task_type", "model", "ceg", "bound")


def ceg_by_pte(cegs: pd.DataFrame) -> Chart:
    """CEGs of single benchmarks, a row a PTE."""
    return (
        alt.Chart(cegs, height=alt.Step(22))
        .mark_point(filled=True, size=80, opacity=0.75)
        .encode(
            alt.X("ceg:Q", title=CEG, scale=_LOG, axis=FACTORS),
            alt.Y("pte:N", title=None, sort=alt.EncodingSortField("ceg", "median")),
            alt.Color("task_type:N", title="task type"),
            _SHAPE,
            tooltip=tips(*_TIPS),
        )
    )


def ceg_within(cegs: pd.DataFrame, column: str) -> Chart:
    """CEGs of single benchmarks by PTE, a panel a kind of task or a benchmark."""
    often = cegs[cegs.groupby(column)["ceg"].transform("size") >= LEAST]
    return (
        alt.Chart(often, height=alt.Step(20))
        .mark_point(filled=True, size=80, opacity=0.75, color=PALETTE[0])
        .encode(
            alt.X("ceg:Q", title=CEG, scale=_LOG, axis=FACTORS),
            alt.Y("pte:N", title=None, sort=alt.EncodingSortField("ceg", "median")),
            _SHAPE,
            tooltip=tips(*_TIPS),
        )
        .facet(row=alt.Row(f"{column}:N", title=None))
        .resolve_scale(y="independent")
    )


def trends_chart(trends: pd.DataFrame) -> Chart:
    """The three trends, by date of evaluation: raw performance above, equivalent compute below."""
    data = dated(trends[trends["dating"] == "evaluated"])
    data["label"] = data["model"] + data["ptes"].map(lambda p: f" + {p}" if p else "")
    return alt.vconcat(
        *[
            _row(data, column, title)
            for column, title in (
                ("score_points", "score (points)"),
                ("log10_equivalent_flop", "log10 equivalent FLOP"),
            )
            if data[column].notna().any()
        ]
    )


def _row(data: pd.DataFrame, column: str, title: str) -> Chart:
    """One measure, a panel a trend, on one vertical axis."""
    ends = [float(data[column].min()), float(data[column].max())]
    scale = alt.Scale(zero=False, domain=ends, nice=True)
    room = pd.DateOffset(months=4)  # for the names beside the points
    dates = alt.Scale(domain=[data["date"].min() - room, data["date"].max() + room])
    return alt.hconcat(
        *[
            _panel(
                data=data[data["trend"] == trend],
                column=column,
                title=title,
                trend=trend,
                scale=scale,
                dates=dates,
            )
            for trend in TREND_COLOURS
        ]
    )


def _panel(
    *, data: pd.DataFrame, column: str, title: str, trend: str, scale: alt.Scale, dates: alt.Scale
) -> Chart:
    base = alt.Chart(data, title=trend, width=250, height=240).encode(
        alt.X(
            "date:T",
            title=None,
            scale=dates,
            axis=alt.Axis(format="%Y-%m", labelAngle=0, tickCount=alt.TimeIntervalStep("month", 6)),
        ),
        alt.Y(f"{column}:Q", title=title, scale=scale),
        alt.Detail(["held:N", "benchmark:N"]),
        tooltip=tips("trend", "benchmark", "held", "date", "label", "score_points", "log10_ceg"),
    )
    colour = TREND_COLOURS[trend]
    names = _names(data, column)
    return alt.layer(
        base.mark_line(color=colour, interpolate="step-after"),
        base.mark_point(color=colour, filled=True, size=60, opacity=1),
        *(
            alt.Chart(names[names["above"] == above])
            .mark_text(dy=-11 if above else 14, align="right", dx=14, fontSize=11)
            .encode(
                alt.X("date:T", scale=dates), alt.Y(f"{column}:Q", scale=scale), alt.Text("held:N")
            )
            for above in (True, False)
        ),
    )


def _names(data: pd.DataFrame, column: str) -> pd.DataFrame:
    """Where the name of what is held stands: above its first point, or below if another is near."""
    named = data[data["held"] != "nothing"].sort_values("date")
    first = named.groupby(["held", "benchmark"], sort=False).head(1)
    near = 0.12 * (data[column].max() - data[column].min())
    below = [
        bool(
            (
                (first["date"] == row["date"])
                & (first[column] > row[column])
                & (first[column] - row[column] < near)
            ).any()
        )
        for _, row in first.iterrows()
    ]
    return first.assign(above=[not each for each in below])
