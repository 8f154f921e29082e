"""All that a user states of a forecast, checked, in one piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.forecast.average import WRITEUP_WEIGHTS
from analysis.forecast.budget import WRITEUP_LIMIT, Unknown
from analysis.forecast.slope import CONVENTIONS, SlopeConvention
from analysis.forecast.stated.trend_file import TrendFile
from analysis.writeup.table import PteTable, writeup_table

BUDGETS = (1.0, 10.0, WRITEUP_LIMIT)
"""Multiples of the base's inference whose totals are shown where none are named."""


@dataclass(frozen=True)
class Stage:
    """A table on the way from the print to the one in use."""

    what: str
    """What the user stated, in words."""
    table: PteTable


@dataclass(frozen=True)
class Stated:
    """What a user states in place of the write-up's choices; each has the write-up's by default."""

    stages: tuple[Stage, ...] = ()
    """Tables after each statement in turn; the last is the one in use."""
    file: tuple[str, str] | None = None
    """Name and SHA-256 of the table's file."""
    weights: Mapping[str, float] = field(default_factory=lambda: WRITEUP_WEIGHTS)
    """Weights of the average task, by kind of task."""
    shrink: float = 1.0
    """Factor on log10 CEG of rows of the literature."""
    soft: bool = False
    """Whether the cap is soft."""
    unpriced: Unknown = Unknown.EXCLUDED
    """What becomes, under a budget of the headline, of PTEs whose multiplier is not known."""
    reference: int | None = None
    """Month of the base model whose PTEs the total counts from; None counts from no PTE at all."""
    convention: SlopeConvention = CONVENTIONS[0]
    """How the headline's slope is taken."""
    compute: float | None = None
    """Training FLOP of the base model that the total is for; None leaves it unspecified."""
    budgets: tuple[float, ...] = BUDGETS
    """Inference budgets whose totals are shown beside each other."""
    trends: TrendFile | None = None
    """The user's own results in place of HumanEval's."""
    released: Mapping[str, int] = field(default_factory=dict)
    """Month of release by measured model."""
    flop: Mapping[str, float] = field(default_factory=dict)
    """Training FLOP by measured model."""
    cut: int | None = None
    """Last month that the backtest fits to; None tries every date."""

    @property
    def table(self) -> PteTable:
        """The table in use."""
        return self.stages[-1].table if self.stages else writeup_table()


NOTHING_STATED = Stated()
