"""Whether one CEG holds over the ladder, or each rung has its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import norm

from analysis.ceg.estimate import Ceg
from analysis.contracts.estimate import LEVEL
from analysis.contracts.finding import Finding, Severity

NAMED = 3
"""Arms that a finding names."""


def scale_findings(name: str, cegs: Sequence[Ceg]) -> Iterator[Finding]:
    """A warning for arms whose gain grows with compute, and one for those whose gain falls.

    The threshold is Bonferroni's over the arms: with a dozen of them one |z| beyond 2 is no news.
    """
    tested = [each for each in cegs if not np.isnan(each.parallelism)]
    if not tested:
        return
    limit = float(norm.ppf(1 - (1 - LEVEL) / 2 / len(tested)))
    for sign, how in ((1, "grows"), (-1, "falls")):
        clear = [each for each in tested if sign * each.parallelism > limit]
        if clear:
            clear.sort(key=lambda each: -abs(each.parallelism))
            yield Finding(
                Severity.WARNING,
                name,
                f"the gain of {_named(clear)} {how} with training compute "
                f"(|z| of parallelism up to {abs(clear[0].parallelism):.1f}): no one CEG holds "
                "over the ladder. The CEG given is a mean over its rungs; read those by rung",
            )


def _named(cegs: Sequence[Ceg]) -> str:
    names = ", ".join(each.arm for each in cegs[:NAMED])
    more = len(cegs) - NAMED
    return f"{names} and {more} more" if more > 0 else names
