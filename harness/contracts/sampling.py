"""How a completion is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from harness.identity import described_as
from harness.ranges import CountFromZero, Share


@described_as("sampling")
@dataclass(frozen=True, slots=True)
class Sampling:
    """How a completion is drawn; resolved once per role for a whole sweep."""

    temperature: Annotated[float, Interval(ge=0, le=10)] = 0.7
    """0 decodes greedily."""
    top_p: Share = 1.0
    """Share of the probability that the likeliest tokens kept hold together; 1 keeps all."""
    top_k: CountFromZero = 0
    """0 keeps the whole vocabulary."""

    def __post_init__(self) -> None:
        # 1 and 1.0 are the same setting and must not make two different keys.
        object.__setattr__(self, "temperature", float(self.temperature))
        object.__setattr__(self, "top_p", float(self.top_p))
        if float(self.top_k).is_integer():
            object.__setattr__(self, "top_k", int(self.top_k))

    @property
    def greedy(self) -> bool:
        return self.temperature == 0.0


GREEDY = Sampling(temperature=0.0)
