"""Lifland et al.'s table of post-training enhancements, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

import yaml

from analysis.writeup.months import month


@dataclass(frozen=True)
class LesserExponent:
    """Running total = larger x smaller ^ exponent (Lifland et al.'s footnote 6)."""

    exponent: float


@dataclass(frozen=True)
class Factor:
    """Running total x own CEG / CEG of the row that is already included in it."""

    includes: str


@dataclass(frozen=True)
class NamedProduct:
    """Own CEG x product of CEG ^ exponent of named rows; takes the place of the running total."""

    exponents: Mapping[str, float]


@dataclass(frozen=True)
class NotCounted:
    """The running total stays."""


Rule: TypeAlias = LesserExponent | Factor | NamedProduct | NotCounted


@dataclass(frozen=True)
class Range:
    """A low and a high end; None where the print gives no such end."""

    low: float | None
    high: float | None


@dataclass(frozen=True)
class PteRow:
    """One PTE as Lifland et al. print it, or as a user's table has it."""

    key: str
    """Our name of the PTE, where we have it; unique."""
    name: str
    """Name of the PTE, as printed."""
    category: str
    month: int
    ceg: float
    """CEG for the average task."""
    rule: Rule
    total: float
    """Running total of the category: as printed, or as the rows of a user's table give it."""
    one_time: Range | None
    """One-time cost as a share of training compute; None where not printed."""
    inference: Range | None
    """Inference cost as a multiple of the base's; None where not printed."""
    range: Range | None
    """CEGs of single benchmarks, where the text gives a low and a high one."""
    requires: tuple[str, ...] = ()
    """Rows without which the printed value has no meaning."""
    inferred: bool = False
    """Whether the row is missing in print and only inferred from the totals."""
    ceg_also_printed: float | None = None
    """A second CEG in the same cell, which the running total does not use."""
    note: str = ""
    width: tuple[float, float] | None = None
    """OOM: standard deviations of log10 CEG below and above it, where a user states its range; None
    leaves the width to what is assumed of guesses."""
    shrink: float | None = None
    """Factor on log10 CEG against selective publication that a user gives this row alone."""
    published: float | None = None
    """CEG before it was shrunk; None where it was not."""
    source: str = ""
    """What a user's row cites; empty for the rows of the print."""
    ceg_rule: str = ""
    """How the CEG of a user's row follows from its source; empty for the rows of the print."""


@dataclass(frozen=True)
class PteTable:
    """The rows by category, in the order of their running totals."""

    categories: tuple[str, ...]
    rows: tuple[PteRow, ...]
    source: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    """What a user changed, a sentence each; empty for the print."""

    @property
    def as_printed(self) -> bool:
        """Whether it is the print itself, whose running totals are rounded at each step."""
        return not self.changes

    def row(self, key: str) -> PteRow:
        """The row of a key.

        Raises:
            KeyError: there is none.
        """
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(key)

    def of(self, category: str) -> tuple[PteRow, ...]:
        """The rows of a category, in order."""
        return tuple(row for row in self.rows if row.category == category)

    def without(self, keys: Sequence[str]) -> PteTable:
        """The table with some rows left out."""
        kept = tuple(row for row in self.rows if row.key not in keys)
        return replace(self, rows=kept)


def read_writeup(name: str) -> dict[str, Any]:
    """One file of Lifland et al.'s data: `ptes`, `humaneval`, `hotpotqa`, `voting`, ..."""
    text = (files("analysis.writeup") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    result: dict[str, Any] = yaml.safe_load(text)
    return result


@cache
def writeup_table() -> PteTable:
    """Lifland et al.'s own table."""
    data = read_writeup("ptes")
    rows = tuple(_row(entry) for entry in data["rows"])
    return PteTable(tuple(data["categories"]), rows, data["source"])


def _row(entry: Mapping[str, Any]) -> PteRow:
    also = entry.get("ceg_also_printed")
    return PteRow(
        key=entry["key"],
        name=entry["name"],
        category=entry["category"],
        month=month(entry["date"]),
        ceg=float(entry["ceg"]),
        rule=_rule(entry["rule"]),
        total=float(entry["total"]),
        one_time=_range(entry["one_time"]),
        inference=_range(entry["inference"]),
        range=_range(entry["range"]),
        requires=tuple(entry.get("requires", ())),
        inferred=entry.get("inferred", False),
        ceg_also_printed=None if also is None else float(also),
        note=entry["note"].strip(),
    )


def _rule(entry: Mapping[str, Any]) -> Rule:
    kind = entry["kind"]
    if kind == "lesser_exponent":
        return LesserExponent(float(entry["exponent"]))
    if kind == "factor":
        return Factor(entry["includes"])
    if kind == "named_product":
        return NamedProduct({key: float(value) for key, value in entry["exponents"].items()})
    if kind == "none":
        return NotCounted()
    raise ValueError(f"unknown rule {kind!r}")


def _range(entry: Mapping[str, Any] | None) -> Range | None:
    if entry is None:
        return None
    low, high = entry["low"], entry["high"]
    return Range(None if low is None else float(low), None if high is None else float(high))
