"""The machine that costs are turned into hours on, and that models must fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from harness.engines.memory import AvailableMemory, planned
from harness.ranges import Share, Text


@dataclass(frozen=True)
class Hardware:
    """What hours are worked out on, and whether a model fits where it is not loaded here."""

    name: Text
    flop_per_second: Annotated[float, Interval(ge=1, le=1e30)]
    utilisation: Share
    """The part of it that decoding reaches."""
    memory_gib: Annotated[float, Interval(gt=0, le=1e6)] | None = None
    """Of one GPU; None where there is none, and the machine's own memory counts."""

    @property
    def memory(self) -> AvailableMemory:
        """What models must fit."""
        return planned(self.name, self.memory_gib)

    def hours(self, flop: float) -> float:
        """Hours that `flop` would take."""
        return flop / (self.flop_per_second * self.utilisation) / 3600.0
