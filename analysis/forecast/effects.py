"""From the printed number to the headline: what each thing that was stated does to total and slope.

Points alone, one step after another, each on top of those before it. The total is that at the last
date of the table in use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analysis.forecast.growth import NO_LIMITS, Growth
from analysis.forecast.slope import CONVENTIONS, SlopeConvention
from analysis.forecast.stated.choices import Stated
from analysis.forecast.totals import printed
from analysis.writeup.table import writeup_table
from harness.errors import UserError


@dataclass(frozen=True)
class Effect:
    """Total and slope once something more is in."""

    what: str
    month: int
    """Month of the total, the last at which it changes."""
    log_total: float
    """log10 total CEG."""
    slope: float | None
    """OOM a year; None where there are too few dates for one."""


def effects(stated: Stated, headline: Growth, m: float, measured: bool) -> tuple[Effect, ...]:
    """The steps, the print first and the headline's point last.

    Args:
        stated: what the user stated.
        headline: the headline's growth, in one draw.
        m: M, as the user gives it.
        measured: whether any number of the headline is measured.
    """
    return tuple(_effect(*step) for step in _steps(stated, headline, m, measured))


def _steps(
    stated: Stated, headline: Growth, m: float, measured: bool
) -> Iterator[tuple[str, Growth, SlopeConvention]]:
    plain = CONVENTIONS[0]
    print_ = writeup_table()
    yield "the write-up's table, as printed", Growth(print_, printed(print_, m), True), plain
    yield "the same, running totals not rounded", Growth(print_, printed(print_, m)), plain
    for stage in stated.stages:
        yield stage.what, Growth(stage.table, printed(stage.table, m)), plain
    limits, free = headline.limits, replace(headline, limits=NO_LIMITS)
    if measured:
        yield "measured values in", free, plain
    now = NO_LIMITS
    if limits.reference is not None:
        now = replace(now, reference=limits.reference)
        yield "counted from the reference date", replace(free, limits=now), plain
    if limits.budget is not None:
        now = replace(now, budget=limits.budget, pricing=limits.pricing)
        yield f"budget {limits.budget:g}x", replace(free, limits=now), plain
    if limits.cap is not None:
        kind = "soft" if limits.soft else "hard"
        yield f"cap {limits.cap:g} OOM ({kind})", headline, plain
    if stated.convention is not plain:
        yield f"slope by '{stated.convention.name}'", headline, stated.convention


def _effect(what: str, growth: Growth, convention: SlopeConvention) -> Effect:
    last = growth.changes()[-1]
    try:
        slope: float | None = float(convention.line(growth).slope[0])
    except UserError:
        slope = None
    return Effect(what, last, float(growth.at([last])[0, 0]), slope)
