"""A user's table: the write-up's, or none, with the rows of a file in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.forecast.aggregate import change_months
from analysis.forecast.stated import cells
from analysis.forecast.stated.rows import Made, added, changed, dropped, kept
from analysis.forecast.stated.table_file import TableFile
from analysis.forecast.totals import printed, running_totals
from analysis.writeup.months import label
from analysis.writeup.table import (
    Factor,
    LesserExponent,
    NamedProduct,
    NotCounted,
    PteRow,
    PteTable,
    writeup_table,
)
from harness.errors import UserError


def user_table(file: TableFile, weights: Mapping[str, float]) -> PteTable:
    """The table that a file makes.

    Args:
        file: as read.
        weights: of the average task, by kind of task, for rows that give CEGs by it.

    Raises:
        UserError: a row is wrong, or they do not fit each other; names file, row and mend.
    """
    base = writeup_table() if file.base == "writeup" else PteTable((), ())
    firsts = {base.of(category)[0].key for category in base.categories}
    made = {row.key: kept(row, row.key in firsts) for row in base.rows}
    gone: dict[str, str] = {}
    seen: dict[str, str] = {}
    for row in file.rows:
        key = cells.key(row.where, "key", row.values["key"])
        if key in seen:
            raise UserError(f"{row.where}: '{key}' is there before, as {seen[key]}: keep one row")
        seen[key] = row.where
        if dropped(row):
            if key not in made:
                raise cells.unknown(row.where, "row to drop", key, list(made))
            del made[key]
            gone[key] = row.where
        elif key in made:
            made[key] = changed(made[key].row, row, weights, key in firsts)
        else:
            made[key] = _new(row, weights, made)
    table = _table(base, file, list(made.values()), tuple(gone))
    _check(table, made, gone, file.name)
    result = with_totals(table)
    if len(change_months(result)) < 2:
        raise UserError(
            f"{file.name}: its total changes on fewer than two dates: a trend needs rows of two "
            "months or more"
        )
    return result


def with_totals(table: PteTable) -> PteTable:
    """The table with the running totals that its own rows give; the print keeps the print's."""
    if table.as_printed:
        return table
    steps = running_totals(table, printed(table, 0.6), rounded=False)
    totals = {step.row.key: float(10 ** step.total[0]) for row in steps.values() for step in row}
    return replace(table, rows=tuple(replace(row, total=totals[row.key]) for row in table.rows))


def _new(row: Any, weights: Mapping[str, float], made: Mapping[str, Made]) -> Made:
    """A new row; one that only says what a change says is a slip in the key."""
    if not {"category", "source", "ceg_rule"} & set(row.values):
        key = str(row.values["key"])
        raise UserError(
            f"{row.where}: there is no row '{key}' to change{cells.nearest(key, list(made))} A new "
            "row needs category, date, a CEG, ceg_rule and source"
        )
    return added(row, weights)


def _table(
    base: PteTable, file: TableFile, made: Sequence[Made], gone: tuple[str, ...]
) -> PteTable:
    """The rows in the order of their dates, those of one month in the order in which they stand."""
    rows = sorted((one.row for one in made), key=lambda row: row.month)
    there = dict.fromkeys(one.row.category for one in made)
    categories = [c for c in base.categories if c in there]
    categories += [c for c in there if c not in categories]
    by_category = [row for c in categories for row in rows if row.category == c]
    changes = [one.change for one in made if one.change] + [f"{key} dropped" for key in gone]
    if file.base == "none":
        changes.insert(0, "starts from no table")
    kept_rows = tuple(_without_gone(row, gone) for row in by_category)
    return PteTable(tuple(categories), kept_rows, base.source, tuple(changes))


def _without_gone(row: PteRow, gone: tuple[str, ...]) -> PteRow:
    """A named product over the rows that are left: one that is dropped adds nothing to it."""
    if not isinstance(row.rule, NamedProduct) or row.source:
        return row
    exponents = {k: v for k, v in row.rule.exponents.items() if k not in gone}
    return replace(row, rule=NamedProduct(exponents))


def _check(table: PteTable, made: Mapping[str, Made], gone: Mapping[str, str], name: str) -> None:
    """Refuse rows that name what is not there, and rows that do not say how they join."""
    for category in table.categories:
        before: list[str] = []
        whole = [row.key for row in table.of(category)]
        for row in table.of(category):
            where = made[row.key].where or f"{name}: the write-up's row '{row.key}'"
            _check_names(row, where, before, whole, gone)
            if before and not made[row.key].says_rule and not isinstance(row.rule, NotCounted):
                raise UserError(
                    f"{where}: it joins {', '.join(before)}, which stand before it in '{category}' "
                    f"by date (it is of {label(row.month)}): say how, by exponent (0 to 2), "
                    "exponents, includes or counted: false"
                )
            if not isinstance(row.rule, NotCounted):
                before.append(row.key)


def _check_names(
    row: PteRow,
    where: str,
    before: Sequence[str],
    whole: Sequence[str],
    gone: Mapping[str, str],
) -> None:
    named: list[tuple[str, str, Sequence[str]]] = [
        ("requires", need, whole) for need in row.requires
    ]
    if isinstance(row.rule, Factor):
        named.append(("includes", row.rule.includes, before))
    if isinstance(row.rule, NamedProduct):
        named += [("exponents", other, before) for other in row.rule.exponents]
    for column, other, allowed in named:
        if other in allowed and other != row.key:
            continue
        if other in gone:
            raise UserError(
                f"{where}: {column} names '{other}', which {gone[other]} drops: drop this row too, "
                f"or say {column if column == 'requires' else 'an exponent'} anew"
            )
        raise UserError(
            f"{where}: {column} names '{other}', which is no row "
            f"{'of' if column == 'requires' else 'before it in'} its category '{row.category}'"
            f"{cells.nearest(other, allowed)} ({', '.join(allowed) or 'there is none'})"
        )


def with_exponents(table: PteTable, pairs: Mapping[tuple[str, str], float]) -> PteTable:
    """The table with exponents of pairs, or of a row on the running total, in place of its own.

    A row that joins the running total has one exponent: the mean over the PTEs before it, of the
    given pair where there is one and of its own exponent elsewhere, as measured pairs count.

    Args:
        table: the rows.
        pairs: by (PTE, other), the later one first, or (PTE, "") for the running total.

    Raises:
        UserError: the table combines no such pair.
    """
    if not pairs:
        return table
    rows = []
    for row in table.rows:
        own = {other: value for (key, other), value in pairs.items() if key == row.key}
        rows.append(_with_pairs(table, row, own) if own else row)
    changes = [
        f"exponent of {key}{f' on {other}' if other else ''} {value:g}"
        for (key, other), value in pairs.items()
    ]
    new = replace(table, rows=tuple(rows), changes=(*table.changes, *changes))
    return with_totals(new)


def _with_pairs(table: PteTable, row: PteRow, own: Mapping[str, float]) -> PteRow:
    rule = row.rule
    if isinstance(rule, NamedProduct):
        return replace(row, rule=NamedProduct({**rule.exponents, **own}))
    assert isinstance(rule, LesserExponent)
    if "" in own:
        rule = LesserExponent(own[""])
    before = counted_before(table, row)
    each = [own.get(other, rule.exponent) for other in before]
    return replace(row, rule=LesserExponent(float(np.mean(each))))


def counted_before(table: PteTable, row: PteRow) -> list[str]:
    """The PTEs that are in the running total of a row's category when it comes."""
    result: list[str] = []
    for other in table.of(row.category):
        if other.key == row.key:
            break
        if not isinstance(other.rule, NotCounted):
            result.append(other.key)
    return result
