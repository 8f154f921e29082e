"""The machine that costs are turned into hours on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hardware:
    """What hours are worked out on."""

    name: str
    flop_per_second: float
    utilisation: float

    def hours(self, flop: float) -> float:
        """Hours that `flop` would take."""
        return flop / (self.flop_per_second * self.utilisation) / 3600.0
