"""CEG by arm, by PTE, by task type and by benchmark: forest plots on a log axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import altair as alt
import pandas as pd

from analysis.ceg.estimate import Ceg
from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.pages.theme import PALE, PALETTE, Chart
from analysis.report.columns import Row
from analysis.report.plots.figure import (
    WIDTH,
    Domain,
    Figure,
    around,
    arrows,
    ceg_row,
    multiples,
    status_shape,
)
from analysis.report.references import base_words, with_both
from analysis.result import ExperimentResult, primary

TITLE = "CEG (multiple of training compute)"
STEP = 22
"""Height of an arm, px."""
EDGES = "An arrowhead at the edge says that the interval goes on beyond it."


def by_arm(result: ExperimentResult) -> Figure:
    """CEG of all arms of one experiment, as a forest plot on a log axis."""
    name = "ceg-by-arm"
    caption = (
        "CEG of every stack, with 95% intervals; '(mean)' where one CEG is rejected, and that as a "
        f"function of compute is to be read. {EDGES}"
    )
    results = sorted(_known(with_both(result)), key=lambda c: -c.ceg.point)
    if not results:
        return Figure(name, caption, reason=_why(result))
    domain = around([c.ceg for c in results])
    names = [_name(result, c) for c in results]
    rows = [{"arm": n, **ceg_row(domain, c.ceg)} for n, c in zip(names, results, strict=True)]
    y = alt.Y("arm:N", title=None, sort=names)
    return Figure(
        name,
        caption,
        forest(rows, domain, y, status_shape(rows)).properties(height={"step": STEP}),
    )


def by_rung(result: ExperimentResult) -> Figure:
    """Each arm on each rung: whether one CEG holds over the ladder."""
    name = "ceg-by-rung"
    caption = (
        "CEG on each rung, for the PTEs alone: a panel whose points drift with model size says "
        f"that no single CEG holds over the ladder. {EDGES}"
    )
    single = {a.label for a in result.experiment.arms if len(a.ptes) == 1}
    results = [
        (c.arm, on.model, on.ceg)
        for c in _there(result)
        if c.arm in single
        for on in c.rungs
        if on.ceg.status
        not in (EstimateStatus.REFUSED, EstimateStatus.FLAT_LADDER, EstimateStatus.INVERSE_SCALING)
    ]
    if not results:
        return Figure(name, caption, reason=_why(result))
    domain = around([e for _, _, e in results])
    rows = [{"arm": arm, "model": m, **ceg_row(domain, e)} for arm, m, e in results]
    models = [rung.model for rung in result.experiment.rungs]
    y = alt.Y("model:N", title=None, sort=models)
    chart = forest(rows, domain, y, status_shape(rows)).properties(height={"step": 17})
    row = alt.Row("arm:N", title=None, header=_HEAD)
    return Figure(name, caption, chart.facet(row=row, spacing=12))


def by_pte(results: Sequence[ExperimentResult]) -> Figure:
    """Lifland et al.'s appendix: every PTE alone, all experiments beside each other."""
    caption = f"CEG of each PTE alone, by benchmark. {EDGES}"
    return _across(results, "ceg-by-pte", caption, None)


def by_task_type(results: Sequence[ExperimentResult]) -> Figure:
    """Lifland et al.'s appendix: every PTE alone, by kind of task."""
    caption = f"CEG of each PTE alone, by task type. {EDGES}"
    return _across(results, "ceg-by-task-type", caption, "task type")


def by_benchmark(results: Sequence[ExperimentResult]) -> Figure:
    """Lifland et al.'s appendix: every PTE alone, by benchmark."""
    caption = f"CEG of each PTE alone, a panel a benchmark. {EDGES}"
    return _across(results, "ceg-by-benchmark", caption, "experiment")


_HEAD = alt.Header(labelOrient="top", labelAnchor="start", labelPadding=3, labelLimit=500)


def _across(
    results: Sequence[ExperimentResult], name: str, caption: str, panel: str | None
) -> Figure:
    outcome = [
        (result, c)
        for result in results
        for c in _there(result)
        if len(result.experiment.arms[result.experiment.arm(c.arm)].ptes) == 1
    ]
    if not outcome:
        return Figure(name, caption, reason="no experiment has a CEG of a PTE alone.")
    domain = around([c.ceg for _, c in outcome])
    rows = [
        {
            "PTE": c.arm,
            "experiment": result.experiment.name,
            "task type": result.experiment.task_type,
            **ceg_row(domain, c.ceg),
        }
        for result, c in outcome
    ]
    names = sorted({row["experiment"] for row in rows}) if panel != "experiment" else []
    sort, shape = _order(outcome), status_shape(rows)
    if panel is None:
        return Figure(name, caption, _panel(rows, domain, sort, names, shape))
    panels = [
        _panel([row for row in rows if row[panel] == title], domain, sort, names, shape).properties(
            title=title
        )
        for title in sorted({row[panel] for row in rows})
    ]
    return Figure(name, caption, alt.vconcat(*panels, spacing=14))


def _panel(
    rows: Sequence[Row], domain: Domain, sort: list[str], names: Sequence[str], shape: alt.Shape
) -> Chart:
    there = {row["experiment"] for row in rows}
    y = alt.Y("PTE:N", title=None, sort=sort)
    step = 15 if len(names) > 1 and len(there) > 1 else STEP
    return forest(rows, domain, y, shape, names).properties(height={"step": step})


def _order(result: Sequence[tuple[ExperimentResult, Ceg]]) -> list[str]:
    """PTEs by their largest CEG."""
    best: dict[str, float] = {}
    for _, c in result:
        best[c.arm] = max(best.get(c.arm, c.ceg.point), c.ceg.point)
    return sorted(best, key=lambda arm: -best[arm])


def forest(
    rows: Sequence[Row],
    domain: Domain,
    y: alt.Y,
    shape: alt.Shape,
    groups: Sequence[str] = (),
    by: str = "experiment",
) -> Chart:
    """Points with intervals; coloured and set apart by group where several share a line.

    Args:
        rows: as `ceg_row` makes them, with the columns of `y` and `by`.
        domain: of the axis.
        y: what has a line.
        shape: of the points.
        groups: values of `by`, in the legend's order.
        by: column of the groups.
    """
    base = alt.Chart()  # without rows of its own, so that a facet can deal them out
    extra: Row = {"color": alt.value(PALETTE[0])}
    if len(groups) > 1:
        extra = {"color": alt.Color(f"{by}:N", title=by, scale=alt.Scale(domain=list(groups)))}
        there = [name for name in groups if any(r[by] == name for r in rows)]
        if len(there) > 1:
            extra["yOffset"] = alt.YOffset(f"{by}:N", scale=alt.Scale(domain=there))
    x = multiples(alt.X, domain, TITLE)
    columns = ("arm", "PTE", "experiment", "task type", "model", "benchmark", "ladder")
    shown = [c for c in columns if c in rows[0]]
    tooltip = [f"{c}:N" for c in (*shown, "CEG", "status", "reason")]
    one = alt.Chart().mark_rule(color=PALE, strokeDash=[4, 3]).encode(x=alt.datum(1))
    spans = base.mark_rule(strokeWidth=2, opacity=0.75).encode(
        x=alt.X("from:Q"), x2="to:Q", y=y, tooltip=tooltip, **extra
    )
    points = (
        base.transform_filter("isValid(datum.at)")
        .mark_point(filled=True, size=75, opacity=1)
        .encode(x=x, y=y, shape=shape, tooltip=tooltip, **extra)
    )
    return alt.layer(
        one, spans, *arrows(base, "x", y=y, **extra), points, data=pd.DataFrame(rows)
    ).properties(width=WIDTH)


def _there(result: ExperimentResult) -> list[Ceg]:
    """The CEGs over the one reference that there are."""
    return _known(primary(result.experiment, result.cegs))


def _known(cegs: Iterable[Ceg]) -> list[Ceg]:
    return [c for c in cegs if c.ceg.status is not EstimateStatus.REFUSED]


def _name(result: ExperimentResult, each: Ceg) -> str:
    """An arm by its label, and with its base where that is not the reference."""
    base = result.fit and result.experiment.arms[result.fit.base].label
    over = base_words(result.experiment, each.reference)
    name = each.arm if each.reference == base else f"{each.arm}, over the {over}"
    return f"{name} (mean)" if each.by_compute else name


def _why(result: ExperimentResult) -> str:
    if result.fit is None:
        return "there is no base to compare with."
    if not result.fit.ladder:
        return "there is no ladder, and without one no CEG."
    refused: list[Estimate] = [c.ceg for c in result.cegs if c.ceg.status is EstimateStatus.REFUSED]
    if refused:
        return f"no CEG was estimated: {refused[0].reason}."
    return "no PTE alone has a CEG that the ladder bounds." if result.cegs else "the base is alone."
