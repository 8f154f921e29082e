"""A row of a table of published scores: what it holds, and what its columns may not hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf, isnan, nan
from pathlib import Path
from typing import NoReturn

from harness.errors import UserError

NEEDED = ("model", "family", "stage", "training_flop", "benchmark", "stack", "score")
OPTIONAL = (
    "n",
    "task_type",
    "chance",
    "multiple",
    "valid_for_ceg",
    "source",
    "unit",
    "seed",
    "rows",
)
BASE = "base"
NO_ROW = "none"
"""What `rows` has for a PTE that is no row of a forecast's table."""
LEAST_FLOP, MOST_FLOP = 1e6, 1e32
"""Training compute of models lies between; what does not is in another unit."""
UNITS = {"": 100.0, "points": 100.0, "fraction": 1.0}
"""What a unit calls a perfect score."""

_NAME = re.compile(r"[A-Za-z]\w*(?:[.-]\w+)*")
_TRUTH = {"": True, "true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class PublishedScore:
    """A score: a model with a stack on a benchmark."""

    path: Path
    number: int
    """Number of the row in the file; a CSV's header is 1, and a Parquet file's first row is."""
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
    seed: str
    """Which training run of its compute the model is; empty where the row says nothing."""
    unit: str
    """Unit of the score as the row says it; empty where it says nothing, which is points."""
    rows: tuple[str, ...] = ()
    """Row of a forecast's table that each of the PTEs is, `none` for one that is none; empty where
    the row says nothing."""

    @property
    def place(self) -> str:
        """The file and the row, for a message."""
        return f"{self.path} row {self.number}"

    def beside(self, other: PublishedScore) -> str:
        """The row as it is called in a message about another one."""
        return f"row {self.number}" if self.path == other.path else self.place


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
        unit = self.text("unit", needed=False).lower()
        if unit not in UNITS:
            self.refuse(f"unit is {unit!r}: write points, fraction or nothing")
        ptes = self._stack()
        return PublishedScore(
            path=self.path,
            number=self.number,
            model=self.text("model"),
            family=self.text("family"),
            stage=self.text("stage"),
            flop=self._compute(),
            benchmark=self.text("benchmark"),
            ptes=ptes,
            score=self.figure("score", 0.0, UNITS[unit]) / UNITS[unit],
            n=self.figure("n", 1.0, inf, nan),
            task_type=self.text("task_type", needed=False),
            chance=self.figure("chance", 0.0, 1.0, 0.0, without=1.0),
            multiple=self.figure("multiple", 0.0, inf, nan, without=0.0),
            valid=_TRUTH[valid],
            source=self.text("source", needed=False),
            seed=self.text("seed", needed=False),
            unit=unit,
            rows=self._rows(ptes),
        )

    def _rows(self, ptes: tuple[str, ...]) -> tuple[str, ...]:
        text = self.text("rows", needed=False)
        names = tuple(part.strip() for part in text.split("+")) if text else ()
        if names and (len(names) != len(ptes) or not all(map(_NAME.fullmatch, names))):
            self.refuse(
                f"rows is {text!r}: name a row of the forecast's table for each PTE of the stack "
                f"{self.text('stack')}, in its order and joined by +, none for one that is no row"
            )
        return names

    def _compute(self) -> float:
        flop = self.figure("training_flop", 0.0, inf, nan)
        if flop < LEAST_FLOP or flop > MOST_FLOP:
            self.refuse(
                f"training_flop is {self.text('training_flop')}, which no model was trained with: "
                f"give FLOP, such as 3.1e23 (not log10 of it, and no other unit)"
            )
        return flop

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
