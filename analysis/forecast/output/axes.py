"""What the charts share: titles of axes, dates, tooltips."""

from __future__ import annotations

import altair as alt
import pandas as pd

OOM = "log10 total CEG (OOM)"
CEG = "CEG (factor of training compute, log scale)"
FACTORS = alt.Axis(values=[base * 10**power for power in range(13) for base in (1, 2, 5)])
"""Marks of a logarithmic axis that do not run into each other."""
STROKES = alt.Legend(symbolType="stroke", symbolStrokeWidth=3)
"""Legend of lines by colour."""
MONTHS = alt.Axis(format="%Y-%m", labelAngle=0, tickCount=8)


def dated(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose dates are dates, not texts."""
    return frame.assign(date=pd.to_datetime(frame["date"], format="%Y-%m"))


def tips(*names: str) -> list[alt.Tooltip]:
    """Tooltips; numbers to three digits, dates by month."""
    return [
        alt.Tooltip("date:T", format="%Y-%m") if name == "date" else _tip(name) for name in names
    ]


def _tip(name: str) -> alt.Tooltip:
    words = name.replace("_", " ")
    if name.startswith("log10") or name in {"slope", "ceg", "value", "guess", "multiplier"}:
        return alt.Tooltip(f"{name}:Q", title=words, format=".3~g")
    return alt.Tooltip(name, title=words)
