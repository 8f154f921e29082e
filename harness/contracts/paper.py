"""The settings with which a PTE's paper was run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PaperSettings:
    """What a paper sets of what is a setting of its PTE here, and where it says so."""

    source: str
    """Authors and year."""
    values: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    """Value by name of the PTE's setting; `budget=paper` runs the PTE with these."""
    where: Mapping[str, str] = field(default_factory=dict)
    """By name of a setting, the place in the paper or its code that says so; the paper as a whole
    where none is named."""
    beside: str = ""
    """What the paper sets that is no setting of the PTE here, as of the sampling, which is the
    sweep's; what it does otherwise. A half sentence, for whoever wants it."""
