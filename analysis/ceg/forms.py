"""What the choice of a form of the curve adds to the uncertainty of a CEG.

A ladder of five rungs hardly tells a logistic from a Gompertz curve, and the CEG differs between
them. Each replicate takes the difference that one of the forms makes, chosen by the forms' weights
on the base ladder: Akaike's, with the likelihood divided by the dispersion (QAIC; Burnham and
Anderson 2002, sections 2.5 and 2.9), since what items alone explain would make any small difference
decisive. The straight line is none of them: its gains are given as `log-linear`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.curves.compare import Comparison
from analysis.curves.form import LINEAR
from analysis.curves.likelihood import Weights

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FormSpread:
    """The forms that a replicate may take, in the order of the fits that they belong to."""

    weights: Array
    """[form], summing to 1; the chosen form comes first."""
    levels: Array
    """[replicate], uniform in (0, 1): which form it takes, the same for all arms."""

    def offsets(self, points: Sequence[float]) -> Array:
        """[replicate]: what its form adds to a CEG of the chosen form, log10.

        Args:
            points: the CEG by each form. A form that gives no finite one is left out.
        """
        known = np.isfinite(points)
        if not known[0]:
            return np.zeros(len(self.levels))
        shares = np.cumsum(np.where(known, self.weights, 0.0))
        if shares[-1] <= 0:
            return np.zeros(len(self.levels))
        taken = np.searchsorted(shares / shares[-1], self.levels, side="right")
        added = np.where(known, np.asarray(points) - points[0], 0.0)
        return np.asarray(added[np.minimum(taken, len(added) - 1)])


def form_weights(curves: Sequence[Comparison], names: Sequence[str]) -> Array:
    """[form]: how well each fits the base ladder, summing to 1.

    Equal where too few rungs are left to see how they scatter. A straight line that was chosen is
    alone.

    Args:
        curves: fits of the base ladder by all forms.
        names: the forms that were fitted with all arms, the chosen one first.
    """
    chosen = np.zeros(len(names))
    chosen[0] = 1.0
    if names[0] == LINEAR.name:
        return chosen
    rows = {row.form: row for row in curves if row.weights is not Weights.BETA_BINOMIAL}
    bent = [name != LINEAR.name and name in rows for name in names]
    if not any(bent):
        return chosen
    dispersion = min(rows[name].dispersion for name, used in zip(names, bent, strict=True) if used)
    if np.isnan(dispersion) and all(row.weights is Weights.BINOMIAL for row in rows.values()):
        return np.asarray(bent, float) / sum(bent)
    factor = 1.0 if np.isnan(dispersion) else max(1.0, dispersion)
    value = np.array(
        [
            rows[name].log_likelihood / factor - rows[name].parameters if used else -np.inf
            for name, used in zip(names, bent, strict=True)
        ]
    )
    if not np.isfinite(value.max()):
        return chosen
    weights = np.exp(value - value.max())
    return np.asarray(weights / weights.sum())
