"""What an arm is worth on each benchmark, and over them: a forest plot for a meta-analysis."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.pages.theme import Chart
from analysis.report.columns import Row
from analysis.report.over_benchmarks import CEG, measured, over_benchmarks
from analysis.report.plots.figure import Domain, Figure, around, ceg_row, status_shape
from analysis.report.plots.gains import EDGES, forest
from analysis.result import ExperimentResult

MEAN = "mean over benchmarks"
FURTHER = "a further benchmark"
STEP = 15
"""Height of a ladder within a benchmark, px."""


def pooled(results: Sequence[ExperimentResult]) -> Figure:
    """CEG on every benchmark, the mean, and where a further benchmark is expected, by ladder."""
    name = "ceg-over-benchmarks"
    caption = (
        "CEG on each benchmark, the random-effects mean over them, and the prediction interval "
        f"of a benchmark that was not measured, by ladder. {EDGES}"
    )
    frame = over_benchmarks(results)
    frame = frame[frame["measure"] == CEG.name] if len(frame) else frame
    if frame.empty:
        return Figure(name, caption, reason="no arm has a CEG on several benchmarks.")
    single = [x for x in measured(results, CEG) if x.estimate.status is not EstimateStatus.REFUSED]
    arms = list(dict.fromkeys(frame["arm"]))
    panels = []
    for arm in arms:
        found = [(x.benchmark, x.ladder, x.estimate) for x in single if x.arm.label == arm]
        found.sort(key=lambda row: row[0])
        found += list(_means(frame[frame["arm"] == arm]))
        panels.append(_panel(arm if len(arms) > 1 else "", found))
    return Figure(name, caption, alt.vconcat(*panels, spacing=14))


def _means(frame: pd.DataFrame) -> list[tuple[str, str, Estimate]]:
    """The mean of every ladder, and its interval of a further benchmark, in log10."""
    return [
        (line, str(row["ladder"]), CEG.estimate(row, ends))
        for line, ends in ((MEAN, "mean"), (FURTHER, "further"))
        for _, row in frame.iterrows()
    ]


def _panel(title: str, found: Sequence[tuple[str, str, Estimate]]) -> Chart:
    domain: Domain = around([estimate for _, _, estimate in found])
    ladders = list(dict.fromkeys(ladder for _, ladder, _ in found))
    rows: list[Row] = [
        {"benchmark": line, "ladder": ladder, **ceg_row(domain, estimate)}
        for line, ladder, estimate in found
    ]
    lines = list(dict.fromkeys(line for line, _, _ in found))
    y = alt.Y("benchmark:N", title=None, sort=lines)
    chart = forest(rows, domain, y, status_shape(rows), groups=ladders, by="ladder")
    panel: alt.LayerChart = chart.properties(height={"step": STEP}, title=title)
    return panel
