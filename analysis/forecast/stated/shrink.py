"""Shrinking CEGs of the literature, which papers publish where their method does best."""

from __future__ import annotations

from dataclasses import replace

from analysis.forecast.distributions import DEFAULTS
from analysis.forecast.stated.assemble import with_totals
from analysis.writeup.table import PteRow, PteTable


def shrunk(table: PteTable, factor: float) -> PteTable:
    """The table with log10 CEG of each row multiplied by a factor, or by the row's own.

    The centre moves and the width stays: that papers choose what they show makes no CEG better
    known. Measured CEGs take the place of a row's afterwards, and so are not shrunk.

    Args:
        table: the rows.
        factor: in (0, 1]; 1 leaves all but rows with a factor of their own.
    """
    rows = tuple(_shrunk(row, factor) for row in table.rows)
    if rows == table.rows:
        return table
    changes = (*table.changes, f"log10 CEG of rows shrunk by {factor:g}")
    return with_totals(replace(table, rows=rows, changes=changes))


def _shrunk(row: PteRow, factor: float) -> PteRow:
    own = factor if row.shrink is None else row.shrink
    if own == 1.0:
        return row
    spread = DEFAULTS.spread(row)
    also = row.ceg_also_printed
    return replace(
        row,
        ceg=row.ceg**own,
        ceg_also_printed=None if also is None else also**own,
        width=row.width or (spread, spread),
        published=row.ceg,
    )
