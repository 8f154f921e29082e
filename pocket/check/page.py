"""The check as a table, a picture and a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from analysis.pages.page import save_charts
from analysis.pages.theme import INK, Chart
from harness.visible import cell_of_csv
from pocket.check.cases import Cases
from pocket.check.outcome import PredictionCheck
from pocket.recipe import Recipe

PICTURE = "method-check"
COMPUTE = "training compute (FLOP)"


def rows(outcomes: Sequence[PredictionCheck]) -> list[dict[str, Any]]:
    """A row a prediction; scores in points."""
    return [
        {
            "rung": o.case.steps,
            "stack": o.case.stack,
            "base": round(100 * o.ladder_base, 1),
            "with stack": round(100 * o.with_stack, 1),
            "CEG": round(10**o.case.point, 2),
            "low": round(10**o.case.low, 2),
            "high": round(10**o.case.high, 2),
            "realised": "beyond" if isnan(o.realised) else round(10**o.realised, 2),
            "trained for": o.case.predicted,
            "base there": round(100 * o.base, 1),
            "by seed": ", ".join(f"{100 * score:.1f}" for score in o.bases),
            "ladder there": round(100 * o.curve, 1),
            "difference": round(100 * o.difference, 1),
            "+-": round(100 * o.half_width, 1),
            "agrees": "yes" if o.hit else "no",
        }
        for o in outcomes
    ]


def picture(outcomes: Sequence[PredictionCheck], ladder: pd.DataFrame) -> Chart:
    """The base curve, each enhanced rung, and the base model that was trained to match it.

    `ladder` are the records of the ladder.
    """
    drawn = pd.DataFrame(
        {
            "stack": o.case.stack,
            "rung": f"{o.case.steps} steps",
            "flop": Recipe(o.case.steps, 0).flop,
            "equivalent": Recipe(o.case.predicted, 0).flop,
            "low": Recipe(o.case.steps, 0).flop * 10**o.case.low,
            "high": Recipe(o.case.steps, 0).flop * 10**o.case.high,
            "score": o.with_stack,
            "base": o.base,
        }
        for o in outcomes
    )
    x = alt.Scale(type="log")
    percent = alt.Axis(format=".0%")
    unaided = ladder[(ladder["stack"] == "base") & ~ladder["greedy"]]
    means = unaided.groupby("model", as_index=False).agg(
        flop=("training_flop", "first"), score=("score", "mean")
    )
    base = alt.Chart(means).encode(
        x=alt.X("flop:Q", title=COMPUTE, scale=x, axis=alt.Axis(format=".0e")),
        y=alt.Y("score:Q", title="score", axis=percent),
    )
    curve = base.mark_line(color=INK, strokeDash=[4, 3]).encode(y="mean(score):Q")
    case = alt.Chart(drawn).encode(
        y="score:Q", color=alt.Color("stack:N", title="stack", scale=alt.Scale(scheme="tableau20"))
    )
    tips = ["stack:N", "rung:N", *(alt.Tooltip(f"{c}:Q", format=".3f") for c in ("score", "base"))]
    return alt.layer(
        base.mark_point(color=INK, size=30),
        curve,
        case.mark_rule(opacity=0.35, strokeWidth=5).encode(x=alt.X("low:Q", scale=x), x2="high:Q"),
        case.mark_rule(opacity=0.7).encode(x=alt.X("flop:Q", scale=x), x2="equivalent:Q"),
        case.mark_point(filled=True, size=60).encode(x=alt.X("flop:Q", scale=x), tooltip=tips),
        case.mark_point(shape="diamond", filled=True, size=110, opacity=1).encode(
            x=alt.X("equivalent:Q", scale=x), y="base:Q", tooltip=tips
        ),
    ).properties(width=720, height=420)


def summary(outcomes: Sequence[PredictionCheck]) -> str:
    """The bias first, then the hit rate beside that of predicting nothing, then the intervals."""
    number = len(outcomes)
    width = sum(o.half_width for o in outcomes) / number
    known = [o for o in outcomes if not isnan(o.realised)]
    sizes = len({o.case.predicted for o in outcomes})
    return (
        "Against the enhanced rungs, base models of the predicted compute score "
        f"{_off(o.difference for o in outcomes)}. "
        f"{sum(o.hit for o in outcomes)} of {number} predictions agree within the 95% interval of "
        f"the difference, {100 * width:.0f} points either way; a CEG of 1, which predicts no gain, "
        f"would agree in {sum(o.would_hit_by_nothing for o in outcomes)}. "
        f"The CEGs' own 95% intervals hold what the new models came to in "
        f"{sum(o.covered for o in known)} of the {len(known)} cases in which these reach the "
        f"score. All rests on {sizes} sizes of {len(outcomes[0].bases)} seeds: the predictions are "
        "not independent."
    )


def by_seed(outcomes: Sequence[PredictionCheck]) -> str:
    """How far each training seed alone is from what was predicted, a line a seed."""
    seeds = range(len(outcomes[0].bases))
    gaps = [[o.bases[seed] - o.with_stack for o in outcomes] for seed in seeds]
    lines = [f"- new seed {seed + 1}: {_off(gaps[seed])}\n" for seed in seeds]
    curve = _off(o.curve - o.with_stack for o in outcomes)
    return "".join([*lines, f"- the ladder's own base models, interpolated (in-sample): {curve}\n"])


def _off(gaps: Iterable[float]) -> str:
    points = [100 * gap for gap in gaps]
    size = sum(map(abs, points)) / len(points)
    return f"{sum(points) / len(points):+.1f} points on average, {size:.1f} in size"


def write(
    outcomes: Sequence[PredictionCheck], cases: Cases, ladder: pd.DataFrame, folder: Path
) -> None:
    """Write `method-check.md`, `method-check.csv` and the picture as SVG and PNG."""
    table = pd.DataFrame(rows(outcomes))
    table.map(cell_of_csv).to_csv(folder / f"{PICTURE}.csv", index=False)
    save_charts(folder, {PICTURE: picture(outcomes, ladder)})
    left = "".join(f"- {what}: {why}\n" for what, why in cases.left)
    (folder / f"{PICTURE}.md").write_text(
        TEXT.format(
            summary=summary(outcomes),
            seeds=by_seed(outcomes),
            table=_markdown(table),
            left=left or "None.\n",
        ),
        encoding="utf-8",
    )


def _markdown(frame: pd.DataFrame) -> str:
    head = f"| {' | '.join(frame.columns)} |\n|{'---|' * len(frame.columns)}\n"
    lines = (" | ".join(map(str, row)) for row in frame.itertuples(index=False))
    return head + "".join(f"| {line} |\n" for line in lines)


TEXT = """\
# Does a CEG predict the base model that it speaks of?

A CEG of 3 on a rung says: a base model trained with 3 times the compute scores what this rung
scores with the stack. On the pocket ladder that model can be trained. For each rung and stack
below, base models of the predicted compute were trained with seeds that the ladder does not have,
and asked the same problems.

**{summary}**

![The check](method-check.svg)

Against the enhanced rungs, one training seed at a time:

{seeds}
A CEG's interval is conditional on the ladder's own training runs. What another training of the same
model comes to is not in it: compare the new seeds with one another, and the interval with what they
realised.

Circles: the ladder's base models (black) and rungs with a stack (coloured). A line leads from each
to the base model of the compute that its CEG predicts (diamond, at the score that it reached): a
level line is a prediction come true. Pale bars are the CEG's 95% interval.

{table}
Scores in points. CEG with its 95% interval, mean over the rung's seeds. `+-` is the half-width of
the difference's 95% interval: problems (paired bootstrap) and training seeds (their spread, in
logits, from pairs of the ladder's own models). `realised` is the CEG that the new models alone
give: the compute at which their mean scores, made monotone, reach the score with the stack. Steps
are rounded to powers of 1.1.

Not checked:

{left}
Made by `pte check-pocket`.
"""
