"""Designs as `pte power` prints them."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.design.assumptions import DesignAssumptions
    from analysis.design.choose import Wanted
    from analysis.design.outlook import Outlook, Prospect
    from analysis.design.plan import DesignPlan, RatedDesign, Target

NAMES: dict[str, str] = {"ceg": "log10 CEG", "exponent": "exponent", "interaction": "interaction"}
HIGH = 0.8
"""Assurance that is shown where none is asked for."""


def row(choice: RatedDesign, chosen: bool, wanted: Wanted, relation: str) -> dict[str, Any]:
    """A design as a row of the table: what simulated experiments show, else the delta method."""
    design = choice.design
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
    high = assured(wanted)
    row |= _ceg(choice, high)
    if wanted.target != "ceg":
        row |= _pair(choice, high, relation)
    row["experiments"] = choice.outlook.experiments if choice.outlook else 0
    return row


def assured(wanted: Wanted) -> float:
    """The assurance whose half-width stands beside the median."""
    return wanted.assurance if wanted.assurance > 0.5 else HIGH


def _ceg(choice: RatedDesign, high: float) -> dict[str, Any]:
    median = _median(choice, "ceg")
    of = choice.outlook.ceg if choice.outlook else None
    return {
        "log10 CEG +-": _known(median),
        f"log10 CEG +- ({high:.0%})": _known(of.half_width(high)) if of else None,
        "CEG x/": _known(10 ** min(median, 300)) if isfinite(median) else None,
        "CEG unbounded": of.unbounded + of.refused if of else None,
        "CEG seen": of.power if of else None,
    }


def _pair(choice: RatedDesign, high: float, relation: str) -> dict[str, Any]:
    outlook = choice.outlook
    result: dict[str, Any] = {}
    for name in ("exponent", "interaction"):
        of = outlook.of(name) if outlook else None
        result[f"{name} +-"] = _known(_median(choice, name))
        result[f"{name} +- ({high:.0%})"] = _known(of.half_width(high)) if of else None
    exponent = outlook.exponent if outlook else None
    result["exponent refused"] = exponent.refused if exponent else None
    result["exponent unbounded"] = exponent.unbounded if exponent else None
    result[f"{relation} seen"] = exponent.power if exponent else None
    return result


def _median(choice: RatedDesign, name: str) -> float:
    if choice.outlook is not None:
        return choice.outlook.of(name).half_width()
    return choice.widths.of(name)


def _known(value: float) -> float | None:
    """A number, or nothing where an interval has no end: JSON knows no infinity."""
    return value if isfinite(value) else None


def verdict(result: DesignPlan, wanted: Wanted, relation: str) -> str:
    """What to take, or how close the nearest design comes."""
    choice = result.recommended or result.closest
    design, outlook = choice.design, choice.outlook
    assert outlook is not None, "what is told of was simulated"
    message = (
        f"{len(design.x)} rungs x {design.items} items x {design.draws} draws x {design.arms} arms "
        f"= {design.attempts:,} attempts: {shown(outlook, wanted, relation)}"
    )
    if result.recommended:
        return f"take * {message}"
    if wanted.half_width is None and wanted.power is None:
        return f"no design is affordable with a bounded interval; the closest: {message}"
    within = "" if wanted.budget == float("inf") else " within the budget"
    return f"no design here reaches {asked(wanted)}{within}; the closest: {message}"


def asked(wanted: Wanted) -> str:
    """What is wanted, in words."""
    parts = []
    if wanted.half_width is not None:
        share = "" if wanted.assurance == 0.5 else f" in {wanted.assurance:.0%} of experiments"
        parts.append(f"{wanted.half_width:.3g}{share}")
    if wanted.power is not None:
        parts.append(f"power {wanted.power:.3g}")
    return " and ".join(parts)


def shown(outlook: Outlook, wanted: Wanted, relation: str) -> str:
    """What experiments of a design show of the target, with the error of the simulation."""
    of, high = outlook.of(wanted.target), assured(wanted)
    seen = {"ceg": "a CEG clearly off 1"}.get(wanted.target, f"the verdict {relation}")
    return (
        f"{wanted.target} +- {_width(of, 0.5, wanted.target)} in the median, "
        f"{_width(of, high, wanted.target)} in {high:.0%} of experiments{_lost(of)}; "
        f"{_share(of.power, outlook)} of experiments show {seen} "
        f"({outlook.experiments} simulated)"
    )


def _width(of: Prospect, assurance: float, target: Target) -> str:
    value = of.half_width(assurance)
    if not isfinite(value):
        return "unbounded"
    return f"{value:.3g}" + (f" (a factor of {10**value:.3g})" if target == "ceg" else "")


def _lost(of: Prospect) -> str:
    shares = {"refused": of.refused, "unbounded": of.unbounded}
    told = [f"{name} in {share:.0%}" for name, share in shares.items() if share > 0]
    return f", {', '.join(told)}" if told else ""


def _share(share: float, outlook: Outlook) -> str:
    from analysis.design.outlook import error

    return f"{share:.0%} (+- {error(share, outlook.experiments):.0%})"


def within_margin(assumptions: DesignAssumptions, wanted: Wanted, relation: str) -> str:
    """Why precision does not help to a verdict, where what is assumed counts as no interaction."""
    from analysis.design.outlook import interaction

    size, margin = interaction(assumptions), wanted.margin
    if wanted.target == "ceg" or relation == "independent" or abs(size) >= margin:
        return ""
    return (
        f"the assumed interaction of {size:.3g} logits lies within the margin of {margin:g}, so a "
        f"precise experiment calls the pair independent, not {relation}: give --margin below "
        f"{abs(size):.2g}, here and to 'pte analyze', or look for larger gains (--ceg2)"
    )
