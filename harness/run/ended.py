"""What a table of cells under way says of how attempts ended, and where it warns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from harness.records.endings import Endings


class Ended(Protocol):
    """What has to be known of a cell."""

    @property
    def model(self) -> str: ...

    @property
    def benchmark(self) -> str: ...

    @property
    def stack(self) -> str: ...

    @property
    def score(self) -> float | None: ...

    @property
    def endings(self) -> Endings: ...


Show = Callable[[Ended], str]


def ended_columns(cells: Sequence[Ended]) -> Mapping[str, Show]:
    """By head of a column, what it says of a cell: the shares that were cut and unread, of which
    nothing may be known; the share of completions that were cut, and the strict score, only where
    they are others than those of the attempts."""
    counted = [cell.endings for cell in cells if cell.endings.attempts]
    columns: dict[str, Show] = {}
    if not any(cell.score is not None for cell in cells):
        return columns
    columns["cut"] = lambda cell: _share(cell, cell.endings.cut_share)
    if any(each.cut_completion_share not in (None, each.cut_share) for each in counted):
        columns["cut completions"] = lambda cell: _share(cell, cell.endings.cut_completion_share)
    columns["unread"] = lambda cell: _share(cell, cell.endings.unread_share)
    if any(each.strict != each.score for each in counted):
        columns["strict"] = lambda cell: _points(cell.endings.strict_score)
    return columns


def warning(cell: Ended) -> str:
    """What to know of a cell of which more than a few attempts were cut."""
    counted = cell.endings
    return (
        f"cut: {cell.stack} on {cell.benchmark} ({cell.model}): a token limit cut "
        f"{100 * (counted.cut_share or 0.0):.1f}% of its attempts; score {_points(cell.score)}, "
        f"{_points(counted.upper_score)} if all of them were right"
    )


def _share(cell: Ended, share: float | None) -> str:
    if share is not None:
        return f"{100 * share:.1f}%"
    return "" if cell.score is None or cell.endings.attempts else "unknown"


def _points(score: float | None) -> str:
    return "" if score is None else f"{100 * score:.1f}"
