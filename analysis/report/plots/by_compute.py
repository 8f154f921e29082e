"""CEG as a function of compute, of arms whose gain is not one number over the ladder."""

from __future__ import annotations

import altair as alt
import pandas as pd

from analysis.ceg.estimate import Ceg
from analysis.contracts.estimate import EstimateStatus
from analysis.pages.theme import PALE, PALETTE
from analysis.report.columns import Row
from analysis.report.plots.figure import Domain, Figure, around, ceg_row, multiples
from analysis.result import ExperimentResult

MOST = 8
"""Arms that are drawn: those whose gain depends on compute most clearly."""
WIDE, HIGH = 270, 190
"""Size of an arm's panel, px."""
WITHOUT_MEANING = (
    EstimateStatus.REFUSED,
    EstimateStatus.FLAT_LADDER,
    EstimateStatus.INVERSE_SCALING,
)


def by_compute(result: ExperimentResult) -> Figure:
    """A panel an arm: its line with a band, and its CEG on each rung by that rung's scores."""
    name = "ceg-by-compute"
    caption = (
        "CEG as a function of training compute, for arms whose gain changes along the ladder, so "
        "that no one CEG holds: line and 95% band (pointwise). Points are CEGs on each rung by its "
        f"scores alone, whose intervals are in the next plots. At most {MOST} arms, the clearest."
    )
    found = [each for each in result.cegs if each.by_compute and each.parallelism]
    if not found:
        reason = "no arm's gain clearly changes with compute: one CEG holds over the ladder."
        without = result.fit is None or not result.fit.ladder
        return Figure(name, caption, reason="there is no ladder." if without else reason)
    found.sort(key=lambda each: each.parallelism.p if each.parallelism else 1.0)
    lines = [each.by_compute for each in found[:MOST] if each.by_compute]
    domain = around([at.ceg for line in lines for at in line.at])
    rows = [row for each in found[:MOST] for row in _rows(result, domain, each)]
    return Figure(name, caption, _drawn(rows, domain, [each.arm for each in found[:MOST]]))


def _rows(result: ExperimentResult, domain: Domain, of: Ceg) -> list[Row]:
    flops = {rung.model: rung.flop for rung in result.experiment.rungs}
    line = [] if of.by_compute is None else of.by_compute.at
    band = [
        {"arm": of.arm, "FLOP": at.flop, "shown": "line", **ceg_row(domain, at.ceg)} for at in line
    ]
    rungs = [
        {
            "arm": of.arm,
            "FLOP": flops[on.model],
            "shown": "rung",
            "model": on.model,
            **ceg_row(domain, on.ceg),
        }
        for on in of.rungs
        if on.ceg.status not in WITHOUT_MEANING
    ]
    return band + rungs


def _drawn(rows: list[Row], domain: Domain, arms: list[str]) -> alt.FacetChart:
    flops = [row["FLOP"] for row in rows]
    x = alt.X(
        "FLOP:Q",
        title="training compute (FLOP)",
        scale=alt.Scale(type="log", domain=[0.7 * min(flops), 1.4 * max(flops)], nice=False),
        axis=alt.Axis(format=".0e", labelOverlap="greedy", tickCount=4),
    )
    y = multiples(alt.Y, domain, "CEG (x compute)")
    tooltip = ["arm:N", alt.Tooltip("FLOP:Q", format=".2e"), "CEG:N", "status:N"]
    line = alt.Chart().transform_filter("datum.shown == 'line'")
    rung = alt.Chart().transform_filter("datum.shown == 'rung'")
    one = alt.Chart().mark_rule(color=PALE, strokeDash=[4, 3]).encode(y=alt.datum(1))
    layers = (
        one,
        line.mark_area(opacity=0.25, color=PALETTE[0]).encode(
            x=x, y=alt.Y("from:Q"), y2="to:Q", tooltip=tooltip
        ),
        line.mark_line(color=PALETTE[0], strokeWidth=2.5).encode(x=x, y=y, tooltip=tooltip),
        rung.transform_filter("isValid(datum.at)")
        .mark_point(filled=True, size=55, color=PALETTE[1], opacity=1)
        .encode(x=x, y=y, tooltip=[*tooltip, "model:N"]),
    )
    panel = alt.layer(*layers, data=pd.DataFrame(rows)).properties(width=WIDE, height=HIGH)
    head = alt.Header(labelOrient="top", labelAnchor="start", labelLimit=WIDE)
    return panel.facet(facet=alt.Facet("arm:N", title=None, sort=arms, header=head), columns=2)
