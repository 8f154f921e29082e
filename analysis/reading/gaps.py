"""What an experiment has no arm, no rung or no compute for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isnan

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.experiment import Arm, Rung
from analysis.contracts.finding import Finding, Severity


def gaps(
    name: str,
    arms: Sequence[Arm],
    rungs: Sequence[Rung],
    run: NDArray[np.bool_],
    mend: Callable[[Arm], str],
) -> Iterator[Finding]:
    """Findings on a missing base, on arms missing on some rungs, and on rungs without compute.

    Args:
        name: of the experiment.
        arms: with `rungs`, what `run` is indexed by.
        rungs: of the ladder.
        run: [arm, rung], whether the arm was run there.
        mend: what to do about an arm that was not.
    """
    if not any(arm.is_base for arm in arms):
        message = f"there is no base, and CEG is measured against one: {mend(Arm(label='base'))}"
        yield Finding(Severity.REFUSED, name, message)
    for arm, there in zip(arms, run, strict=True):
        missing = [rung.model for rung, ran in zip(rungs, there, strict=True) if not ran]
        if missing:
            message = f"{arm.label} is missing on {', '.join(missing)}: {mend(arm)}"
            yield Finding(Severity.NOTE, name, message)
    for rung in rungs:
        if isnan(rung.flop):
            why = f" ({rung.source})" if rung.source.startswith("unknown:") else ""
            message = (
                f"training compute of {rung.model} is not known{why}: it stands on no CEG curve"
            )
            yield Finding(Severity.WARNING, name, message)
        elif not rung.valid:
            message = (
                f"training compute of {rung.model} is marked as not valid for CEG (distilled, "
                "pruned, or tokens not known): it stands on no CEG curve"
            )
            yield Finding(Severity.WARNING, name, message)
