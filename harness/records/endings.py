"""How attempts ended: cut by a token limit, read or not, at once or after words.

An attempt that was cut counts as wrong, as one rule for all arms, and it might have been right. So
a bound stands beside each score: what it would be if all cut attempts were right. Records of before
this was noted say nothing of it, and are in none of these counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEW = 0.03
"""Largest share of a cell's attempts that may be cut without a warning."""
AT_ONCE = 0.90
"""Least share of a base's answers that come at once where it is a base that does not reason."""
COLUMNS = (
    *("status", "score", "cut", "at_once", "answer_strict", "cut_completions", "completions"),
    *("attempts", "cut_attempts", "unread_attempts", "score_if_cut_right"),
)
"""Columns of the records that tell; older ones lack some."""


@dataclass(frozen=True, kw_only=True)
class RowEndings:
    """How the attempts of each row of the records ended; arrays are [row], NaN where a row was not
    graded or does not say what was cut.

    The attempts of a row are the candidates of its pool: one, where nothing selects.
    """

    rows: Array
    """1 for each row that says so."""
    attempts: Array
    """Attempts that ended: with an answer, without one, or cut."""
    cut: Array
    """Of these, those that a token limit cut."""
    unread: Array
    """Of these, those that the model brought to an end without an answer that could be read."""
    score: Array
    """The grade, in [0, 1]."""
    strict: Array
    """The grade where the reply keeps to the form that was asked for, else 0."""
    upper: Array
    """The grade if all cut attempts of the row were right."""
    completions: Array
    """Completions, in all roles."""
    cut_completions: Array
    """Of these, those that ran into their token limit."""
    read: Array
    """1 where it is known whether the submitted answer came at once, else 0."""
    at_once: Array
    """1 where no words came before the submitted answer, else 0."""


@dataclass(frozen=True, kw_only=True)
class Endings:
    """The same, summed over rows that tell."""

    rows: int = 0
    attempts: int = 0
    cut: int = 0
    unread: int = 0
    score: float = 0.0
    strict: float = 0.0
    upper: float = 0.0
    completions: int = 0
    cut_completions: int = 0
    read: int = 0
    at_once: int = 0

    def __add__(self, other: Endings) -> Endings:
        names = [each.name for each in fields(self)]
        return Endings(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def cut_share(self) -> float | None:
        """Share of attempts that were cut; None where nothing tells, as in all that follow."""
        return _share(self.cut, self.attempts)

    @property
    def unread_share(self) -> float | None:
        """Share of attempts that ended by themselves without an answer that could be read."""
        return _share(self.unread, self.attempts)

    @property
    def cut_completion_share(self) -> float | None:
        """Share of completions that ran into their limit, rationales and steps among them."""
        return _share(self.cut_completions, self.completions)

    @property
    def strict_score(self) -> float | None:
        """Mean score with answers that do not keep to the form taken as wrong, in [0, 1]."""
        return _share(self.strict, self.rows)

    @property
    def upper_score(self) -> float | None:
        """Mean score if all cut attempts were right, in [0, 1]."""
        return _share(self.upper, self.rows)

    @property
    def at_once_share(self) -> float | None:
        """Share of the answers that were read that came at once."""
        return _share(self.at_once, self.read)

    @property
    def warns(self) -> bool:
        """Whether more than a few attempts were cut."""
        return (self.cut_share or 0.0) > FEW


def row_endings(rows: Mapping[str, Any], count: int) -> RowEndings:
    """How the attempts of each row ended.

    Args:
        rows: columns of the records, of `COLUMNS` those that there are; a frame is such a mapping.
        count: number of rows.
    """
    score, cut = _numbers(rows, "score", count), _numbers(rows, "cut", count)
    told = np.where(np.isnan(score) | np.isnan(cut), np.nan, 1.0)
    status = np.asarray(rows["status"] if "status" in rows else [""] * count, object)
    silent = (status == "no_answer") & (cut == 0)
    strict = np.array([isinstance(each, str) for each in _column(rows, "answer_strict", count)])
    made = [_made(each) for each in _column(rows, "completions", count)]
    at_once = _numbers(rows, "at_once", count)
    # What follows an alternative is of rows made before pools were counted: of what was submitted.
    return RowEndings(
        rows=told,
        attempts=told * _else(_numbers(rows, "attempts", count), 1.0),
        cut=told * _else(_numbers(rows, "cut_attempts", count), cut),
        unread=told * _else(_numbers(rows, "unread_attempts", count), silent.astype(np.float64)),
        score=told * score,
        strict=told * np.where(strict, score, 0.0),
        upper=told
        * _else(_numbers(rows, "score_if_cut_right", count), np.where(cut == 1, 1.0, score)),
        completions=told * np.array(made, np.float64),
        cut_completions=told * _else(_numbers(rows, "cut_completions", count), 0.0),
        read=told * ~np.isnan(at_once),
        at_once=told * _else(at_once, 0.0),
    )


def endings(rows: pd.DataFrame | Sequence[Mapping[str, Any]]) -> Endings:
    """The sums over some records, in a frame or as they are written."""
    if isinstance(rows, pd.DataFrame):
        by_row = row_endings({name: rows[name] for name in COLUMNS if name in rows}, len(rows))
    else:
        columns = {name: [each.get(name) for each in rows] for name in COLUMNS}
        by_row = row_endings(columns, len(rows))
    sums = {each.name: float(np.nansum(getattr(by_row, each.name))) for each in fields(by_row)}
    kinds = {each.name: each.type for each in fields(Endings)}
    counts: dict[str, Any] = {n: int(v) if kinds[n] == "int" else v for n, v in sums.items()}
    return Endings(**counts)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _column(rows: Mapping[str, Any], name: str, count: int) -> Any:
    return rows[name] if name in rows else [None] * count


def _numbers(rows: Mapping[str, Any], name: str, count: int) -> Array:
    """A column as numbers; NaN where it is null or not there."""
    return np.asarray(_column(rows, name, count), object).astype(np.float64)


def _else(values: Array, alternative: Array | float) -> Array:
    return np.asarray(np.where(np.isnan(values), alternative, values))


def _made(completions: Any) -> float:
    """Completions of a row, listed or counted already; none where an older record does not tell."""
    if completions is None or isinstance(completions, int | float):
        return float(completions or 0)
    return float(sum(each["calls"] for each in completions))
