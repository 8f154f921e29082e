"""What PTEs cost in inference: printed, the user's, or measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.forecast.budget import Pricing
from analysis.forecast.measured.estimates import Measurement
from analysis.forecast.measured.model_numbers import GUESSED
from analysis.forecast.measured.values import ValueSource
from analysis.writeup.table import NotCounted, PteTable, writeup_table

UNKNOWN = "not known"


@dataclass(frozen=True)
class Cost:
    """The inference multiplier of one PTE, as a budget counts it."""

    pte: str
    multiplier: float | None
    """Times the base's inference; None where it is not known."""
    source: str
    """`measured, net`, `measured, gross`, `printed`, `table` (the user's) or `not known`."""
    table: float | None
    """What the table gives; None where it gives nothing."""
    estimates: tuple[str, ...] = ()
    """Ids of the measured costs."""


def costs(
    table: PteTable, sources: Sequence[ValueSource], measurements: Sequence[Measurement]
) -> tuple[Cost, ...]:
    """The cost of each PTE in the totals.

    A measured cost is that of the estimates that fill the row with their CEG, and of no others: net
    of each attempt's own prefix where the file has it, else gross; the geometric mean of several.

    Args:
        table: the rows.
        sources: where the numbers of the forecast come from.
        measurements: of the files of estimates.
    """
    printed = {row.key: row for row in writeup_table().rows}
    by_id = {one.id: one for one in measurements}
    used = {
        one.key: [by_id[name] for name in one.estimates if name in by_id]
        for one in sources
        if one.quantity == "ceg" and one.source != GUESSED
    }
    result = []
    for row in table.rows:
        if isinstance(row.rule, NotCounted):
            continue
        given = Pricing().multiplier(row)
        own = [m for m in used.get(row.key, []) if _multiple(m) is not None]
        if own:
            mean = np.exp(np.mean([np.log(_multiple(m) or 1.0) for m in own]))
            value = float(f"{mean:.12g}")  # so that 5 is within a budget of 5
            kind = "net" if all(m.net_multiple is not None for m in own) else "gross"
            ids = tuple(m.id for m in own)
            result.append(Cost(row.key, value, f"measured, {kind}", given, ids))
        elif given is None:
            result.append(Cost(row.key, None, UNKNOWN, None))
        else:
            print_ = printed.get(row.key)
            same = print_ is not None and print_.inference == row.inference
            result.append(Cost(row.key, given, "printed" if same else "table", given))
    return tuple(result)


def measured_multipliers(known: Sequence[Cost]) -> dict[str, float]:
    """Multipliers by PTE, of those that were measured."""
    return {
        one.pte: one.multiplier
        for one in known
        if one.multiplier is not None and one.source.startswith("measured")
    }


def _multiple(measurement: Measurement) -> float | None:
    net = measurement.net_multiple
    return measurement.multiple if net is None else net
