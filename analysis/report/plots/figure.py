"""A chart with its name, and what several charts share."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import Any, TypeVar

import altair as alt

from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.pages.theme import Chart, specification
from analysis.report.columns import Row, multiple
from analysis.report.formatting import STATUS, as_multiple, scaled

T = TypeVar("T")

WIDTH = 620
"""Width of the plotting area, px; with labels and legend it fits a page of 1100."""
MARGIN = 1.0
"""OOMs beyond the outermost points up to which intervals are drawn whole."""

SHAPES = {
    EstimateStatus.INTERPOLATED: "circle",
    EstimateStatus.RIGHT_CENSORED: "triangle-right",
    EstimateStatus.LEFT_CENSORED: "triangle-left",
    EstimateStatus.HARMFUL: "square",
    EstimateStatus.FLAT_LADDER: "diamond",
    EstimateStatus.INVERSE_SCALING: "cross",
    EstimateStatus.ESTIMATED: "circle",
}


@dataclass(frozen=True)
class Figure:
    """A chart, or the reason why there is none."""

    name: str
    """Name of the figure's files, without an ending."""
    caption: str
    chart: Chart = None
    reason: str = ""
    """Why there is no chart, in one sentence; empty where there is one."""


def drawn(draw: Callable[[T], Figure], what: T) -> Figure:
    """A figure, or the error that kept it from being drawn, which loses no other part of a report.

    Args:
        draw: makes the figure; its name in words stands for the figure's where it fails.
        what: of which it is made.
    """
    try:
        figure = draw(what)
        if figure.chart is not None:  # what a page could not hold, as an endless axis, shows here
            json.dumps(specification(figure.chart), allow_nan=False)
        return figure
    except Exception as error:
        name = getattr(draw, "__name__", "figure").replace("_", "-")
        logging.getLogger(__name__).exception("the plot %s failed", name)
        reason = f"drawing it ended with an error ({type(error).__name__}: {error})."
        return Figure(name, "", reason=reason)


@dataclass(frozen=True)
class Domain:
    """What an axis shows; intervals that go further are drawn to its edge."""

    low: float
    high: float

    def clip(self, estimate: Estimate) -> Row:
        """Where an estimate is drawn: point, both ends, and arrows where it goes on."""
        inside = self.low <= estimate.point <= self.high
        low, high = max(estimate.low, self.low), min(estimate.high, self.high)
        seen = low <= high
        return {
            "at": estimate.point if inside else nan,
            "from": low if seen else nan,
            "to": high if seen else nan,
            "more": self.high if max(estimate.high, estimate.point) > self.high else nan,
            "less": self.low if min(estimate.low, estimate.point) < self.low else nan,
        }


def around(estimates: Sequence[Estimate], zero: float = 0.0, margin: float = MARGIN) -> Domain:
    """A domain that holds zero, all meaningful points, and intervals up to a margin beyond them."""
    doubtful = (EstimateStatus.FLAT_LADDER, EstimateStatus.INVERSE_SCALING)
    points = [e.point for e in estimates if isfinite(e.point) and e.status not in doubtful]
    low, high = min([zero, *points]), max([zero, *points])
    ends = [v for e in estimates for v in (e.low, e.high) if low - margin <= v <= high + margin]
    low, high = min([low, *ends]), max([high, *ends])
    pad = 0.06 * (high - low) or margin
    return Domain(low - pad, high + pad)


def ceg_row(domain: Domain, estimate: Estimate) -> Row:
    """A log10 CEG as a row of a forest plot, in multiples of compute."""
    drawn = {key: multiple(value) for key, value in domain.clip(estimate).items()}
    return {
        **drawn,
        "CEG": as_multiple(estimate),
        "status": STATUS[estimate.status],
        "reason": estimate.reason,
    }


def plain_row(domain: Domain, estimate: Estimate, scale: float = 1.0) -> Row:
    """An estimate as a row of a forest plot."""
    drawn = {key: scale * value for key, value in domain.clip(estimate).items()}
    return {**drawn, "value": scaled(estimate, scale)}


def multiples(channel: type[alt.X] | type[alt.Y], domain: Domain, title: str) -> alt.X | alt.Y:
    """A log axis for the columns that `ceg_row` makes."""
    return channel(
        "at:Q",
        title=title,
        scale=alt.Scale(
            type="log", domain=[multiple(domain.low), multiple(domain.high)], nice=False
        ),
        axis=alt.Axis(format="~g", labelOverlap="greedy", tickCount=8),
    )


def status_shape(rows: Sequence[Row]) -> alt.Shape:
    """Shapes by status, for the statuses that are there."""
    there = {row["status"] for row in rows}
    known = {STATUS[s]: shape for s, shape in SHAPES.items() if STATUS[s] in there}
    return alt.Shape(
        "status:N",
        title="status",
        scale=alt.Scale(domain=list(known), range=list(known.values())),
    )


def arrows(base: alt.Chart, along: str, **encoding: Any) -> list[alt.Chart]:
    """Marks at the edges for intervals that go on beyond them; `along` is x or y."""
    shapes = {"x": ("triangle-right", "triangle-left"), "y": ("triangle-up", "triangle-down")}
    return [
        base.transform_filter(f"isValid(datum.{column})")
        .mark_point(shape=shape, filled=True, size=60, opacity=0.9)
        .encode(**{along: f"{column}:Q"}, **encoding)
        for column, shape in zip(("more", "less"), shapes[along], strict=True)
    ]


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Heights of labels, in the order given, moved up as far as each needs to clear those below."""
    moved = list(heights)
    last = -inf
    for place in sorted(range(len(moved)), key=lambda place: moved[place]):
        last = moved[place] = max(moved[place], last + gap)
    return moved
