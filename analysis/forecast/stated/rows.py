"""Rows of a user's table: new ones, and changes of those of the write-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from analysis.forecast.stated import cells
from analysis.forecast.stated.ceg_cells import check_rule, says_ceg, stated_ceg
from analysis.forecast.stated.table_file import FileRow
from analysis.writeup.months import label
from analysis.writeup.table import (
    Factor,
    LesserExponent,
    NamedProduct,
    NotCounted,
    PteRow,
    Range,
    Rule,
)
from harness.errors import UserError

HIGHEST = 2.0
"""Largest exponent: ReACT on top of LATS, the largest that the write-up implies, has 1.1."""
RULES = ("exponent", "exponents", "includes", "counted")


@dataclass(frozen=True)
class Made:
    """A row of the new table."""

    row: PteRow
    where: str
    """File and row that it comes from; empty for a row of the write-up."""
    says_rule: bool
    """Whether it says how it joins those before it: the first of a category need not."""
    change: str
    """What the file did to it, in words; empty where nothing."""


def kept(row: PteRow, first: bool) -> Made:
    """A row of the write-up as it is; the exponent of a category's first only fills a place."""
    return Made(row, "", not first, "")


def added(row: FileRow, weights: Mapping[str, float]) -> Made:
    """A new row.

    Raises:
        UserError: something that a new row needs is missing or wrong.
    """
    where, values = row.where, row.values
    key = cells.key(where, "key", values["key"])
    for need, why in (
        ("category", "the category that it belongs to"),
        ("date", "the month from which it is there"),
        ("source", "a row without a cited source is no row"),
    ):
        if need not in values:
            raise UserError(f"{where}: a new row needs {need}: {why}")
    source = cells.text(where, "source", values["source"])
    ceg_rule = check_rule(row)
    ceg = stated_ceg(row, weights, None)
    rule = _rule(row)
    made = PteRow(
        key=key,
        name=cells.text(where, "name", values.get("name", key)),
        category=cells.key(where, "category", values["category"]),
        month=cells.date(where, "date", values["date"]),
        ceg=ceg.ceg,
        rule=LesserExponent(1.0) if rule is None else rule,
        total=ceg.ceg,
        one_time=None,
        inference=None,
        range=None,
        width=ceg.width,
        source=source,
        ceg_rule=ceg_rule,
    )
    made = _with_rest(made, row)
    return Made(made, where, rule is not None, f"{key} added ({label(made.month)}): {source}")


def changed(old: PteRow, row: FileRow, weights: Mapping[str, float], first: bool) -> Made:
    """A row of the write-up with what the file says of it in place.

    Raises:
        UserError: something that it says is wrong.
    """
    where, values = row.where, row.values
    new, words = old, []
    if says_ceg(row):
        if "ceg_rule" in values:
            check_rule(row)
        ceg = stated_ceg(row, weights, old.ceg)
        new = replace(new, ceg=ceg.ceg, width=ceg.width)
        new = replace(new, ceg_also_printed=None, ceg_rule=str(values.get("ceg_rule", "")))
        words.append(f"CEG {old.ceg:g} to {ceg.ceg:.3g}")
    if "name" in values:
        new = replace(new, name=cells.text(where, "name", values["name"]))
        words.append("renamed")
    if "category" in values:
        new = replace(new, category=cells.key(where, "category", values["category"]))
        words.append(f"category {old.category} to {new.category}")
    if "date" in values:
        new = replace(new, month=cells.date(where, "date", values["date"]), inferred=False)
        words.append(f"date {label(old.month)} to {label(new.month)}")
    rule = _rule(row)
    if rule is not None:
        new = replace(new, rule=rule)
        words.append(_rule_words(rule))
    if "source" in values:
        new = replace(new, source=cells.text(where, "source", values["source"]))
    rest = _with_rest(new, row)
    for name in ("requires", "inference", "one_time", "shrink"):
        if name in values:
            words.append(f"{name} {cells.shown(values[name])}")
    if not words and rest == old:
        raise UserError(f"{where}: it changes nothing of the row: say what, or leave it out")
    says_rule = rule is not None or (not first and new.category == old.category)
    what = "; ".join(words) or "note"
    return Made(rest, where, says_rule, f"{old.key}: {what}")


def dropped(row: FileRow) -> bool:
    """Whether a row is to be left out.

    Raises:
        UserError: it says more than that.
    """
    if "drop" not in row.values or not cells.switch(row.where, "drop", row.values["drop"]):
        return False
    more = [name for name in row.values if name not in ("key", "drop", "note", "source")]
    if more:
        raise UserError(f"{row.where}: a row that is dropped says no {more[0]}: leave it out")
    return True


def _with_rest(made: PteRow, row: FileRow) -> PteRow:
    """The row with costs, needs, shrinkage and note."""
    where, values = row.where, row.values
    if "requires" in values:
        needs = tuple(cells.key(where, "requires", x) for x in cells.several(values["requires"]))
        made = replace(made, requires=needs)
    if "inference" in values:
        made = replace(made, inference=_range(where, "inference", values["inference"], 1.0))
    if "one_time" in values:
        made = replace(made, one_time=_range(where, "one_time", values["one_time"], 0.0))
    if "shrink" in values:
        shrink = cells.number(where, "shrink", values["shrink"], 0.0, 1.0, above=True)
        made = replace(made, shrink=shrink)
    if "note" in values:
        made = replace(made, note=cells.text(where, "note", values["note"]))
    return made


def _range(where: str, name: str, value: Any, least: float) -> Range:
    ends = [cells.number(where, name, each, least, 1e9) for each in cells.several(value)]
    if len(ends) not in (1, 2) or ends[0] > ends[-1]:
        raise UserError(
            f"{where}: {name} is '{cells.shown(value)}': give a number, or low and high"
        )
    return Range(ends[0], ends[-1])


def _rule(row: FileRow) -> Rule | None:
    """How the row joins its category; None where it does not say."""
    where, values = row.where, row.values
    said = [name for name in RULES if name in values]
    if len(said) > 1:
        raise UserError(f"{where}: it gives {said[0]} and {said[1]}: give one of them")
    if "exponent" in values:
        return LesserExponent(_exponent(where, "exponent", values["exponent"]))
    if "exponents" in values:
        named = cells.pairs(where, "exponents", values["exponents"])
        return NamedProduct(
            {
                cells.key(where, "exponents", other): _exponent(where, f"exponents {other}", value)
                for other, value in named.items()
            }
        )
    if "includes" in values:
        return Factor(cells.key(where, "includes", values["includes"]))
    if "counted" in values:
        if cells.switch(where, "counted", values["counted"]):
            raise UserError(
                f"{where}: counted true says nothing: give an exponent, or leave it out"
            )
        return NotCounted()
    return None


def _exponent(where: str, name: str, value: Any) -> float:
    return cells.number(where, name, value, 0.0, HIGHEST)


def _rule_words(rule: Rule) -> str:
    if isinstance(rule, LesserExponent):
        return f"exponent {rule.exponent:g}"
    if isinstance(rule, NamedProduct):
        return "exponents " + ", ".join(f"{k} {v:g}" for k, v in rule.exponents.items())
    return f"includes {rule.includes}" if isinstance(rule, Factor) else "not counted"
