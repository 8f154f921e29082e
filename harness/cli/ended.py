"""How `pte results` tells how attempts ended: columns, what they mean, and what to be wary of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.records.endings import AT_ONCE as MOSTLY
from harness.records.endings import FEW
from harness.records.summary import AT_ONCE, CUT, CUT_COMPLETIONS, IF_RIGHT, STRICT, UNREAD
from harness.stack import BASE, GREEDY_MARK

Row = Mapping[str, Any]

UNKNOWN = "unknown"
MEANINGS = {
    CUT: "attempts that a token limit cut before the answer, or what it rests on, was whole",
    IF_RIGHT: "the score if all of these were right, which bounds it from above",
    CUT_COMPLETIONS: "completions that ran into their limit, in all roles: rationales and steps "
    "too, and words after an answer",
    UNREAD: "attempts that ended by themselves and held no answer that could be read: wrong",
    STRICT: "the score if only answers in the form that was asked for counted",
    AT_ONCE: "of the answers that were read, those without words before them",
}


def dull_columns(rows: Sequence[Row]) -> set[str]:
    """Columns that a table does without: they say what others do, or nothing."""
    known = [row for row in rows if row[CUT] is not None]
    dull = set()
    if not any(row[CUT] > 100 * FEW for row in known):
        dull.add(IF_RIGHT)
    if all(row[CUT_COMPLETIONS] in (None, row[CUT]) for row in known):
        dull.add(CUT_COMPLETIONS)
    if all(row[STRICT] == row["score"] for row in known):
        dull.add(STRICT)
    if all(row[AT_ONCE] is None for row in known):
        dull.add(AT_ONCE)
    return dull if known else {*MEANINGS}


def told(row: Row) -> dict[str, Any]:
    """The row for a table: what its records do not tell is said to be unknown."""
    if row.get(CUT, UNKNOWN) is not None:
        return dict(row)
    unknown = (CUT, IF_RIGHT, UNREAD)
    return {name: UNKNOWN if name in unknown else value for name, value in row.items()}


def legend(rows: Sequence[Row], dull: set[str]) -> Iterator[str]:
    """What the columns mean, a line each; that nothing is known, where it is not."""
    if any(row[CUT] is None for row in rows):
        which = "of these cells" if all(row[CUT] is None for row in rows) else "of some cells"
        yield (
            f"what was cut, and what could not be read, is unknown {which}: their records are of "
            "an older harness, or nothing was graded; the same pte run again fills it in"
        )
    for name, meaning in MEANINGS.items():
        if name not in dull:
            yield f"{name}: {meaning}"


def warnings(rows: Sequence[Row]) -> Iterator[str]:
    """A line for each cell of which more than a few per cent were cut, and for each base that
    reasons where it was to answer at once."""
    for row in rows:
        name = f"{row['stack']} on {row['benchmark']} ({row['model']})"
        if row[CUT] is not None and row[CUT] > 100 * FEW:
            yield (
                f"{name}: {row[CUT]:g}% of its attempts were cut by a token limit; score "
                f"{row['score']:g}, and {row[IF_RIGHT]:g} if all of them were right: raise the "
                "benchmark's limit, for all arms"
            )
    for row in rows:
        base = row["stack"].removesuffix(GREEDY_MARK) == BASE
        if base and row[AT_ONCE] is not None and row[AT_ONCE] < 100 * MOSTLY:
            yield (
                f"base reasons: only {row[AT_ONCE]:g}% of the answers of the "
                f"{row['stack']} arm came at once on {row['benchmark']} "
                f"({row['model']}), so a gain of chain of thought over it, "
                "alone or in a stack, is not that over a base without reasoning"
            )
