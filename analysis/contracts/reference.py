"""The base that gains are over: one for a whole lattice, and by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Decoding(StrEnum):
    """How the stacks without a selection answered."""

    GREEDY = "greedy"
    """The likeliest token at each step, as in most papers."""
    SAMPLED = "sampled"
    """Drawn at the sweep's temperature, as each candidate of a selection is."""
    UNSAID = "unsaid"
    """The source does not say, as published scores mostly do not."""


@dataclass(frozen=True)
class Reference:
    """Which cells of the stacks without a selection a lattice is made of, its base among them."""

    decoding: Decoding = Decoding.SAMPLED
    marked: bool = False
    """Whether these are the arms that decode greedily beside sampled ones (`Arm.greedy`)."""
    reason: str = "no arm decodes greedily"
    """Why it is this one, as half a sentence."""

    @property
    def words(self) -> str:
        """The base that gains are over, in words."""
        return "the base" if self.decoding is Decoding.UNSAID else f"the {self.decoding} base"


SAMPLED = Reference()
"""The reference where nothing decodes greedily."""
