"""The machine that costs are turned into hours on, and that models must fit."""

from __future__ import annotations

from dataclasses import dataclass

from harness.engines.memory import Memory, planned


@dataclass(frozen=True)
class Hardware:
    """What time is estimated on, and whether a model fits where it is not loaded here."""

    name: str
    flop_per_second: float
    utilisation: float
    memory_gib: float | None = None
    """Of one GPU; None where there is none, and the machine's own memory counts."""

    @property
    def memory(self) -> Memory:
        """What models must fit."""
        return planned(self.name, self.memory_gib)

    def hours(self, flop: float) -> float:
        """Hours that `flop` would take."""
        return flop / (self.flop_per_second * self.utilisation) / 3600.0
