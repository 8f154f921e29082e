"""Charts of the effects of what was stated, and of the backtest."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from analysis.forecast.output.axes import OOM, tips
from analysis.pages.theme import PALETTE, Chart


def effects_chart(effects: pd.DataFrame) -> Chart:
    """log10 total after each step, from the print to the headline."""
    data = effects.assign(number=range(len(effects)))
    base = alt.Chart(data, height=alt.Step(26)).encode(
        alt.Y("step:N", title=None, sort=list(data["step"])),
        tooltip=tips("step", "date", "log10_total", "slope"),
    )
    x = alt.X("log10_total:Q", title=OOM, axis=alt.Axis(tickCount=8))
    return alt.layer(
        base.mark_bar(color=PALETTE[0], opacity=0.35).encode(x),
        base.mark_text(align="left", dx=4).encode(x, alt.Text("log10_total:Q", format=".2f")),
    )


def calibration_chart(backtest: pd.DataFrame) -> Chart:
    """Share of outcomes below each quantile of the predictions; on the diagonal if calibrated."""
    curves = [
        pd.DataFrame(
            {
                "model": model,
                "level": np.sort(own["pit"]),
                "share": np.arange(1, len(own) + 1) / len(own),
            }
        )
        for model, own in backtest.groupby("model", sort=False)
    ]
    data = pd.concat(curves)
    ends = pd.DataFrame({"level": [0.0, 1.0], "share": [0.0, 1.0]})
    unit = alt.Scale(domain=[0, 1])
    x = alt.X("level:Q", title="level of the prediction", scale=unit)
    y = alt.Y("share:Q", title="share of outcomes below it", scale=unit)
    return alt.layer(
        alt.Chart(ends, width=320, height=320).mark_line(color="#bbbbbb").encode(x, y),
        alt.Chart(data)
        .mark_line(interpolate="step-after")
        .encode(
            x,
            y,
            alt.Color(
                "model:N",
                title=None,
                sort=list(dict.fromkeys(data["model"])),
                scale=alt.Scale(range=list(PALETTE)),
            ),
            tooltip=tips("model", "level", "share"),
        ),
    )
