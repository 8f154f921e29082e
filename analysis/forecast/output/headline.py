"""The few numbers that most readers want, each with the cap and the budget that it is under.

One list for the terminal, the report and `forecast.json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, log10
from typing import Any

import numpy as np

from analysis.forecast.budget import Unknown
from analysis.forecast.growth import NO_LIMITS
from analysis.forecast.intervals import QUANTILES, Component
from analysis.forecast.measured.model_numbers import GUESSED
from analysis.forecast.slope import WRITEUP_CONVENTION
from analysis.forecast.study import Study
from analysis.writeup.months import label
from analysis.writeup.table import read_writeup

BAND = ("low95", "low50", "median", "high50", "high95")
"""Columns of a band, in the order of `intervals.QUANTILES`."""
NONE = NO_LIMITS.said()


@dataclass(frozen=True)
class Line:
    """One number of the headline."""

    quantity: str
    value: float
    low: float | None = None
    """Lower end of the central 95% of the draws; None for a point."""
    high: float | None = None
    printed: float | None = None
    """What the write-up prints, where it prints this."""
    under: str = ""
    """Cap, budget and reference date that it obeys."""


def headline(study: Study) -> list[Line]:
    """Every line, in the order of reading."""
    under = study.limits.said()
    last, end = label(study.changes[-1]), label(study.forecast.months[-1])
    measured = sum(one.source != GUESSED for one in study.measured.sources)
    by = _by(study)
    point = float(study.limits.capped(study.point_totals)[-1])
    mine = "" if study.table.as_printed else f"{study.table_name}, "
    return [
        *_table_lines(study, by),
        Line(
            f"OOM a year, {mine}measured values in{by}",
            float(study.point_line.slope[0]),
            under=under,
        ),
        _band(f"OOM a year, draws{by}", np.quantile(study.slopes, QUANTILES), under),
        Line(f"log10 total CEG in {last}, points", point, under=under),
        _band(f"log10 total CEG in {last}, draws", study.bands[-1], under),
        *(
            _band(f"log10 total CEG in {end}, {how.value}", study.ahead(how)[-1], under)
            for how in Component
        ),
        *_worth(study, under),
        *_budgets(study),
        Line(f"numbers measured, of {len(study.measured.sources)}", measured),
    ]


def _table_lines(study: Study, by: str) -> Iterator[Line]:
    printed = {entry["m"]: entry["printed"] for entry in read_writeup("printed")["slopes"]}
    name = "table" if study.table.as_printed else study.table_name
    for one in study.by_m:
        yield Line(
            f"OOM a year, {name}, M = {one.m:g}{by}",
            one.slope,
            printed=printed.get(one.m) if study.plain else None,
            under=NONE,
        )


def _by(study: Study) -> str:
    name = study.options.stated.convention.name
    return "" if name == WRITEUP_CONVENTION else f", {name}"


def _worth(study: Study, under: str) -> Iterator[Line]:
    """The training compute that a base model of known compute is worth with its PTEs."""
    flop = study.options.stated.compute
    if flop is None:
        return
    end = label(study.forecast.months[-1])
    yield _band(
        f"log10 training FLOP that {flop:.3g} FLOP is worth in {end}",
        study.ahead()[-1] + log10(flop),
        under,
    )


def _budgets(study: Study) -> Iterator[Line]:
    """Totals of the points with inference held constant, with the draws' ends, side by side."""
    since = "" if study.limits.reference is None else "; over no PTE at all"
    for case in study.budgets:
        if case.unknown is Unknown.EXCLUDED and case.budget < inf:
            yield Line(
                f"log10 total CEG in {label(case.choices[-1].month)}, inference {case.budget:g}x",
                case.choices[-1].log_ceg,
                float(case.band[0]),
                float(case.band[-1]),
                under=f"no cap; budget {case.budget:g}x, unpriced PTEs left out{since}",
            )


def _band(quantity: str, quantiles: Any, under: str) -> Line:
    low, _, median, _, high = (float(value) for value in quantiles)
    return Line(quantity, median, low, high, under=under)
