"""What is taken to hold where measurements do not tell, with its source: the table itself.

How single benchmarks differ is read from the ranges that Lifland et al. print for single benchmarks
("between 4 and 80 on HumanEval"), each taken as the central 90% of a normal in log10 CEG, as
everywhere in the forecast. Between rows their spreads differ widely; the root of their mean square
stands for a PTE that was measured on one benchmark, or the spread of its own row if that is wider.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.forecast.distributions import DEFAULTS, GuessWidths
from analysis.uncertainty.sampled_effects import Prior
from analysis.writeup.table import PteRow, PteTable

SOURCE = "the ranges over single benchmarks that the table prints"
_SD_90 = 2 * 1.6449
_LEAST = 0.01
"""OOM: a guess that is stated without a spread is not a certainty in a likelihood."""
_UNPRINTED = 0.5
"""OOM, for a table of one's own that has no range: about what Lifland et al.'s ranges come to."""


def printed_spread(rows: Sequence[PteRow]) -> float:
    """Standard deviation of log10 CEG between single benchmarks, over the rows with a range."""
    spreads = [spread for row in rows if (spread := _own(row)) is not None]
    return float(np.sqrt(np.mean(np.square(spreads)))) if spreads else _UNPRINTED


def ceg_prior(table: PteTable, row: PteRow, widths: GuessWidths = DEFAULTS) -> Prior:
    """Prior of the log10 CEG of a row: the spread between benchmarks, and the guess."""
    between = max(printed_spread(table.rows), _own(row) or 0.0)
    spread = float(np.mean(row.width)) if row.width else widths.spread(row)
    mean = float(np.log10(row.ceg))
    return Prior(between=between, mean=mean, spread=max(spread, _LEAST))


def share_prior(guess: float, concentration: float) -> Prior:
    """Prior of an exponent or M: as wide between benchmarks as the guess, for want of a range.

    Args:
        guess: its mean.
        concentration: of the beta that the guess is drawn from.
    """
    inside = float(np.clip(guess, 0.05, 0.95))
    spread = float(np.sqrt(inside * (1 - inside) / (concentration + 1)))
    return Prior(between=spread, mean=guess, spread=spread)


def _own(row: PteRow) -> float | None:
    """Spread of a row's own range; None where there is none with two ends."""
    if row.range is None or not row.range.low or not row.range.high:
        return None
    return float(np.log10(row.range.high / row.range.low)) / _SD_90
