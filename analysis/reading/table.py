"""A CSV of published scores, checked row by row."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan
from pathlib import Path
from typing import Any, NoReturn

from harness.errors import UserError

NEEDED = ("model", "family", "stage", "training_flop", "benchmark", "stack", "score")
OPTIONAL = ("n", "task_type", "chance", "multiple", "valid_for_ceg", "source")
BASE = "base"
POINT = 1 / 100

_NAME = re.compile(r"[A-Za-z]\w*(?:[.-]\w+)*")
_TRUTH = {"": True, "true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class PublishedScore:
    """A score: a model with a stack on a benchmark."""

    number: int
    """Number of the row in the file; the header is 1."""
    model: str
    family: str
    stage: str
    flop: float
    """Training FLOP; NaN where it is not known, as are `n` and `multiple`."""
    benchmark: str
    ptes: tuple[str, ...]
    """PTEs of the stack, as spelled in the file; empty for the base."""
    score: float
    """Score, in [0, 1]."""
    n: float
    task_type: str
    chance: float
    multiple: float
    valid: bool
    source: str


@dataclass(frozen=True)
class PublishedRow:
    """A row as text, which refuses what its columns do not hold."""

    path: Path
    number: int
    values: dict[str, str]

    def refuse(self, message: str) -> NoReturn:
        """Name the file and the row."""
        raise UserError(f"{self.path} row {self.number}: {message}")

    def text(self, name: str, needed: bool = True) -> str:
        value = self.values.get(name, "")
        if needed and not value:
            self.refuse(f"{name} is empty: fill it in")
        return value

    def figure(
        self,
        name: str,
        low: float,
        high: float,
        empty: float | None = None,
        without: float | None = None,
    ) -> float:
        """A number from `low` to `high`, but not `without`; `empty` stands for nothing."""
        text = self.text(name, needed=empty is None)
        if not text and empty is not None:
            return empty
        try:
            value = float(text)
        except ValueError:
            value = nan
        if isnan(value):
            self.refuse(f"{name} is {text!r}: give a number with a point, such as 56.25")
        if not low <= value <= high or value in (inf, without):
            upto = f"from {low:g} to {high:g}" if high < inf else f"of at least {low:g}"
            but = "" if without is None else f", but not {without:g}"
            self.refuse(f"{name} is {text}: give a number {upto}{but}")
        return value

    def line(self) -> PublishedScore:
        """The row with its values checked."""
        valid = self.text("valid_for_ceg", needed=False).lower()
        if valid not in _TRUTH:
            self.refuse(f"valid_for_ceg is {valid!r}: write true or false")
        return PublishedScore(
            number=self.number,
            model=self.text("model"),
            family=self.text("family"),
            stage=self.text("stage"),
            flop=self.figure("training_flop", 1.0, inf, nan),
            benchmark=self.text("benchmark"),
            ptes=self._stack(),
            score=self.figure("score", 0.0, 100.0) / 100,
            n=self.figure("n", 1.0, inf, nan),
            task_type=self.text("task_type", needed=False),
            chance=self.figure("chance", 0.0, 1.0, 0.0, without=1.0),
            multiple=self.figure("multiple", 0.0, inf, nan, without=0.0),
            valid=_TRUTH[valid],
            source=self.text("source", needed=False),
        )

    def _stack(self) -> tuple[str, ...]:
        text = self.text("stack")
        names = tuple(part.strip() for part in text.split("+"))
        if names == (BASE,):
            return ()
        wrong = [name for name in names if not _NAME.fullmatch(name)]
        if wrong:
            self.refuse(
                f"stack is {text!r}: write {BASE}, or names of PTEs joined by +, such as "
                "few_shot+self_consistency"
            )
        if BASE in names or len(set(names)) < len(names):
            self.refuse(f"stack is {text!r}: name each PTE once, and {BASE} alone")
        return names


def read_lines(path: Path) -> list[PublishedScore]:
    """All rows of a CSV.

    Raises:
        UserError: the file cannot be read, a column is missing or unknown, a value is not what its
            column holds, a score is there twice, rows contradict one another, or the scores of a
            benchmark are fractions.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            names = [name.strip() for name in reader.fieldnames or ()]
            _check_columns(path, names)
            reader.fieldnames = names
            rows = [_row(path, reader.line_num, values) for values in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}; give a CSV in UTF-8") from error
    if not rows:
        raise UserError(f"{path} has no scores: give a row for each model and stack")
    lines = [row.line() for row in rows]
    _check_agreement(path, lines)
    _check_points(path, lines)
    return lines


def _row(path: Path, number: int, values: dict[str | Any, str | Any]) -> PublishedRow:
    row = PublishedRow(
        path, number, {str(k): v.strip() for k, v in values.items() if isinstance(v, str)}
    )
    if None in values or None in values.values():
        row.refuse("it has not as many values as the header has names; quote values with commas")
    return row


def _check_columns(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in NEEDED if name not in names]
    unknown = [name for name in names if name not in (*NEEDED, *OPTIONAL)]
    if missing:
        raise UserError(
            f"{path} row 1: there is no column {missing[0]}; needed are {', '.join(NEEDED)}"
        )
    if unknown or len(set(names)) < len(names):
        raise UserError(
            f"{path} row 1: the column {unknown[0] if unknown else names!r} is unknown or there "
            f"twice; beside those needed there may be {', '.join(OPTIONAL)}"
        )


def _check_agreement(path: Path, lines: Sequence[PublishedScore]) -> None:
    """Each score once; one compute a model; one chance and task type a benchmark."""
    _agree(
        path,
        lines,
        lambda line: (line.benchmark, line.family, line.stage, line.model, frozenset(line.ptes)),
        lambda line: line.number,
        "has the score of row {first} again: keep one of them",
    )
    _agree(
        path,
        lines,
        lambda line: (line.family, line.stage, line.model),
        lambda line: (str(line.flop), line.valid),
        "gives {one.model} another training_flop or valid_for_ceg than row {first}: give it one",
    )
    _agree(
        path,
        lines,
        lambda line: line.benchmark,
        lambda line: (line.chance, line.task_type),
        "gives {one.benchmark} another chance or task_type than row {first}: give it one",
    )


def _check_points(path: Path, lines: Sequence[PublishedScore]) -> None:
    """Fractions would pass for points, a hundredth of what was measured."""
    by_benchmark: dict[str, list[PublishedScore]] = {}
    for line in lines:
        by_benchmark.setdefault(line.benchmark, []).append(line)
    for benchmark, own in by_benchmark.items():
        broken = [line for line in own if 0 < line.score < POINT]
        if broken and all(line.score <= POINT for line in own):
            raise UserError(
                f"{path} row {broken[0].number}: no score on {benchmark} is above 1, so that these "
                "are fractions: give scores in points, 0 to 100 (multiply them by 100)"
            )


def _agree(
    path: Path,
    lines: Sequence[PublishedScore],
    key: Callable[[PublishedScore], object],
    value: Callable[[PublishedScore], object],
    message: str,
) -> None:
    seen: dict[object, PublishedScore] = {}
    for line in lines:
        first = seen.setdefault(key(line), line)
        if value(first) != value(line):
            text = message.format(one=line, first=first.number)
            raise UserError(f"{path} row {line.number}: it {text}")
