"""Which estimates are values, which are bounds, and which are neither."""

from __future__ import annotations

from math import inf, isfinite

import numpy as np

from analysis.forecast.measured.estimates import Measurement

USED = frozenset({"interpolated", "estimated", "harmful"})
"""Statuses of a value."""
ENOUGH = 0.9
"""Share of an estimate's draws that must be finite."""
FARTHEST = 30.0
"""OOM: a bound farther off than any training compute says nothing."""


def refusal(one: Measurement) -> str:
    """Why an estimate cannot take the place of a guess; empty if it can, as a value or a bound."""
    if one.oracle:
        return "looks at a hidden target: an upper bound"
    if one.definition.startswith("outside"):
        return f"{one.definition} of the definition of a PTE"
    if one.status == "right_censored":
        known = one.at_least > -FARTHEST
        return "" if known else "right_censored, without a bound from base rungs"
    if one.status == "left_censored":
        return "" if one.high < FARTHEST else "left_censored, and its upper bound says nothing"
    if one.status not in USED:
        return f"{one.status}: {one.reason}" if one.reason else one.status
    if not isfinite(one.point):
        return f"{one.status}, without a point"
    if bound(one) is not None:
        return ""
    if not (isfinite(one.low) and isfinite(one.high)):
        return "its interval is not bounded"
    if not len(one.draws):
        return ""
    share = float(np.isfinite(one.draws).mean())
    return "" if share >= ENOUGH else f"only {share:.0%} of its draws are finite"


def bound(one: Measurement) -> tuple[float, float] | None:
    """The lower and upper bound of what is known by one bound alone; None where it has a value.

    Of a CEG beyond the ladder the bound that base rungs support, not the curve's extrapolation; of
    an interval with one end that end.
    """
    if one.status == "right_censored":
        return one.at_least, inf
    if one.status == "left_censored":
        return -inf, one.high
    if one.kind in ("ceg", "conditional_ceg") and isfinite(one.low) != isfinite(one.high):
        return one.low, one.high
    return None
