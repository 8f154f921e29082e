"""How charts look: one palette, readable letters; and turning a chart into its specification."""

from __future__ import annotations

from typing import Any

import altair as alt

Chart = Any
"""Any of altair's charts: single, layered, concatenated or faceted."""

PALETTE = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C6D31",
    "#5E4FA2",
    "#222222",
)
"""Okabe and Ito's colours, which colour-blind readers can tell apart, without their yellow (too
pale for lines on white) and with two more for long legends."""
INK = "#222222"
PALE = "#767676"
"""Colour of what stands beside the data: grids' labels, reference lines."""
FONT = "Liberation Sans, Helvetica, Arial, sans-serif"
NAME = "pte"


@alt.theme.register(NAME, enable=False)
def pte_theme() -> alt.theme.ThemeConfig:
    """The theme: Okabe-Ito, 12 px and up, light grid."""
    text = {"labelFontSize": 12, "titleFontSize": 13, "labelColor": INK, "titleColor": INK}
    config: Any = {
        "font": FONT,
        "background": "#ffffff",
        "view": {"continuousWidth": 640, "continuousHeight": 380, "stroke": "#d0d0d0"},
        "axis": {
            **text,
            "gridColor": "#ececec",
            "domainColor": "#888888",
            "tickColor": "#888888",
            "titleFontWeight": "normal",
            "labelLimit": 360,
        },
        "legend": {**text, "labelLimit": 360, "symbolLimit": 80, "titleFontWeight": "normal"},
        "header": {**text, "labelFontWeight": "bold"},
        "title": {"fontSize": 14, "anchor": "start", "color": INK},
        "text": {"fontSize": 12, "color": INK},
        "range": {"category": list(PALETTE)},
    }
    return {"config": config}


def specification(chart: Chart) -> dict[str, Any]:
    """A chart's Vega-Lite specification under the theme, with all of its rows."""
    with alt.theme.enable(NAME), alt.data_transformers.enable("default", max_rows=None):
        made: dict[str, Any] = chart.to_dict()
    return made
