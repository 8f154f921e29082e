"""The machine that costs are turned into hours on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from harness.contracts.ranges import Share, Text


@dataclass(frozen=True)
class Hardware:
    """What time is estimated on."""

    name: Text
    flop_per_second: Annotated[float, Interval(ge=1, le=1e30)]
    utilisation: Share
    """The part of it that decoding reaches."""

    def hours(self, flop: float) -> float:
        """Hours that `flop` would take."""
        return flop / (self.flop_per_second * self.utilisation) / 3600.0
