"""A gain that changes with training compute, at the compute that the user names.

Where one CEG over the ladder was rejected the file has the arm's line (kind `ceg_at`): log10 CEG at
each rung, with draws. It is a straight line in log10 compute, draw by draw, so that it goes on past
the rungs, with an interval that widens as the draws' lines part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.forecast.measured.estimates import Measurement

ENOUGH = 0.9
"""Share of draws that must be finite."""
Key = tuple[str, str, str]
Lines = Mapping[Key, Sequence[Measurement]]
"""By experiment, stack and reference, the points of an arm's line, by rising compute."""


def lines_of(result: Sequence[Measurement]) -> Lines:
    """The arms whose gain changes with compute."""
    lines: dict[Key, list[Measurement]] = defaultdict(list)
    for each in result:
        if each.kind == "ceg_at":
            lines[_key(each)].append(each)
    return {key: sorted(own, key=lambda each: each.flop) for key, own in lines.items()}


def changes(one: Measurement, lines: Lines) -> bool:
    """Whether one CEG over the ladder was rejected for an arm."""
    return one.kind == "ceg" and _key(one) in lines


def changes_within(one: Measurement, lines: Lines) -> bool:
    """Whether a combination (exponent, interaction, M, conditional gain) is made of a gain that
    changes with compute, whose mean over the ladder is none."""
    if one.kind == "ceg":
        return False
    own = {*one.ptes, *one.context}
    return any(
        experiment == one.experiment and (not own or own & set(stack.split("+")))
        for experiment, stack, _ in lines
    )


def at_compute(one: Measurement, lines: Lines, flop: float | None) -> tuple[Measurement, str]:
    """A gain at a training compute, or why it cannot be had.

    Args:
        one: a CEG over the whole ladder.
        lines: of the file.
        flop: training compute in FLOP; None where the user names none.

    Returns:
        The gain there, and what is to be said of it; or the gain as it was with status `refused`,
        and why.
    """
    if not changes(one, lines):
        return one, ""
    if flop is None:
        return _refused(
            one,
            "its CEG changes with compute, so that its mean over the ladder is none: "
            "--at-compute FLOP says where it is wanted",
        )
    rungs = [each for each in lines[_key(one)] if np.isfinite([each.flop, each.point]).all()]
    if len({each.flop for each in rungs}) < 2:
        return _refused(
            one,
            "its CEG changes with compute, and the file does not say at which compute its line's "
            "points are: write it anew with 'pte analyze'",
        )
    low, high = rungs[0], rungs[-1]
    first, last, wanted = (float(np.log10(x)) for x in (low.flop, high.flop, flop))
    share = (wanted - first) / (last - first)
    point = low.point + share * (high.point - low.point)
    if not len(low.draws) or low.draws.shape != high.draws.shape:
        return _refused(one, "its CEG changes with compute, and its line has no draws")
    draws = low.draws + share * (high.draws - low.draws)
    finite = draws[np.isfinite(draws)]
    if len(finite) < ENOUGH * len(draws):
        return _refused(one, f"only {len(finite) / len(draws):.0%} of its draws are finite there")
    ends = np.quantile(finite, [0.025, 0.975])
    beyond = max(wanted - last, first - wanted)
    there = f"at {flop:.3g} FLOP, by a line over {low.flop:.3g} to {high.flop:.3g}"
    if beyond > 0:
        there += f", {beyond:.1f} OOM beyond its rungs: an extrapolation, as wide as its draws part"
    found = replace(
        one,
        point=point,
        low=float(ends[0]),
        high=float(ends[1]),
        draws=draws,
        status="estimated",
        reason=there,
        at_least=-np.inf,
    )
    return found, there


def _key(one: Measurement) -> Key:
    return one.experiment, one.stack, one.reference


def _refused(one: Measurement, why: str) -> tuple[Measurement, str]:
    return replace(one, status="refused", reason=why), why
