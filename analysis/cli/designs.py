"""Designs as `pte power` prints them."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.design.plan import DesignPlan, RatedDesign


def row(on: str, choice: RatedDesign, chosen: bool) -> dict[str, Any]:
    """A design as a row of the table."""
    design, widths = choice.design, choice.widths
    row: dict[str, Any] = {
        "take": "*" if chosen else "",
        "rungs": len(design.x),
        "items": design.items,
        "draws": design.draws,
        "arms": design.arms,
        "attempts": design.attempts,
    }
    if choice.flop is not None:
        row["FLOP"] = choice.flop
    row["log10 CEG +-"] = _known(widths.ceg)
    row["CEG x/"] = _known(10 ** min(widths.ceg, 300)) if isfinite(widths.ceg) else None
    if on != "ceg":
        row["exponent +-"] = _known(widths.exponent)
        row["interaction +-"] = _known(widths.interaction)
    return row


def _known(value: float) -> float | None:
    """A number, or nothing where an interval has no end: JSON knows no infinity."""
    return value if isfinite(value) else None


def verdict(on: str, result: DesignPlan, width: float | None, budget: float | None) -> str:
    """What to take, or how close the nearest design comes."""
    choice = result.recommended or result.closest
    design, value = choice.design, choice.widths.of(on)
    shown = f"{value:.3g}" + (f", a factor of {10**value:.3g}" if on == "ceg" else "")
    message = (
        f"{len(design.x)} rungs x {design.items} items x {design.draws} draws x {design.arms} arms "
        f"= {design.attempts:,} attempts: {on} +- {shown}"
    )
    if result.recommended:
        return f"take * {message}"
    if width is None:
        return f"no design is affordable with a bounded interval; the closest: {message}"
    within = "" if budget is None else " within the budget"
    return f"no design here reaches {width:.3g}{within}; the closest: {message}"
