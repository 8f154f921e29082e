"""The place of each measurement in the model, or why it has none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analysis.forecast.measured.at_compute import Lines, at_compute, changes_within, lines_of
from analysis.forecast.measured.counting import Counting
from analysis.forecast.measured.estimates import Measurement
from analysis.forecast.measured.usable import refusal
from analysis.forecast.totals import PairKey, exponents_of
from analysis.writeup.table import NotCounted, PteTable

OTHER_DECODING = "over the base of the other decoding: a forecast takes one reference"


class Place(NamedTuple):
    """A number of the model that can be measured."""

    quantity: str
    """`ceg`, `exponent` or `M`."""
    pair: PairKey
    """The row and an empty text; of an exponent the two rows, by the table's order."""


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A measurement that the forecast does not take."""

    id: str
    quantity: str
    what: str
    """The PTEs that it is of, or M."""
    benchmark: str
    point: float
    """log10 CEG, exponent or M; NaN where there is none."""
    reason: str


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What was measured of each number of the model."""

    usable: Mapping[Place, Sequence[Measurement]]
    """What a number may be pooled of."""
    interactions: Mapping[Place, Sequence[Measurement]]
    """By place of an exponent, the pair's interactions in log10 CEG."""
    reasons: Mapping[Place, Sequence[str]]
    """Why more was measured of it than is used."""
    behind: Mapping[PairKey, Sequence[PairKey]]
    """By exponent of the table, the pairs that it is the mean over."""
    dropped: tuple[Dropped, ...]


def place(
    table: PteTable,
    result: Sequence[Measurement],
    counting: Counting,
    weights: Mapping[str, float],
) -> Placed:
    """Put measurements in their places.

    Args:
        table: the rows.
        result: measurements of all files.
        counting: what the user says of rows, benchmarks and compute.
        weights: of the average task, by kind of task; the kinds that count.
    """
    behind = {pair: pairs_before(table, pair) for pair in exponents_of(table)}
    wanted = {frozenset(pair): pair for pairs in behind.values() for pair in pairs}
    lines = lines_of(result)
    groups: dict[Place, list[Measurement]] = defaultdict(list)
    interactions: dict[Place, list[Measurement]] = defaultdict(list)
    reasons: dict[Place, list[str]] = defaultdict(list)
    dropped: list[Dropped] = []
    for one in result:
        if not _concerns(one, table, counting):
            continue
        where, why = _where(one, table, counting, wanted)
        taken = one
        if where is not None:
            why = counting.not_counted(one, weights)
            taken, why = _usable(one, lines, counting) if not why else (one, why)
        if one.kind == "interaction":
            if where is not None and not why:
                interactions[where].append(taken)
        elif why or where is None:
            dropped.append(_dropped(one, why))
            if where is not None:
                reasons[where].append(f"{one.id}: {why}")
        else:
            groups[where].append(taken)
    for where, own in list(groups.items()):
        if why := _several(own):
            reasons[where].append(why)
            dropped += [_dropped(one, why) for one in own]
            del groups[where]
    return Placed(
        usable=dict(groups),
        interactions={w: own for w, own in interactions.items() if not _several(own)},
        reasons=dict(reasons),
        behind=behind,
        dropped=tuple(dropped),
    )


def pairs_before(table: PteTable, pair: PairKey) -> list[PairKey]:
    """The pairs behind an exponent: itself if named, else the row with each one before it."""
    key, other = pair
    if other:
        return [pair]
    before: list[PairKey] = []
    for row in table.of(table.row(key).category):
        if row.key == key:
            break
        if not isinstance(row.rule, NotCounted):
            before.append((key, row.key))
    return before


def _concerns(one: Measurement, table: PteTable, counting: Counting) -> bool:
    """Whether it is of a kind that the model has a number for."""
    if one.kind == "ceg":
        return len(one.ptes) == 1
    if one.kind == "conditional_ceg":
        return any(_stands_on(table, row) for row in counting.rows_of(one))
    if one.kind == "interaction":
        return one.scale == "log10_ceg" and len(one.ptes) == 2
    return one.kind == "M" or (one.kind == "exponent" and not one.context)


def _stands_on(table: PteTable, key: str | None) -> frozenset[str]:
    """The rows without which a row's number has no meaning."""
    return frozenset(next((row.requires for row in table.rows if row.key == key), ()))


def _where(
    one: Measurement, table: PteTable, counting: Counting, wanted: Mapping[frozenset[str], PairKey]
) -> tuple[Place | None, str]:
    """The number that it is of, or why there is none."""
    if one.kind == "ceg" and not one.primary:
        return None, OTHER_DECODING
    rows = counting.rows_of(one)
    if one.kind == "M":
        return _of_m(one, rows, counting)
    keys = {row.key for row in table.rows}
    for number, row in enumerate(rows):
        if row is None:
            return None, counting.no_row(one, number)
        if row not in keys:
            return None, f"'{row}' is not in the table"
    if one.kind in ("exponent", "interaction"):
        pair = wanted.get(frozenset(filter(None, rows)))
        none = "the table combines no such pair within a category"
        return (None, none) if pair is None else (Place("exponent", pair), "")
    return _of_ceg(one, str(rows[0]), table, counting)


def _of_ceg(
    one: Measurement, key: str, table: PteTable, counting: Counting
) -> tuple[Place | None, str]:
    needs = _stands_on(table, key)
    if needs and one.kind == "ceg":
        names = ", ".join(sorted(needs))
        return None, f"the row {key} is a gain on top of {names}, and this is one over the base"
    if needs and set(counting.context_of(one)) != needs:
        return None, f"the row {key} is a gain on top of {', '.join(sorted(needs))} alone"
    return Place("ceg", (key, "")), ""


def _of_m(
    one: Measurement, rows: Sequence[str | None], counting: Counting
) -> tuple[Place | None, str]:
    """M is of all PTEs of the stacks that it was fitted to, none of them a stand-in."""
    place = Place("M", ("", ""))
    if one.status == "refused":  # the reason why is told
        return place, ""
    if not rows:
        return None, "the file does not say of which PTEs its M is: write it anew"
    stand_ins = [number for number, row in enumerate(rows) if row is None]
    return (None, counting.no_row(one, stand_ins[0])) if stand_ins else (place, "")


def _usable(one: Measurement, lines: Lines, counting: Counting) -> tuple[Measurement, str]:
    """A measurement as it is taken, and why it cannot be; empty if it can."""
    if changes_within(one, lines):
        return one, "a gain that it is made of changes with compute, so that it does too"
    there, why = at_compute(one, lines, counting.at_compute)
    if there.status == "refused" and why:
        return one, why
    return there, refusal(there)


def _several(group: Sequence[Measurement]) -> str:
    """Why measurements of one thing cannot be pooled: an experiment has it in two settings."""
    for experiment in dict.fromkeys(x.experiment for x in group):
        same = [x for x in group if x.experiment == experiment]
        if len(same) > 1:
            names = ", ".join(x.id for x in same)
            mends = " ".join(_aside(same[1:]))
            mend = f"leave the others aside with {mends}" if mends else "analyse a run with one"
            return f"measured in several settings ({names}): {mend}"
    return ""


def _aside(others: Sequence[Measurement]) -> Iterator[str]:
    for each in others:
        if each.kind == "ceg" and each.stack:
            yield f"--row '{each.stack}=none'"


def _dropped(one: Measurement, why: str) -> Dropped:
    return Dropped(
        id=one.id,
        quantity="ceg" if one.kind == "conditional_ceg" else one.kind,
        what=_what(one),
        benchmark=one.benchmark,
        point=one.point,
        reason=why,
    )


def _what(one: Measurement) -> str:
    """What a measurement is of."""
    if one.kind == "M":
        return "M"
    return one.stack if one.kind == "ceg" and one.stack else " and ".join(one.ptes)
