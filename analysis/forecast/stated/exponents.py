"""Exponents of pairs on the command line: `A+B=0.4`, or `A=0.4` for a row on the running total."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.forecast.stated import cells
from analysis.forecast.stated.assemble import counted_before
from analysis.forecast.stated.rows import HIGHEST
from analysis.writeup.table import Factor, LesserExponent, NamedProduct, NotCounted, PteTable
from harness.errors import UserError


def read_exponents(texts: Sequence[str], table: PteTable) -> dict[tuple[str, str], float]:
    """Exponents by (later PTE, earlier PTE), or (PTE, "") for the running total.

    Raises:
        UserError: a text is no such exponent, or the table combines no such pair.
    """
    result: dict[tuple[str, str], float] = {}
    for text in texts:
        where = f"--exponent {cells.shown(text)}"
        names, equals, value = (side.strip() for side in text.rpartition("="))
        keys = [name.strip() for name in names.split("+")]
        if not equals or len(keys) > 2 or not all(keys):
            raise UserError(f"{where}: give two PTEs and a number, such as lats+react=0.9, or one")
        for key in keys:
            if key not in {row.key for row in table.rows}:
                raise cells.unknown(where, "PTE", key, [row.key for row in table.rows])
        pair = _pair(where, keys, table)
        if pair in result:
            raise UserError(f"{where}: this exponent is given twice: keep one")
        result[pair] = cells.number(where, "the exponent", value, 0.0, HIGHEST)
    return result


def _pair(where: str, keys: Sequence[str], table: PteTable) -> tuple[str, str]:
    """The later PTE, and the earlier one or nothing."""
    rows = [table.row(key) for key in keys]
    if len({row.category for row in rows}) > 1:
        raise UserError(
            f"{where}: {keys[0]} and {keys[1]} are of the categories {rows[0].category} and "
            f"{rows[1].category}, which combine by --m: exponents are within a category"
        )
    if len(set(keys)) < len(keys):
        raise UserError(f"{where}: a pair has two PTEs")
    order = [row.key for row in table.of(rows[0].category)]
    later, *earlier = sorted(rows, key=lambda row: -order.index(row.key))
    before = counted_before(table, later)
    joins = isinstance(later.rule, LesserExponent) and bool(before)
    if isinstance(later.rule, NotCounted) or any(row.key not in before for row in earlier):
        raise UserError(f"{where}: a row that is not counted has no exponent")
    if isinstance(later.rule, Factor):
        raise UserError(
            f"{where}: {later.key}'s CEG includes {later.rule.includes}'s and multiplies the "
            "total: it has no exponent; --table can give it one"
        )
    if isinstance(later.rule, NamedProduct) and not earlier:
        raise UserError(
            f"{where}: {later.key} has exponents by name: name the other one, "
            f"{' or '.join(later.rule.exponents)}"
        )
    if isinstance(later.rule, LesserExponent) and not joins:
        raise UserError(f"{where}: {later.key} is the first of its category: nothing is before it")
    return later.key, earlier[0].key if earlier else ""
