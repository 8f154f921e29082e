"""Raw performance, and where the uncertainty comes from."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from analysis.pages.theme import PALETTE, Chart
from analysis.report.formatting import scaled
from analysis.report.plots.figure import WIDTH, Figure
from analysis.result import ExperimentResult

CROWDED = 24
"""Arms above which rungs share a line instead of standing one below the other."""
SOURCES = {"items": PALETTE[0], "draws": PALETTE[4], "rungs": PALETTE[2]}


def raw(result: ExperimentResult) -> Figure:
    """Every arm's score on every rung."""
    several = len(result.experiment.rungs) > 1
    caption = "Score of every arm" + (" on every rung" if several else "")
    caption += ", with 95% intervals over items. Arms by their mean score; no curve and no model."
    if not result.scores:
        return Figure("raw-performance", caption, reason="no arm has a score.")
    return Figure("raw-performance", caption, _raw(result))


def variance(result: ExperimentResult) -> Figure:
    """Shares of each arm's variance."""
    unit = "log10 CEG" if result.fit is not None and result.fit.ladder else "gain in logits"
    caption = (
        f"Where the variance of each arm's {unit} comes from: items (which problems were asked), "
        "draws (what the model happened to say), rungs (models that depart from the curve, arms "
        "that suit one model more than another). Items hold the draws' part where one draw an item "
        "cannot tell them apart."
    )
    rows = [
        {"arm": s.arm, "source": source, "share": share, "place": place}
        for s in result.splits
        for place, (source, share) in enumerate(
            (("items", s.items), ("draws", s.draws), ("rungs", s.rungs))
        )
        if np.isfinite(share)
    ]
    if not rows:
        return Figure(
            "variance", caption, reason="no arm has a gain whose variance could be split."
        )
    data = alt.Chart(pd.DataFrame(rows))
    there = [s for s in SOURCES if any(row["source"] == s for row in rows)]
    scale = alt.Scale(domain=there, range=[SOURCES[s] for s in there])
    chart = data.mark_bar(height={"band": 0.75}).encode(
        x=alt.X("share:Q", title="share of the variance", axis=alt.Axis(format=".0%")).stack(
            "zero"
        ),
        y=alt.Y("arm:N", title=None, sort=[s.arm for s in result.splits]),
        color=alt.Color("source:N", title="source", scale=scale),
        order="place:Q",
        tooltip=["arm:N", "source:N", alt.Tooltip("share:Q", format=".0%")],
    )
    return Figure("variance", caption, chart.properties(width=WIDTH, height={"step": 20}))


def _raw(result: ExperimentResult) -> Chart:
    models = [r.model for r in result.experiment.rungs]
    rows = [
        {
            "arm": s.arm,
            "model": s.model,
            "score": 100 * s.score.point,
            "low": 100 * s.score.low,
            "high": 100 * s.score.high,
            "points": scaled(s.score, 100),
            "items": s.n,
        }
        for s in result.scores
    ]
    data = pd.DataFrame(rows)
    order = [str(arm) for arm in data.groupby("arm")["score"].mean().sort_values().index[::-1]]
    apart = len(models) > 1 and len(order) <= CROWDED
    base = alt.Chart(data)
    shared = {
        "y": alt.Y("arm:N", title=None, sort=order),
        "color": alt.Color(
            "model:O", title="model", scale=alt.Scale(domain=models, range=_ramp(len(models)))
        ),
        "tooltip": ["arm:N", "model:N", "points:N", "items:Q"],
    }
    if apart:
        shared["yOffset"] = alt.YOffset("model:O", scale=alt.Scale(domain=models))
    x = alt.X("score:Q", title="score (points)", scale=alt.Scale(zero=False))
    lines = base.mark_rule(strokeWidth=1.6, opacity=0.8).encode(x="low:Q", x2="high:Q", **shared)
    points = base.mark_point(filled=True, size=45, opacity=1).encode(x=x, **shared)
    step = {"step": 9 if apart else 20}
    return alt.layer(lines, points).properties(width=WIDTH, height=step)


def _ramp(number: int) -> list[str]:
    """From light to dark blue, as models grow; one model takes the palette's first."""
    if number == 1:
        return [PALETTE[0]]
    light, dark = np.array([0x8E, 0xC7, 0xE8]), np.array([0x08, 0x22, 0x44])
    parts = np.linspace(0, 1, number)[:, None]
    colours = (light + parts * (dark - light)).round().astype(int)
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in colours]
