"""How PTEs combine: the matrix of pairs, and Shapley values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from analysis.composability.lattice import LatticeEffect
from analysis.composability.pairs import Pair
from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.pages.page import readable
from analysis.pages.theme import INK, PALE, PALETTE, Chart
from analysis.report.columns import Row
from analysis.report.formatting import as_multiple, scaled
from analysis.report.plots.figure import (
    WIDTH,
    Figure,
    around,
    arrows,
    ceg_row,
    multiples,
    plain_row,
)
from analysis.result import ExperimentResult

CELL = 96
"""Side of a cell of the matrix, px; smaller where PTEs are many."""
NO_PAIRS = "no two PTEs were measured alone, together, and without either on the same rungs."


def exponents(result: ExperimentResult) -> Figure:
    """Composability exponent of every pair."""
    caption = (
        "Composability exponents: the smaller PTE's CEG counts to this power on top of the larger. "
        "1: gains multiply; 0: the smaller adds nothing; above 1: they help each other. Grey: no "
        "exponent, most often because the smaller PTE's own CEG is not clearly above 1 (the reason "
        "is in the tooltip). The verdict is that of the interaction's interval. The two halves "
        "mirror each other."
    )
    if not result.pairs:
        return Figure("exponents", caption, reason=NO_PAIRS)
    return Figure("exponents", caption, _matrix(result, "exponent", 1.0, 1.0))


def interactions(result: ExperimentResult) -> Figure:
    """Interaction of every pair, in the linear predictor."""
    caption = (
        "Interactions in logits: what two PTEs gain together less what each gains alone. Below 0 "
        "they do in part the same thing (substitutes), above 0 they help each other (complements)."
    )
    if not result.pairs:
        return Figure("interactions", caption, reason=NO_PAIRS)
    known = [pair.interaction.point for pair in result.pairs if _there(pair.interaction)]
    if not known:
        return Figure("interactions", caption, reason=f"{result.pairs[0].interaction.reason}.")
    most = max(map(abs, known))
    return Figure("interactions", caption, _matrix(result, "interaction", 0.0, max(most, 0.2)))


def shapley(result: ExperimentResult) -> Figure:
    """Shapley values on the largest complete lattice."""
    in_ceg = result.fit is not None and result.fit.ladder
    unit = "CEG factor" if in_ceg else "logits"
    caption = (
        f"Shapley values ({unit}): each PTE's average share in the gain of all of them, over every "
        "order of adding them, with 95% intervals."
    )
    results = [e for lattice in result.lattices[:1] for e in lattice.effects if e.kind == "shapley"]
    if not results:
        reason = "no set of two PTEs or more has all of its subsets measured."
        return Figure("shapley", caption, reason=reason)
    if not all(_there(effect.predictor) for effect in results):
        return Figure("shapley", caption, reason=f"{results[0].predictor.reason}.")
    caption += f" Set: {', '.join(result.lattices[0].ptes)}."
    return Figure("shapley", caption, _bars(results, in_ceg))


def _there(estimate: Estimate) -> bool:
    return estimate.status is not EstimateStatus.REFUSED


def _matrix(result: ExperimentResult, what: str, centre: float, reach: float) -> Chart:
    rows = [row for pair in result.pairs for row in _mirrored(pair, what, centre, reach)]
    there = {row["PTE"] for row in rows}
    arms = result.experiment.arms
    alone = (a.ptes[0] for a in arms if len(a.ptes) == 1 and a.ptes[0] in there)
    names = list(dict.fromkeys(alone))
    side = max(46, min(CELL, 760 // len(names)))
    x = alt.X("PTE:N", title=None, sort=names, axis=alt.Axis(labelAngle=-35, orient="bottom"))
    y = alt.Y("with:N", title=None, sort=names)
    data = alt.Chart(pd.DataFrame(rows))
    tooltip = [f"{c}:N" for c in rows[0] if c not in ("value", "label", "dark")]
    colour = alt.Color(
        "value:Q",
        title=what,
        scale=alt.Scale(
            scheme="blueorange",
            domain=[centre - reach, centre + reach],
            domainMid=centre,
            clamp=True,
            reverse=True,
        ),
    )
    square: Any = {"x": x, "y": y, "tooltip": tooltip}
    cells = data.mark_rect(stroke="white", strokeWidth=2).encode(color=colour, **square)
    none = (
        data.transform_filter("!isValid(datum.value)")
        .mark_rect(stroke="white", strokeWidth=2, color="#d4d4d4")
        .encode(**square)
    )
    ink = alt.when("datum.dark").then(alt.value("white")).otherwise(alt.value(INK))
    numbers = data.mark_text(dy=-7, fontSize=13, fontWeight="bold").encode(
        text="label:N", color=ink, **square
    )
    verdicts = data.mark_text(dy=10, fontSize=10 if side > 70 else 8).encode(
        text="verdict:N", color=ink, **square
    )
    size = side * len(names)
    return alt.layer(cells, none, numbers, verdicts).properties(
        width=size, height=max(size * 0.62, 120)
    )


def _mirrored(pair: Pair, what: str, centre: float, reach: float) -> list[Row]:
    estimate = pair.exponent if what == "exponent" else pair.interaction
    there = _there(estimate)
    row: Row = {
        "larger": pair.larger,
        "smaller": pair.smaller,
        "value": estimate.point if there else None,
        "label": readable(round(estimate.point, 2)) if there else "none",
        "dark": there and abs(estimate.point - centre) > 0.6 * reach,
        "exponent": scaled(pair.exponent) or f"none: {pair.exponent.reason}",
        "interaction (logits)": scaled(pair.interaction) or f"none: {pair.interaction.reason}",
        "smaller on larger (CEG)": as_multiple(pair.smaller_given_larger),
        "verdict": pair.verdict.value,
    }
    names = (pair.larger, pair.smaller)
    return [{"PTE": a, "with": b, **row} for a, b in (names, names[::-1])]


def _bars(result: Sequence[LatticeEffect], in_ceg: bool) -> Chart:
    estimates = [e.ceg if in_ceg else e.predictor for e in result]
    domain = around(estimates)
    make = ceg_row if in_ceg else plain_row
    rows = [
        {"PTE": effect.ptes[0], **make(domain, estimate)}
        for effect, estimate in zip(result, estimates, strict=True)
    ]
    for row in rows:
        row["zero"] = 1.0 if in_ceg else 0.0
    y = alt.Y("PTE:N", title=None, sort=[e.ptes[0] for e in sorted(result, key=_size)])
    title = "Shapley value (factor of CEG)" if in_ceg else "Shapley value (logits)"
    x = multiples(alt.X, domain, title) if in_ceg else alt.X("at:Q", title=title)
    data = alt.Chart(pd.DataFrame(rows))
    tooltip = [f"{c}:N" for c in ("PTE", "CEG" if in_ceg else "value")]
    zero = alt.Chart().mark_rule(color=PALE).encode(x=alt.datum(1 if in_ceg else 0))
    bars = data.mark_bar(color=PALETTE[5], height={"band": 0.6}).encode(
        x=x, x2="zero:Q", y=y, tooltip=tooltip
    )
    lines = data.mark_rule(color=INK, strokeWidth=1.6).encode(
        x="from:Q", x2="to:Q", y=y, tooltip=tooltip
    )
    ends = arrows(data, "x", y=y, color=alt.value(INK))
    return alt.layer(bars, zero, lines, *ends).properties(width=WIDTH, height={"step": 28})


def _size(effect: LatticeEffect) -> float:
    return -effect.predictor.point
