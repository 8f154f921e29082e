"""Whether one CEG holds over the ladder, or each rung has its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.ceg.estimate import Ceg
from analysis.contracts.estimate import LEVEL
from analysis.contracts.finding import Finding, Severity

NAMED = 3
"""Arms that a finding names."""


def scale_findings(name: str, cegs: Sequence[Ceg]) -> Iterator[Finding]:
    """A warning for arms whose gain grows with compute, and one for those whose gain falls.

    The threshold is Bonferroni's over the arms: with a dozen of them one p below .05 is no news.
    """
    tested = [(each.parallelism, each) for each in cegs if each.parallelism is not None]
    for sign, how in ((1, "grows"), (-1, "falls")):
        clear = [
            (trend.p, each)
            for trend, each in tested
            if sign * trend.t > 0 and trend.p < (1 - LEVEL) / len(tested)
        ]
        if clear:
            clear.sort(key=lambda each: each[0])
            yield Finding(
                Severity.WARNING,
                name,
                f"the gain of {_named([each for _, each in clear])} {how} with training compute "
                f"(p of parallelism {clear[0][0]:.1g} by the form of the curve that says least "
                "against it): no one CEG holds over the ladder. Read it as a function of compute, "
                "or by rung; the one CEG beside it is a mean over the rungs",
            )


def _named(cegs: Sequence[Ceg]) -> str:
    names = ", ".join(each.arm for each in cegs[:NAMED])
    more = len(cegs) - NAMED
    return f"{names} and {more} more" if more > 0 else names
