"""Results of others item by item: with them intervals are paired, as with our own records.

The table is a CSV in UTF-8 or Parquet, with a row for each item, model and stack:

    model, family, stage, training_flop, benchmark, stack
                   as in a table of published scores (see `published`)
    item           name of the item, the same in all arms
    score          in [0, 1], or right or wrong (true or false, 1 or 0); empty where not graded

and, where they are known,

    replicate      which of several draws of the same item, model and stack it is
    chance         expected score of a guess at this item, as a fraction below 1
    unit           fraction, or points where scores lie in 0 to 100
    task_type, multiple, valid_for_ceg, source, seed, rows
                   as in a table of published scores

An item that an arm lacks, or has no score of, is left out of every arm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.reading.agreement import cell, check_names, folded
from analysis.reading.lines import UNITS, PublishedRow, PublishedScore
from analysis.reading.others import ITEM, OthersTable

NEEDED = ("model", "family", "stage", "training_flop", "benchmark", "stack", ITEM, "score")
OPTIONAL = (
    *("replicate", "chance", "unit", "task_type", "multiple", "valid_for_ceg", "source", "seed"),
    "rows",
)
CELL = (
    *("model", "family", "stage", "training_flop", "benchmark", "stack", "unit", "task_type"),
    *("multiple", "valid_for_ceg", "seed", "rows"),
)
"""Columns that say one thing in all rows of a model and stack."""
WORDS = {
    **dict.fromkeys(("true", "right", "correct", "yes"), 1.0),
    **dict.fromkeys(("false", "wrong", "incorrect", "no"), 0.0),
    "": nan,
}
"""Scores in words; an empty one was not graded."""
HUNDREDTH = 0.01

Codes = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class ItemScores:
    """A table of scores item by item, checked."""

    table: OthersTable
    lines: tuple[PublishedScore, ...]
    """A line a model, benchmark and stack; its `score` is of no meaning."""
    line: Codes
    """[row]: which of the lines."""
    item: Codes
    """[row]: which of the items, numbered within all benchmarks together."""
    items: tuple[str, ...]
    replicate: Codes
    replicates: tuple[str, ...]
    score: NDArray[np.float64]
    """[row]: in [0, 1]; NaN where there was no grade."""
    chance: NDArray[np.float64]
    """[row]: mean score of a guess."""


def item_scores(table: OthersTable) -> ItemScores:
    """Check a table and number what is in it.

    Raises:
        UserError: a value is not what its column holds, a score is there twice, rows contradict
            one another, a name is spelled in two ways, or scores are in two units.
    """
    for name in (ITEM, *(each for each in ("model", "family", "stage", "benchmark", "stack"))):
        _filled(table, name)
    lines, line = _lines(table)
    item, items = _codes(table, ITEM)
    replicate, replicates = _replicates(table)
    made = ItemScores(
        table=table,
        lines=lines,
        line=line,
        item=item,
        items=items,
        replicate=replicate,
        replicates=replicates,
        score=_scores(table, lines, line),
        chance=_chance(table),
    )
    _check_once(made)
    _check_spelling(made)
    _check_chance(made)
    _check_scale(made)
    return made


def _filled(table: OthersTable, name: str) -> None:
    column = table.frame[name].array
    empty = np.flatnonzero(np.array([not text for text in column.categories])[column.codes])
    if len(empty):
        table.refuse(int(empty[0]), f"{name} is empty: fill it in")


def _lines(table: OthersTable) -> tuple[tuple[PublishedScore, ...], Codes]:
    """What is said once of a model with a stack, and the line of each row."""
    frame = table.frame
    names = [name for name in CELL if name in frame]
    code = np.zeros(len(frame), np.intp)
    for name in names:
        _, code = np.unique(
            code * len(frame[name].array.categories) + frame[name].array.codes, return_inverse=True
        )
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    read = [_line(table, int(row), names) for row in first]
    check_names(sorted(read, key=lambda one: (table.paths.index(one.path), one.number)))
    keys: dict[object, int] = {}
    place = np.empty(len(read), np.intp)
    for number in np.argsort(first, kind="stable"):
        place[number] = keys.setdefault(cell(read[number]), int(number))
        one, other = read[number], read[place[number]]
        if (str(one.multiple), one.unit) != (str(other.multiple), other.unit):
            row = int(first[number])
            table.refuse(row, f"it gives another multiple or unit than {other.beside(one)}")
    kept = np.unique(place)
    return tuple(read[number] for number in kept), np.searchsorted(kept, place)[group]


def _line(table: OthersTable, row: int, names: Sequence[str]) -> PublishedScore:
    said = [*names, "source"] if "source" in table.frame else names
    values = {name: str(table.frame[name].iat[row]) for name in said}
    path, number = table.paths[table.file[row]], int(table.number[row])
    return PublishedRow(path, number, values | {"score": "0"}).line()


def _codes(table: OthersTable, name: str) -> tuple[Codes, tuple[str, ...]]:
    """The number of each row's text by order of appearance, and the texts."""
    column = table.frame[name].array
    codes, names = pd.factorize(column.codes)
    return codes.astype(np.intp), tuple(str(column.categories[code]) for code in names)


def _replicates(table: OthersTable) -> tuple[Codes, tuple[str, ...]]:
    """The replicate of each row; numbers in their order, names in that of the alphabet."""
    if "replicate" not in table.frame:
        return np.zeros(len(table.frame), np.intp), ("",)
    codes, names = _codes(table, "replicate")
    numbers = all(re.fullmatch(r"\d+", name) for name in names)
    order = sorted(range(len(names)), key=lambda n: int(names[n]) if numbers else names[n])
    return np.argsort(order)[codes], tuple(names[n] for n in order)


def _scores(
    table: OthersTable, lines: Sequence[PublishedScore], line: Codes
) -> NDArray[np.float64]:
    column = table.frame["score"].array
    whole = np.array([UNITS[one.unit] if one.unit else 1.0 for one in lines])[line]
    values = np.array([_score(text) for text in column.categories], float)[column.codes]
    empty = np.array([not text for text in column.categories], bool)[column.codes]
    wrong = np.flatnonzero(~empty & ~((values >= 0) & (values <= whole)))
    if len(wrong):
        row = int(wrong[0])
        table.refuse(
            row,
            f"score is {table.frame['score'].iat[row]!r}: give a number from 0 to "
            f"{whole[row]:g}, or true or false; scores of 0 to 100 need a column unit that says "
            "points, and are in one unit throughout",
        )
    words = np.array([text.lower() in WORDS for text in column.categories], bool)[column.codes]
    return np.where(words, values, values / whole)


def _score(text: str) -> float:
    word = WORDS.get(text.lower())
    if word is not None:
        return word
    try:
        return float(text)
    except ValueError:
        return nan


def _chance(table: OthersTable) -> NDArray[np.float64]:
    if "chance" not in table.frame:
        return np.zeros(len(table.frame))
    column = table.frame["chance"].array
    first = {code: row for row, code in reversed(list(enumerate(column.codes.tolist())))}
    values = np.zeros(len(column.categories))
    for code, row in first.items():
        path, number = table.paths[table.file[row]], int(table.number[row])
        text = {"chance": str(column.categories[code])}
        values[code] = PublishedRow(path, number, text).figure("chance", 0.0, 1.0, 0.0, without=1.0)
    return np.asarray(values[column.codes])


def _check_once(made: ItemScores) -> None:
    key = (made.line * len(made.items) + made.item) * len(made.replicates) + made.replicate
    again = np.flatnonzero(pd.Series(key).duplicated().to_numpy())
    if len(again):
        row = int(again[0])
        first = int(np.flatnonzero(key == key[row])[0])
        mend = "" if len(made.replicates) > 1 else ", or number the draws in a column replicate"
        made.table.refuse(
            row,
            f"it has the score of item {made.items[made.item[row]]} of "
            f"{made.table.place(first)} again: keep one of them{mend}",
        )


def _check_spelling(made: ItemScores) -> None:
    """Two spellings of an item would be two items, each missing where the other is; they are two
    where some arm has both."""
    spelled: dict[str, list[int]] = {}
    for number, name in enumerate(made.items):
        spelled.setdefault(folded(name), []).append(number)
    for first, second, *_ in (each for each in spelled.values() if len(each) > 1):
        rows = [np.flatnonzero(made.item == number) for number in (first, second)]
        lines = [set(made.line[each].tolist()) for each in rows]
        told = [{made.lines[n].benchmark for n in each} for each in lines]
        if not lines[0] & lines[1] and told[0] & told[1]:
            made.table.refuse(
                int(rows[1][0]),
                f"it calls an item {made.items[second]!r}, and {made.table.place(int(rows[0][0]))} "
                f"calls it {made.items[first]!r}: spell it in one way",
            )


def _check_chance(made: ItemScores) -> None:
    benchmarks = {name: n for n, name in enumerate({line.benchmark for line in made.lines})}
    of = np.array([benchmarks[line.benchmark] for line in made.lines], np.intp)[made.line]
    frame = pd.DataFrame({"of": of, "item": made.item, "chance": made.chance})
    firsts = frame.groupby(["of", "item"])["chance"].transform("first").to_numpy()
    other = np.flatnonzero(firsts != made.chance)
    if len(other):
        name = made.items[made.item[other[0]]]
        made.table.refuse(int(other[0]), f"gives item {name} another chance than a row before it")


def _check_scale(made: ItemScores) -> None:
    """An arm whose best score is a hundredth, beside arms with whole ones, is in another unit."""
    best = pd.Series(made.score).groupby(made.line).max()
    for number, one in enumerate(made.lines):
        others = [n for n, each in enumerate(made.lines) if each.benchmark == one.benchmark]
        if 0 < best[number] <= HUNDREDTH and (best[others] == 1).any():
            row = int(np.flatnonzero((made.line == number) & (made.score > 0))[0])
            made.table.refuse(
                row,
                f"the score is {made.table.frame['score'].iat[row]}, and none of this model and "
                f"stack is above {best[number]:g}, while others have 1: give all scores in one "
                "unit",
            )
