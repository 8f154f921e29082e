"""The ladder: score against training compute, the base curve, and CEG as arrows."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10

import altair as alt
import numpy as np
import pandas as pd

from analysis.ceg.by_rung import RungCeg
from analysis.ceg.estimate import Ceg
from analysis.ceg.ladder import LadderFit
from analysis.contracts.estimate import EstimateStatus
from analysis.contracts.experiment import UNIT
from analysis.pages.page import readable
from analysis.pages.theme import INK, PALE, PALETTE, Chart
from analysis.report.columns import Row, multiple
from analysis.report.formatting import as_multiple, scaled
from analysis.report.plots.figure import Figure, spread
from analysis.result import ArmScore, ExperimentResult, primary

MOST = 8
"""Arms beside the base that a reader can tell apart."""
BEYOND = 1.0
"""OOMs past the ladder's top up to which arrows are drawn whole."""
LABEL = 2.6
"""Points of score that a label is high, about."""
STEEP = 0.15
"""Share of the curve's height, at either end, in which it is too flat to read compute from."""
BASE_COLOUR = INK


def ladder(result: ExperimentResult) -> Figure:
    """Score against training compute."""
    name = "ladder"
    caption = (
        "Score against training compute. The black line is the base curve, with its floor and "
        "ceiling dashed. Each arrow starts at an arm's score on one rung (that on which the base "
        "lies closest to its curve, off the curve's flat ends) and ends where the base curve "
        "reaches the same score, or at the frame if that lies beyond it; its length is the gain "
        "read off the curve there. The tables' CEGs are freed of what the base itself misses of "
        "its curve, so they differ a little. Bars are 95% intervals. Click a name in the legend to "
        "see it alone."
    )
    fit = result.fit
    if fit is None or not fit.ladder:
        return Figure(
            name,
            caption,
            reason="there is no ladder: fewer than three rungs of known "
            "training compute have a base score.",
        )
    arms = _chosen(result)
    left_out = len(result.cegs) - len(arms)
    if left_out > 0:
        caption += (
            f" {left_out} further arms are in the tables: PTEs alone and the largest come first."
        )
    return Figure(name, caption, _drawn(result, fit, arms))


def _chosen(result: ExperimentResult) -> list[Ceg]:
    """PTEs alone first, then stacks by their gain; `MOST` of them."""
    arms = result.experiment.arms
    ptes = {arm.label: len(arm.ptes) for arm in arms}
    cegs = primary(result.experiment, result.cegs)
    seen = [c for c in cegs if c.ceg.status is not EstimateStatus.REFUSED]
    seen.sort(key=lambda c: (ptes[c.arm] > 1, -abs(c.predictor.point)))
    return seen[:MOST]


def _drawn(result: ExperimentResult, fit: LadderFit, arms: Sequence[Ceg]) -> Chart:
    bottom, top = float(fit.x.min()) - 0.25, float(fit.x.max()) + BEYOND
    base = result.experiment.arms[fit.base].label
    names = [base, *(c.arm for c in arms)]
    colour = alt.Color(
        "arm:N",
        title="arm",
        scale=alt.Scale(domain=names, range=[BASE_COLOUR, *PALETTE[:MOST]]),
    )
    picked = alt.selection_point(fields=["arm"], bind="legend")
    seen = {
        "color": colour,
        "opacity": alt.when(picked).then(alt.value(1)).otherwise(alt.value(0.1)),
    }
    x = alt.X(
        "FLOP:Q",
        title="training compute (FLOP)",
        scale=alt.Scale(type="log", domain=[UNIT * 10**bottom, UNIT * 10**top], nice=False),
        axis=alt.Axis(format=".0e", values=_powers(bottom, top)),
    )
    layers = [
        *_curve(fit, x, bottom, top),
        *_points([s for s in result.scores if s.arm in names], fit, x, seen),
        *_arrows(_spans(result, fit, arms, bottom, top), x, seen),
    ]
    layers[-1] = layers[-1].add_params(picked)
    return alt.layer(*layers).properties(width=620, height=430)


def _powers(bottom: float, top: float) -> list[float]:
    """Powers of ten on the axis, at most about eight."""
    zero = int(log10(UNIT))
    first, last = ceil(bottom) + zero, floor(top) + zero
    return [float(f"1e{power}") for power in range(first, last + 1, 1 + (last - first) // 8)]


def _curve(fit: LadderFit, x: alt.X, bottom: float, top: float) -> list[alt.Chart]:
    curve = fit.curves.curve()
    at = np.linspace(bottom, top, 120)
    line = pd.DataFrame({"FLOP": UNIT * 10**at, "score": 100 * np.asarray(curve.score(at))})
    ends = pd.DataFrame({"score": [100 * curve.floor, 100 * curve.ceiling]})
    y = alt.Y("score:Q", title="score (points)", scale=alt.Scale(zero=False, nice=True))
    return [
        alt.Chart(ends).mark_rule(strokeDash=[5, 4], color=PALE).encode(y=y),
        alt.Chart(line).mark_line(color=BASE_COLOUR, strokeWidth=2).encode(x=x, y=y),
    ]


def _points(scores: Sequence[ArmScore], fit: LadderFit, x: alt.X, seen: Row) -> list[alt.Chart]:
    on = {fit.experiment.rungs[place].model for place in fit.on}
    rows = [
        {
            "arm": s.arm,
            "model": s.model,
            "FLOP": s.flop,
            "score": 100 * s.score.point,
            "low": 100 * s.score.low,
            "high": 100 * s.score.high,
            "points": scaled(s.score, 100),
        }
        for s in scores
        if s.model in on
    ]
    data = alt.Chart(pd.DataFrame(rows))
    tooltip = ["arm:N", "model:N", "points:N", alt.Tooltip("FLOP:Q", format=".2e")]
    return [
        data.mark_rule(strokeWidth=1).encode(x=x, y="low:Q", y2="high:Q", tooltip=tooltip, **seen),
        data.mark_point(filled=True, size=55).encode(x=x, y="score:Q", tooltip=tooltip, **seen),
    ]


def _spans(
    result: ExperimentResult, fit: LadderFit, arms: Sequence[Ceg], bottom: float, top: float
) -> list[Row]:
    """Where the arrows run: from the rung on which an arm's arrow is nearest to its CEG there."""
    flops = {s.model: s.flop for s in result.scores}
    scores = {(s.arm, s.model): 100 * s.score.point for s in result.scores}
    rows: list[Row] = []
    for ceg in arms:
        there = [
            r
            for r in ceg.rungs
            if isfinite(r.ceg.point) and r.ceg.status is not EstimateStatus.REFUSED
        ]
        if not there or ceg.ceg.status in (
            EstimateStatus.FLAT_LADDER,
            EstimateStatus.INVERSE_SCALING,
        ):
            continue
        rung = _telling(fit, there, {r.model: scores[ceg.arm, r.model] for r in there}, flops)
        start, score = log10(flops[rung.model] / UNIT), scores[ceg.arm, rung.model]
        equal = float(fit.curves.curve().compute(score / 100))
        rows.append(
            {
                "arm": ceg.arm,
                "model": rung.model,
                "score": score,
                "FLOP": flops[rung.model],
                "end": UNIT * 10 ** min(max(equal, bottom), top),
                "head": "right" if equal >= start else "left",
                "CEG on this rung": as_multiple(rung.ceg),
                "CEG, whole ladder": as_multiple(ceg.ceg),
                "label": f"×{readable(multiple(equal - start))}" if isfinite(equal) else "beyond",
            }
        )
    for row, beside in zip(rows, spread([row["score"] for row in rows], LABEL), strict=True):
        row["beside"] = beside
    return rows


def _telling(
    fit: LadderFit, rungs: Sequence[RungCeg], scores: dict[str, float], flops: dict[str, float]
) -> RungCeg:
    """The rung whose base lies closest to the curve, where the curve is not flat: an arrow that
    starts where the base happens to be off its curve shows that, and not the gain."""
    curve = fit.curves.curve()
    span = curve.ceiling - curve.floor

    def off(rung: RungCeg) -> tuple[bool, float]:
        share = (scores[rung.model] / 100 - curve.floor) / span
        read = float(curve.compute(scores[rung.model] / 100)) - log10(flops[rung.model] / UNIT)
        return not STEEP < share < 1 - STEEP, abs(read - rung.ceg.point)

    return min(rungs, key=off)


def _arrows(rows: Sequence[Row], x: alt.X, seen: Row) -> list[alt.Chart]:
    data = alt.Chart(pd.DataFrame(rows, columns=list(rows[0]) if rows else ["arm", "head"]))
    tooltip = (
        [f"{c}:N" for c in ("arm", "model", "CEG on this rung", "CEG, whole ladder")]
        if rows
        else []
    )
    if not rows:
        return [data.mark_point().encode(**seen)]
    shape = alt.Shape(
        "head:N",
        legend=None,
        scale=alt.Scale(domain=["right", "left"], range=["triangle-right", "triangle-left"]),
    )
    return [
        data.mark_rule(strokeWidth=1.6).encode(
            x=x, x2="end:Q", y="score:Q", tooltip=tooltip, **seen
        ),
        data.mark_point(filled=True, size=90).encode(
            x="end:Q", y="score:Q", shape=shape, tooltip=tooltip, **seen
        ),
        *(
            data.transform_filter(f"datum.head == '{head}'")
            .mark_text(align="left" if dx > 0 else "right", dx=dx, fontSize=11, fontWeight="bold")
            .encode(x="end:Q", y="beside:Q", text="label:N", **seen)
            for head, dx in (("right", 9), ("left", -9))
        ),
    ]
